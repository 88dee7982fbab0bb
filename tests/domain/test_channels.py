"""What the composer says before it lets a reply go."""

from datetime import timedelta

import pytest

from agent_desktop.domain.channels import (
    LIMITS,
    MEGABYTE,
    problems,
    reached_by,
    recipient_problems,
    window_left,
)
from agent_desktop.domain.mail_address import mail_address
from agent_desktop.domain.message import Delivery
from agent_desktop.domain.workspace import ChannelKind
from tests.factories import make_file
from tests.fakes import START

HOUR = timedelta(hours=1)
kinds = pytest.mark.parametrize("kind", list(ChannelKind))
written = pytest.mark.parametrize("kind", [kind for kind in ChannelKind if kind is not ChannelKind.PHONE])


@kinds
def test_every_kind_has_limits(kind: ChannelKind) -> None:
    limits = LIMITS[kind]
    assert limits.title
    assert limits.maximum_length >= 0
    assert limits.delivery_states <= {Delivery.SENT, Delivery.DELIVERED, Delivery.READ, Delivery.FAILED}


@kinds
def test_a_channel_is_reached_by_its_own_kind_of_address_first(kind: ChannelKind) -> None:
    assert reached_by(kind)[0] is kind
    assert len(set(reached_by(kind))) == len(reached_by(kind))


@written
def test_an_ordinary_answer_can_be_sent(kind: ChannelKind) -> None:
    assert problems(kind, "Hello", [make_file()], START, START + HOUR) == ()


@written
def test_a_text_is_too_long_by_one_character(kind: ChannelKind) -> None:
    longest = LIMITS[kind].maximum_length
    assert problems(kind, "x" * longest, [], START, START) == ()
    (sentence,) = problems(kind, "x" * (longest + 1), [], START, START)
    assert f"{longest:,}" in sentence
    assert "1 too long" in sentence


@kinds
def test_who_may_write_first(kind: ChannelKind) -> None:
    must_wait = "must write first" in " ".join(problems(kind, "Hello", [], None, START))
    assert must_wait is not LIMITS[kind].may_start


@pytest.mark.parametrize("kind", [ChannelKind.WHATSAPP, ChannelKind.SOCIAL])
def test_the_window_closes_a_day_after_the_customer_wrote(kind: ChannelKind) -> None:
    assert window_left(kind, START, START + 23 * HOUR) == HOUR
    assert problems(kind, "Hello", [], START, START + 23 * HOUR) == ()
    assert window_left(kind, START, START + 24 * HOUR) == timedelta()
    (sentence,) = problems(kind, "Hello", [], START, START + 24 * HOUR)
    assert "24 hours" in sentence


def test_where_there_is_no_window() -> None:
    assert window_left(ChannelKind.EMAIL, START, START + 9_000 * HOUR) is None
    assert window_left(ChannelKind.WHATSAPP, None, START) is None
    assert problems(ChannelKind.EMAIL, "Hello", [], START, START + 9_000 * HOUR) == ()


@pytest.mark.parametrize(
    ("kind", "media_type", "megabytes", "is_allowed"),
    [
        (ChannelKind.WHATSAPP, "image/png", 5, True),
        (ChannelKind.WHATSAPP, "image/png", 6, False),
        (ChannelKind.WHATSAPP, "IMAGE/PNG", 6, False),
        (ChannelKind.WHATSAPP, "video/mp4", 17, False),
        (ChannelKind.WHATSAPP, "application/pdf", 99, True),
        (ChannelKind.SMS, "image/png", 6, False),
        (ChannelKind.EMAIL, "application/pdf", 30, False),
        (ChannelKind.CHAT, "application/pdf", 40, True),
    ],
)
def test_files_have_limits_by_their_type(
    kind: ChannelKind, media_type: str, megabytes: int, is_allowed: bool
) -> None:
    file = make_file(media_type=media_type, size=megabytes * MEGABYTE)
    found = problems(kind, "Hello", [make_file(), file], START, START)
    assert (found == ()) is is_allowed
    assert all("invoice.pdf" in sentence and f"{megabytes}.0 MB" in sentence for sentence in found)


def test_nothing_is_written_by_phone() -> None:
    sentences = problems(ChannelKind.PHONE, "Hello", [make_file()], START, START)
    assert [sentence.split(".")[0] for sentence in sentences] == [
        "Phone carries no written reply",
        "Phone carries no files",
    ]


def test_files_that_are_too_large_together_are_said_once() -> None:
    half = make_file(size=9 * MEGABYTE)
    assert problems(ChannelKind.EMAIL, "Hello", [half, half], START, START) == ()
    (sentence,) = problems(ChannelKind.EMAIL, "Hello", [half, half, make_file(size=100_000)], START, START)
    assert "18.1 MB together" in sentence
    assert problems(ChannelKind.WHATSAPP, "Hello", [half] * 9, START, START) == ()
    (sentence,) = problems(
        ChannelKind.EMAIL, "Hello", [half, half, make_file(size=19 * MEGABYTE)], START, START
    )
    assert "19.0 MB" in sentence


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.test",
        "jörg@example.test",
        "ada@bücher.example",
        "a+b.c'd@x-y.example",
        " ada@example.test ",
    ],
)
def test_an_address_can_be_written_to(address: str) -> None:
    assert recipient_problems(ChannelKind.EMAIL, [address]) == ()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "@example.test",
        "a@b@c.test",
        "a@b.test, c@d.test",
        "Ada <a@b.test>",
        "a@b..test",
        ".a@b.test",
    ],
)
def test_what_is_no_address_is_named(address: str) -> None:
    (sentence,) = recipient_problems(ChannelKind.EMAIL, ["ada@example.test"], [address])
    assert sentence == f"“{address}” is no e-mail address."


def test_a_reply_needs_somebody_and_not_too_many() -> None:
    assert "no recipient" in recipient_problems(ChannelKind.EMAIL, [])[0]
    assert recipient_problems(ChannelKind.EMAIL, [], [], ["ada@example.test"]) == ()
    many = [f"{number}@example.test" for number in range(101)]
    assert "up to 100" in recipient_problems(ChannelKind.EMAIL, many[:50], many[50:])[0]
    assert recipient_problems(ChannelKind.EMAIL, many[:50], many[:50], many[50:100]) == ()
    assert recipient_problems(ChannelKind.SMS, ["+49 170 1"]) == ()


def test_a_long_address_that_is_none_is_told_at_once() -> None:
    assert mail_address("a@" + "b" * 1_000_000 + "!") is None
    assert mail_address("a@" + "b." * 500_000) is None
