"""Header fields, their parameters, ids and dates."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.mail.headers import (
    MAX_PARAMETERS,
    Headers,
    parse_date,
    parse_field,
    parse_message_ids,
    parse_parameters,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text/plain", ("text/plain", {})),
        ('Text/HTML; charset="utf-8"', ("text/html", {"charset": "utf-8"})),
        ("text/plain (comment); charset=a", ("text/plain", {"charset": "a"})),
        ('a/b; name="x;y"; z=1', ("a/b", {"name": "x;y", "z": "1"})),
        (r'a/b; name="say \"hi\" c:\new"', ("a/b", {"name": r'say "hi" c:\new'})),
        ('a/b; name="never closed', ("a/b", {"name": "never closed"})),
        ("a/b; name=two words.pdf; c=d", ("a/b", {"name": "two words.pdf", "c": "d"})),
        ("a/b; name*=utf-8''gr%C3%BCn.txt", ("a/b", {"name": "grün.txt"})),
        ("a/b; name*0*=iso-8859-1'de'gr%FC; name*1=n.txt", ("a/b", {"name": "grün.txt"})),
        ("a/b; name*1=b; name*0=a", ("a/b", {"name": "ab"})),
        ('a/b; name="=?utf-8?q?gr=C3=BCn?="', ("a/b", {"name": "grün"})),
        (";;; ;", ("", {})),
    ],
)
def test_parameters(value: str, expected: tuple[str, dict[str, str]]) -> None:
    assert parse_parameters(value) == expected


def test_only_so_many_parameters_are_read() -> None:
    many = "a/b;" + ";".join(f"p{number}=1" for number in range(10_000))
    assert len(parse_parameters(many)[1]) == MAX_PARAMETERS


@given(st.text(alphabet="a;*=\"\\' 0%Cé()\n", max_size=200))
def test_no_value_breaks_the_reading_of_parameters(value: str) -> None:
    parse_parameters(value)


@pytest.mark.parametrize(
    ("line", "expected"),
    [(b"Subject: x", ("subject", b"x")), (b"To :y", ("to", b"y")), (b"no header", None), (b": x", None)],
)
def test_fields(line: bytes, expected: tuple[str, bytes] | None) -> None:
    assert parse_field(line) == expected


def test_a_value_for_people_is_one_clean_line() -> None:
    headers = Headers((("subject", "=?utf-8?q?pay=0Anow?= \u202eexe.\u202c\x00".encode()),))
    assert headers.text("subject") == "pay now exe."
    assert headers.text("absent") == ""


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<a@b> <c@d>\t<a@b>", ("a@b", "c@d")),
        ("bare@id", ("bare@id",)),
        ("<split \t in@two>", ("splitin@two",)),
        ("<>", ()),
        ("Your message of Monday", ()),
    ],
)
def test_message_ids(value: str, ids: tuple[str, ...]) -> None:
    assert parse_message_ids(value) == ids


def test_of_very_many_references_the_first_and_the_newest_stay() -> None:
    ids = parse_message_ids(" ".join(f"<{number}@x>" for number in range(5_000)))
    assert len(ids) == 100
    assert (ids[0], ids[-1]) == ("0@x", "4999@x")


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("Fri, 13 Feb 2026 22:38:16 +0100", datetime(2026, 2, 13, 21, 38, 16, tzinfo=UTC)),
        ("13 Feb 2026 22:38:16", datetime(2026, 2, 13, 22, 38, 16, tzinfo=UTC)),
        ("Fri, 31 Feb 2026 22:38:16 +0100", None),
        ("Fri, 13 Feb 99999 22:38:16 +0100", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(value: str, date: datetime | None) -> None:
    assert parse_date(value) == date


@given(st.text(alphabet="0123456789 :+-,FebMonGMT", max_size=60))
def test_every_date_is_aware_or_none(value: str) -> None:
    date = parse_date(value)
    assert date is None or date.tzinfo is UTC
