"""What a row of the inbox says in words."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.inbox_row_factory import NOW, inbox_row
from ui.models.inbox_row_text import accessible_sentence, age_text, chips
from ui.tokens import ChipTone


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=-30), "now"),
        (timedelta(), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(days=3), "3 d"),
        (timedelta(days=29), "29 d"),
        (timedelta(days=30), "1 mo"),
        (timedelta(days=800), "2 y"),
    ],
)
def test_age(age: timedelta, text: str) -> None:
    assert age_text(NOW - age, NOW) == text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [("First reply 8 m", ChipTone.DANGER)]),
        ({"first_reply": False}, [("Next reply 8 m", ChipTone.DANGER)]),
        ({"due_at": NOW + timedelta(seconds=20)}, [("First reply 1 m", ChipTone.DANGER)]),
        ({"due_at": NOW + timedelta(minutes=10)}, [("First reply 10 m", ChipTone.DANGER)]),
        ({"due_at": NOW + timedelta(minutes=22)}, [("First reply 22 m", ChipTone.WARN)]),
        ({"due_at": NOW + timedelta(hours=3)}, [("First reply 3 h", ChipTone.NEUTRAL)]),
        ({"due_at": NOW - timedelta(minutes=12)}, [("Overdue 12 m", ChipTone.DANGER)]),
        ({"due_at": NOW}, [("Overdue", ChipTone.DANGER)]),
        ({"due_at": None}, []),
        ({"due_at": None, "status": "pending"}, [("Waiting on customer", ChipTone.OK)]),
        ({"due_at": None, "status": "on_hold"}, [("On hold", ChipTone.NEUTRAL)]),
        ({"due_at": None, "status": "solved"}, [("Solved", ChipTone.OK)]),
        ({"due_at": None, "status": "closed"}, [("Closed", ChipTone.NEUTRAL)]),
        ({"snoozed_until": NOW + timedelta(hours=3)}, [("Snoozed 3 h", ChipTone.NEUTRAL)]),
        ({"snoozed_until": NOW - timedelta(hours=3)}, [("First reply 8 m", ChipTone.DANGER)]),
        ({"due_at": None, "has_draft": True}, [("Draft", ChipTone.ACCENT)]),
        ({"due_at": None, "waiting_to_send": 1}, [("Waiting to send", ChipTone.WARN)]),
        ({"due_at": None, "waiting_to_send": 3}, [("3 waiting to send", ChipTone.WARN)]),
        ({"due_at": None, "held": True}, [("Reply held", ChipTone.DANGER)]),
        (
            {"tags": ("order", "vip", "third"), "has_draft": True, "waiting_to_send": 1, "held": True},
            [
                ("First reply 8 m", ChipTone.DANGER),
                ("Reply held", ChipTone.DANGER),
                ("order", ChipTone.NEUTRAL),
                ("vip", ChipTone.NEUTRAL),
                ("Draft", ChipTone.ACCENT),
                ("Waiting to send", ChipTone.WARN),
            ],
        ),
    ],
)
def test_chips(changes: dict[str, object], expected: list[tuple[str, ChipTone]]) -> None:
    assert [(chip.text, chip.tone) for chip in chips(inbox_row(**changes), NOW)] == expected


def test_only_tags_yield() -> None:
    row = inbox_row(tags=("order",), has_draft=True)
    assert [chip.text for chip in chips(row, NOW) if chip.yields] == ["order"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {},
            "Unread, Amelia Novak, email, Where is my replacement kettle, first reply due in 8 minutes",
        ),
        (
            {
                "unread": False,
                "due_at": NOW - timedelta(hours=1),
                "channel_kind": "chat",
                "first_reply": False,
            },
            "Amelia Novak, live chat, Where is my replacement kettle, next reply overdue by 1 hour",
        ),
        (
            {
                "due_at": None,
                "status": "pending",
                "priority": "urgent",
                "has_draft": True,
                "subject": "Kettle",
            },
            "Unread, Amelia Novak, email, Kettle, urgent priority, waiting on customer, has a draft",
        ),
        (
            {
                "snoozed_until": NOW + timedelta(days=2),
                "waiting_to_send": 2,
                "held": True,
                "tags": ("order",),
            },
            (
                "Unread, Amelia Novak, email, Where is my replacement kettle, snoozed for 2 days,"
                " a reply was held back and needs your decision, tag order, 2 messages waiting to send"
            ),
        ),
        (
            {"due_at": NOW + timedelta(seconds=10), "channel_kind": "pigeon", "subject": ""},
            "Unread, Amelia Novak, pigeon, first reply due in less than a minute",
        ),
    ],
)
def test_sentence(changes: dict[str, object], sentence: str) -> None:
    assert accessible_sentence(inbox_row(**changes), NOW) == sentence


@given(st.timedeltas(min_value=timedelta(days=-4000), max_value=timedelta(days=4000)))
def test_every_deadline_is_said_in_the_chip_and_in_the_sentence(distance: timedelta) -> None:
    row = inbox_row(due_at=NOW + distance)
    overdue = distance <= timedelta()
    chip = chips(row, NOW)[0]
    assert chip.text.startswith("Overdue" if overdue else "First reply")
    assert ("overdue by" if overdue else "due in") in accessible_sentence(row, NOW)
