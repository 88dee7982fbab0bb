"""Which links may be opened, and which do not say where they lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.html.links import link_host, link_warning, safe_link


@pytest.mark.parametrize(
    "href",
    [
        "https://a.example/b?c#d",
        "HTTP://a.example",
        "mailto:a@b.example?subject=x",
        "tel:+49-30-1",
        " https://a.example ",
    ],
)
def test_links_to_the_web_to_mail_and_to_telephones_may_be_opened(href: str) -> None:
    assert safe_link(href) == href.strip()


@pytest.mark.parametrize(
    "href",
    [
        "", "javascript:alert(1)", "java\tscript:alert(1)", "\x01javascript:alert(1)", "vbscript:x", "data:text/html,x",
        "file:///etc/passwd", "//evil.example/x", "\\\\evil\\share", "/local", "#top", "page.html", "ftp://a.example",
        "blob:" + "a" * 64, "ms-msdt:/id", "search-ms:query=x", "smb://a/b", "http:", "http://", "https:///x", "http://[",
        "mailto:", "mailto:a@b.example?x=y&at%74ach=/etc/passwd",
        "tel:javascript", "cid:x", "https:evil.example", "https://a\x00b.example", "x" * 5_000,
    ],
)  # fmt: skip
def test_nothing_else_may_be_opened(href: str) -> None:
    assert safe_link(href) is None


def test_a_backslash_is_the_slash_that_browsers_take_it_for() -> None:
    assert (
        safe_link("https://bank.example\\@evil.example/a\\b?c=\\")
        == "https://bank.example/@evil.example/a/b?c=\\"
    )
    assert link_host("https://bank.example\\@evil.example/") == "bank.example"
    assert safe_link("mailto:a\\b@shop.example") == "mailto:a\\b@shop.example"


@pytest.mark.parametrize(
    "host", ["evil.example%2Fbank.example", "bank.example%40evil.example", "a%5Cb", "%20"]
)
def test_a_host_that_hides_more_than_a_host_is_none(host: str) -> None:
    assert safe_link(f"https://{host}/") is None


@given(st.text(max_size=60))
def test_a_link_that_may_be_opened_has_one_of_four_schemes(href: str) -> None:
    link = safe_link(href)
    assert link is None or link.partition(":")[0].lower() in {"http", "https", "mailto", "tel"}


@pytest.mark.parametrize(
    ("text", "href", "target"),
    [
        ("click here", "https://anything.example/x", ""),
        ("www.bank.example", "https://bank.example/login", ""),
        ("bank.example", "https://www.bank.example/login", ""),
        ("https://login.bank.example/", "https://bank.example", ""),
        ("https://bank.example", "https://evil.example", "evil.example"),
        ("bank.example", "https://bank.example.evil.example/", "bank.example.evil.example"),
        ("bank.example/login", "https://notbank.example/", "notbank.example"),
        ("click", "https://bank.example@evil.example/", "evil.example"),
        ("bank.example", "https://b\u0430nk.example/", "xn--bnk-6cd.example"),
        ("click", "https://xn--bnk-6cd.example/", "xn--bnk-6cd.example"),
        ("See bank.example for more", "https://evil.example", ""),
        ("us@bank.example", "mailto:us@bank.example?subject=x", ""),
        ("us@bank.example", "mailto:them@evil.example", "them@evil.example"),
        ("write to us", "mailto:them@evil.example", ""),
        ("1.5.2026", "https://a.example", ""),
        ("https://bank.example", "https:\\\\evil.example\\@bank.example", "evil.example"),
        ("https://bank.example", "tel:123", ""),
    ],
)
def test_links_that_say_something_else_are_named(text: str, href: str, target: str) -> None:
    assert link_warning(text, href) == target


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_link_breaks_the_judgement(text: str, href: str) -> None:
    link_warning(text, href)
    assert link_host(f"https://{href}").isascii()
