"""What a timeline shows of messages: order, words, and what their authors can do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.conversation import Priority, Status
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind
from agent_desktop.services.conversation import TimelineItem
from tests.factories import (
    an_id,
    make_attachment,
    make_channel,
    make_conversation,
    make_message,
    make_reply,
    make_user,
)
from tests.fakes import START
from ui.models.timeline import (
    NO_TEXT,
    DeliveryAction,
    EntryKind,
    TimelineContext,
    TimelineEntry,
    timeline_entries,
)
from ui.models.timeline_text import (
    LONGEST_LINE,
    SHOWN_CHARACTERS,
    day_text,
    due_chip,
    shortened,
    size_text,
    span_text,
    viewer_text,
)
from ui.tokens import ChipTone

NOW = START + timedelta(hours=8)


def entries(
    *messages: Message, online: bool = True, pending: bool = False, now: datetime = NOW
) -> tuple[TimelineEntry, ...]:
    context = TimelineContext(
        me=make_user().id,
        now=now,
        online=online,
        name_of=lambda row_id: {make_user().id: "Anna Berg", "ben": "Ben Adeyemi"}.get(row_id, ""),
        kind_of=lambda row_id: make_channel().kind if row_id == make_channel().id else None,
        zone=UTC,
    )
    return timeline_entries([TimelineItem(message, (), pending) for message in messages], context)


def test_each_day_has_its_head() -> None:
    shown = entries(
        make_message(id=an_id("a"), created_at=START - timedelta(days=40)),
        make_message(id=an_id("b"), created_at=START - timedelta(days=1)),
        make_message(id=an_id("c"), created_at=START),
        make_message(id=an_id("d"), created_at=START + timedelta(hours=1)),
    )
    assert [entry.line for entry in shown if entry.kind is EntryKind.DAY] == [
        "Wednesday, 21 January",
        "Yesterday",
        "Today",
    ]


def test_days_are_those_of_the_reader() -> None:
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert day_text(late, late + timedelta(hours=1), UTC) == "Yesterday"
    assert day_text(late, late + timedelta(hours=1), ZoneInfo("Europe/Ljubljana")) == "Today"
    assert day_text(late.replace(year=2024), late, UTC) == "Friday, 1 March 2024"


def test_ours_are_you_only_to_their_author() -> None:
    assert entries(make_reply())[1].author == "You"
    other = entries(make_reply(author_id="ben", author_name="Ben Adeyemi"))[1]
    assert other.author == "Ben Adeyemi"


@pytest.mark.parametrize(
    ("delivery", "words", "actions"),
    [
        (Delivery.QUEUED, "sending", ()),
        (Delivery.SENDING, "sending", ()),
        (Delivery.SENT, "sent", ()),
        (Delivery.DELIVERED, "delivered", ()),
        (Delivery.READ, "read", ()),
    ],
)
def test_quiet_deliveries_are_said_beside_the_time(
    delivery: Delivery, words: str, actions: tuple[DeliveryAction, ...]
) -> None:
    entry = entries(make_reply(delivery=delivery))[1]
    assert entry.meta == f"Email · 09:05 · {words}"
    assert entry.actions == actions
    assert not entry.needs_decision


@pytest.mark.parametrize(
    ("delivery", "detail", "words", "first"),
    [
        (Delivery.FAILED, "Mailbox full", "Failed: Mailbox full", DeliveryAction.RETRY),
        (Delivery.HELD, "", "Held, not sent", DeliveryAction.SEND_AS_IS),
        (Delivery.UNKNOWN, "", "It is not known whether this was sent", DeliveryAction.CHECK),
    ],
)
def test_what_needs_a_decision_says_why(
    delivery: Delivery, detail: str, words: str, first: DeliveryAction
) -> None:
    entry = entries(make_reply(delivery=delivery, delivery_detail=detail))[1]
    assert entry.needs_decision
    assert entry.state == words
    assert entry.actions[0] is first


def test_a_scheduled_reply_says_when() -> None:
    entry = entries(make_reply(not_before=NOW + timedelta(hours=2)))[1]
    assert "will be sent 19:00" in entry.meta
    assert entry.actions == (DeliveryAction.EDIT, DeliveryAction.DISCARD)


def test_what_was_called_back_is_not_shown() -> None:
    assert entries(make_reply(delivery=Delivery.CANCELLED)) == ()


def test_a_note_never_has_a_delivery() -> None:
    note = make_reply(kind=MessageKind.NOTE, delivery=Delivery.NONE, mentioned_ids=("ben",))
    entry = entries(note)[1]
    assert entry.kind is EntryKind.NOTE
    assert entry.meta == "Internal note · 09:05"
    assert entry.mentions == ("Ben Adeyemi", "Ben")


def test_events_in_quick_succession_share_a_line() -> None:
    def event(number: int, minutes: float, author: str | None) -> Message:
        return make_message(
            id=an_id(f"event {number}"),
            kind=MessageKind.EVENT,
            direction=Direction.OUT,
            author_id=author,
            author_name="",
            created_at=START + timedelta(minutes=minutes),
            text=f"Thing {number}",
        )

    shown = entries(event(1, 0, "ben"), event(2, 1, "ben"), event(3, 9, "ben"), event(4, 9.5, None))
    assert [entry.line for entry in shown[1:]] == [
        "Thing 1 · Thing 2 by Ben Adeyemi",
        "Thing 3 by Ben Adeyemi",
        "Thing 4",
    ]


def test_a_held_reply_names_who_wrote_since() -> None:
    held = make_reply(delivery=Delivery.HELD)
    answered = make_reply(id=an_id("ben's"), author_id="ben", author_name="Ben Adeyemi", text="I did it.")
    entry = next(entry for entry in entries(make_message(), answered, held) if entry.key == held.id)
    assert entry.news is not None
    assert entry.news.sentence == "Ben Adeyemi answered after you last looked, so this was not sent."
    assert entry.news.preview == "I did it."


def test_who_reads_a_held_reply_of_a_colleague_is_not_told_that_they_wrote_it() -> None:
    bens = make_reply(delivery=Delivery.HELD, author_id="ben", author_name="Ben Adeyemi")
    mine = make_reply(id=an_id("mine"), text="Done.")
    entry = next(entry for entry in entries(make_message(), bens, mine) if entry.key == bens.id)
    assert entry.news is not None
    assert entry.news.sentence == "You answered after Ben Adeyemi last looked, so this was not sent."
    assert entry.news.preview == "Done."


def test_a_held_reply_does_not_name_what_was_not_said_either() -> None:
    held = make_reply(delivery=Delivery.HELD)
    bens = make_reply(id=an_id("ben's"), author_id="ben", author_name="Ben Adeyemi", delivery=Delivery.HELD)
    entry = next(entry for entry in entries(make_message(), bens, held) if entry.key == held.id)
    assert entry.news is not None
    assert "Ben" not in entry.news.sentence


def test_pictures_inside_a_formatted_mail_are_no_files() -> None:
    inline = make_attachment(inline=True, content_id="logo")
    for html, shown in ((None, 1), ("a" * 64, 0)):
        item = TimelineItem(make_message(html_blob=html), (inline,), False)
        context = TimelineContext(
            me="", now=NOW, online=True, name_of=lambda row: "", kind_of=lambda row: None, zone=UTC
        )
        assert len(timeline_entries([item], context)[1].files) == shown


def test_a_message_without_text_says_so() -> None:
    assert entries(make_message(text=" \n"))[1].text == NO_TEXT


@given(st.text(max_size=300), st.integers(1, 100))
def test_what_is_shortened_is_a_beginning(text: str, limit: int) -> None:
    short = shortened(text, limit)
    assert text.startswith(short)
    assert len(short) <= limit
    assert short == text or len(text) > limit


def test_long_texts_are_cut_but_counted() -> None:
    entry = entries(make_message(text="x" * 1_000_000))[1]
    assert len(entry.text) == SHOWN_CHARACTERS
    assert entry.length == 1_000_000
    assert entry.is_cut


@given(st.text(max_size=9_000))
def test_the_viewer_keeps_every_character_but_line_ends(text: str) -> None:
    shown = viewer_text(text)
    assert all(len(line) <= LONGEST_LINE for line in shown.split("\n"))
    assert shown.replace("\n", "") == "".join(text.splitlines())


@pytest.mark.parametrize(
    ("size", "words"),
    [(1, "1 byte"), (812, "812 bytes"), (184_000, "184 KB"), (2_400_000, "2.4 MB"), (3_000_000_000, "3 GB")],
)
def test_sizes(size: int, words: str) -> None:
    assert size_text(size) == words


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=30), "under a minute"),
        (timedelta(minutes=8), "8 min"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(days=3, hours=4, minutes=5), "3 d 4 h"),
    ],
)
def test_spans(span: timedelta, words: str) -> None:
    assert span_text(span) == words


def test_the_deadline_counts_down_and_says_which_reply() -> None:
    waiting = make_conversation(due_at=NOW + timedelta(minutes=8))
    assert due_chip(waiting, NOW) == due_chip(waiting, NOW)
    chip = due_chip(waiting, NOW)
    assert chip is not None
    assert (chip.text, chip.tone) == ("First reply due in 8 min", ChipTone.DANGER)
    answered = make_conversation(due_at=NOW - timedelta(hours=1), last_out_at=START)
    chip = due_chip(answered, NOW)
    assert chip is not None
    assert (chip.text, chip.tone) == ("Next reply overdue 1 h", ChipTone.DANGER)
    snoozed = make_conversation(due_at=NOW, snoozed_until=NOW + timedelta(hours=3))
    chip = due_chip(snoozed, NOW)
    assert chip is not None
    assert chip.text == "Snoozed for 3 h"
    assert due_chip(make_conversation(status=Status.SOLVED, priority=Priority.LOW), NOW) is None
