"""Links in what customers write: honest ones open, disguised ones ask, all others stay where they are."""

import pytest
from PySide6.QtCore import QUrl

from tests.ui.conftest import Room
from ui.widgets.link_opener import LinkOpener


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://evil.example/", "https://bank.example"),
        ("https://bank.example@evil.example/", "click"),
        ("https://xn--bnk-8la.example/", "bank"),
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
