"""Links in what customers write: honest ones open, disguised ones ask, all others stay where they are."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QUrl

from agent_desktop.services.html.links import link_host, link_warning, safe_link
from tests.ui.conftest import Room
from ui.widgets.link_opener import LinkOpener


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://evil.example/", "https://bank.example"),
        ("https://bank.example@evil.example/", "click"),
        ("https://xn--bnk-8la.example/", "bank"),
        ("https://%D0%B0pple.example/", "here"),
    ],
)
def test_disguised_links_are_asked_about(room: Room, address: str, shown: str) -> None:
    urls: list[QUrl] = []
    room.prompts.yes = False
    opener = LinkOpener(room.prompts, lambda url: urls.append(url) is None)
    opener.open(address, shown)
    assert urls == []
    assert len(room.prompts.questions) == 1


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "smb://x/y", "data:text/html,x", ""]
)
def test_other_links_never_leave(room: Room, address: str) -> None:
    urls: list[QUrl] = []
    LinkOpener(room.prompts, lambda url: urls.append(url) is None).open(address)
    assert urls == []
    assert len(room.prompts.notices) == 1


_PIECES = (
    "good.com evil.com user 127.0.0.1 [::1] xn--a @ \\ / ? # : :443 . . % %5C %40 %2e %2F %00 %20 %D0%B0 // ; & = |"
    " ^ ` { \u0430 \xdf \u3002 \uff0e \uff0f \uff20 \u2044 \u202e \u200b \xad"
).split(" ")


@settings(max_examples=600)
@given(st.sampled_from(("https://", "http://")), st.lists(st.sampled_from(_PIECES), min_size=1, max_size=7))
@example("https://", ["good.com", "\\", "@", "evil.com"])
@example("https://", ["%D0%B0", "good.com"])
def test_what_is_opened_leads_where_it_was_judged_to_lead(scheme: str, pieces: list[str]) -> None:
    link = safe_link(scheme + "".join(pieces))
    url = QUrl(link or "")
    if link is None or not url.isValid():
        return
    opened = url.host(QUrl.ComponentFormattingOption.FullyEncoded)
    judged = link_host(link)
    # Of hosts with letters that others drop or change we ask in any case.
    assert judged.rstrip(".") == opened.rstrip(".") or link_warning("here", link), link


def test_honest_links_open_at_once(room: Room) -> None:
    urls: list[str] = []

    def open_url(url: QUrl) -> bool:
        urls.append(url.toString())
        return True

    opener = LinkOpener(room.prompts, open_url)
    for address in ("https://shop.example/a?b=c", "mailto:me@shop.example", "tel:+38631555"):
        opener.open(address, address)
    assert urls == ["https://shop.example/a?b=c", "mailto:me@shop.example", "tel:+38631555"]
    assert room.prompts.questions == []
