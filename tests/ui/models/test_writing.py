"""What is read out of a text while it is written or shown: completions, addresses, and names of files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.html.links import safe_link
from agent_desktop.services.html.text_links import find_links
from ui.models.attachments import refuse_too_large
from ui.models.triggers import TriggerKind, trigger_at


@pytest.mark.parametrize(
    ("text", "kind", "typed"),
    [
        ("/", TriggerKind.CANNED, ""),
        ("Hi /ref", TriggerKind.CANNED, "ref"),
        ("Hi\n/rück", TriggerKind.CANNED, "rück"),
        ("See ?lost par", TriggerKind.ARTICLE, "lost par"),
        ("(@be", TriggerKind.MENTION, "be"),
        ("as in #482", TriggerKind.CONVERSATION, "482"),
        ("Dear {{cust", TriggerKind.VARIABLE, "cust"),
        ("Dear {{ customer.first", TriggerKind.VARIABLE, "customer.first"),
    ],
)
def test_a_sign_at_the_start_of_a_word_asks(text: str, kind: TriggerKind, typed: str) -> None:
    trigger = trigger_at(text, len(text))
    assert trigger is not None
    assert (trigger.kind, trigger.text) == (kind, typed)
    assert text[trigger.start : trigger.end].startswith(kind.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10/12",
        "http://x",
        "Really?",
        "Vraiment ? Oui",
        "?",
        "anna@shop",
        "C#7",
        "{ {x",
        "{{ done }} ",
        "a/b",
        "/a b",
    ],
)
def test_signs_inside_words_and_punctuation_do_not(text: str) -> None:
    assert trigger_at(text, len(text)) is None


@given(st.text(alphabet="ab /?@#{}\n.ü🫖", max_size=90), st.data())
def test_what_asks_ends_at_the_caret_and_begins_a_word(text: str, data: st.DataObject) -> None:
    caret = data.draw(st.integers(0, len(text)))
    trigger = trigger_at(text, caret)
    if trigger is not None:
        assert trigger.end == caret
        assert text[trigger.start :].startswith(trigger.kind.value)
        if trigger.kind is not TriggerKind.VARIABLE:
            assert trigger.start == 0 or not text[trigger.start - 1].isalnum()
        assert "\n" not in text[trigger.start : trigger.end]


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("See https://a.example/x(1).", ["https://a.example/x(1)"]),
        ("(http://b.example/)", ["http://b.example/"]),
        ("www.shop.example/a?b=c!", ["https://www.shop.example/a?b=c"]),
        ("mail me@x.example, ok", ["mailto:me@x.example"]),
        ("javascript:alert(1) file:///etc/passwd smb://x", []),
        ("10.12.2026 and a.b", []),
    ],
)
def test_addresses_are_found_without_the_punctuation(text: str, targets: list[str]) -> None:
    assert [link.target for link in find_links(text)] == targets


@given(st.text(alphabet="abw.:/@?()<> \nhtps-", max_size=200))
def test_found_addresses_are_safe_and_stand_in_the_text(text: str) -> None:
    end = 0
    for link in find_links(text):
        assert end <= link.start < link.end <= len(text)
        assert safe_link(link.target) is not None
        assert text[link.start : link.end] in link.target
        end = link.end


def test_limits_are_those_of_the_channel() -> None:
    refuse_too_large("a.png", "image/png", 5_000_000, ChannelKind.WHATSAPP)
    with pytest.raises(InputError, match="WhatsApp takes up to 5 MB"):
        refuse_too_large("a.png", "image/png", 5_000_001, ChannelKind.WHATSAPP)
    refuse_too_large("a.zip", "application/zip", 100_000_000, None)
    with pytest.raises(InputError, match="up to 100 MB"):
        refuse_too_large("a.zip", "application/zip", 100_000_001, None)
