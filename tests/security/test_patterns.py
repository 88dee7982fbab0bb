"""No text makes a reader of texts take for ever: five times the length takes about five times as long."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from time import process_time
from typing import Any

import pytest

from agent_desktop.domain.excerpts import excerpt_of, pattern_of
from agent_desktop.domain.mentions import find_mentions
from agent_desktop.domain.placeholders import render
from agent_desktop.domain.search_query import parse as parse_search
from agent_desktop.domain.snooze import parse as parse_snooze
from agent_desktop.services.html.clean import clean_html
from agent_desktop.services.html.links import link_warning, safe_link
from agent_desktop.services.html.markdown import markdown_html
from agent_desktop.services.html.text_links import find_links
from agent_desktop.services.knowledge import article_text
from agent_desktop.services.mail.addresses import parse_addresses
from agent_desktop.services.mail.headers import parse_date, parse_field, parse_message_ids, parse_parameters
from agent_desktop.services.mail.names import clean_file_name, clean_line
from agent_desktop.services.mail.parse import parse_mail
from agent_desktop.services.mail.quotes import split_quote
from agent_desktop.services.mail.text import html_to_text
from agent_desktop.services.spelling.words import find_words
from sync.server.oauth.asked import NotForUs
from sync.server.oauth.asked import read as read_asked
from sync.server.public_address import NotPublic, target_of
from tests.domain.test_placeholders import VALUES
from tests.factories import ANNA, BEN, make_article
from ui.models.call_form import seconds_of
from ui.models.triggers import trigger_at

SHORT, LONG = 5_000, 25_000
MOST = 12.0
"""Five times the length takes five times as long; where each letter looks at all others, twenty-five times."""
TRIES = 4
UNITS = (
    *("a", "1", " ", "\n", "\r\n", "\t", "é", "\u200b", "@", "a@", "a.", ".", ",", ":", "-", "_", "*", "**a__"),
    *("<", ">", "<a ", "<a b=", "</", "<!--", "<div>", "&", "&lt;", "'", '"', "\\", '\\"', "a'"),
    *("[", "![", "![](", "[a](", "](", "(", "{{", "{{a", "{{ a | b ", "#", "# ", "/", "?a ", "=?", "=?utf-8?q?", "="),
    *("http://", "www.a", "//", "+", "1:", "1d ", "> ", "On 1 ", "From: a\n", "-- \n", "is:", '"a" ', "\x00"),
)  # fmt: skip


def as_bytes(read: Callable[[bytes], object]) -> Callable[[str], object]:
    return lambda text: read(text.encode())


def refusing(read: Callable[[str], object], *refusals: type[Exception]) -> Callable[[str], object]:
    def tried(text: str) -> object:
        try:
            return read(text)
        except refusals:
            return None

    return tried


def asked(text: str) -> object:
    query = {
        "client_id": "agent-desktop",
        "redirect_uri": text,
        "state": text,
        "device": text,
        "device_id": text,
    }
    return read_asked(query)


READERS: dict[str, Callable[[str], Any]] = {
    "addresses of mail": parse_addresses,
    "fields of mail": as_bytes(parse_field),
    "parameters of mail": parse_parameters,
    "ids of mail": parse_message_ids,
    "dates of mail": parse_date,
    "mail": as_bytes(parse_mail),
    "mail with a subject": as_bytes(lambda raw: parse_mail(b"Subject: " + raw + b"\n\n" + raw)),
    "reports of mail servers": as_bytes(
        lambda raw: parse_mail(b"From: mailer-daemon@x\nSubject: failure notice\n\n" + raw)
    ),
    "lines": clean_line,
    "names of files": clean_file_name,
    "quotes": split_quote,
    "text of html": html_to_text,
    "html": lambda text: clean_html(text, {}),
    "markdown": markdown_html,
    "links": find_links,
    "a link": safe_link,
    "what a link says": lambda text: link_warning(text, "https://example.org"),
    "words": lambda text: list(find_words(text)),
    "mentions": lambda text: find_mentions(text, (ANNA, BEN)),
    "excerpts": lambda text: excerpt_of([text], pattern_of(parse_search("kettle", date(2026, 1, 1)).terms)),
    "searches": lambda text: parse_search(text, date(2026, 1, 1)),
    "times": lambda text: parse_snooze(text, datetime(2026, 1, 1, tzinfo=UTC), UTC),
    "durations": seconds_of,
    "placeholders": lambda text: render(text, VALUES),
    "values of placeholders": lambda text: render("{{customer.name}}", {**VALUES, "customer.name": text}),
    "articles": lambda text: article_text(make_article(body=text)),
    "completions": lambda text: trigger_at(text, len(text)),
    "requests to sign in": refusing(asked, NotForUs),
    "addresses of the web": refusing(target_of, NotPublic),
}


def seconds(read: Callable[[str], object], text: str) -> float:
    begun = process_time()
    read(text)
    return process_time() - begun


def too_slow(read: Callable[[str], object], short: int = SHORT, long: int = LONG) -> list[str]:
    """The texts that take more than their length explains, whenever they are asked again."""
    slow = []
    for unit in UNITS:
        shorter, text = (unit * (length // len(unit)) + "!" for length in (short, long))
        # A hundredth of a second is not worth a measurement. Other work disturbs some tries, not all.
        if all(seconds(read, text) > MOST * max(0.01, seconds(read, shorter)) for _ in range(TRIES)):
            slow.append(unit)
    return slow


@pytest.mark.parametrize("name", READERS)
def test_time_grows_with_the_length_and_no_faster(name: str) -> None:
    assert too_slow(READERS[name]) == []


def test_a_pattern_that_looks_at_every_letter_from_every_letter_is_noticed() -> None:
    trailing = re.compile(r" +$")
    assert too_slow(trailing.search, 1_500, 15_000) == [" "]
