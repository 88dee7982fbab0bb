"""What a view shows: each part of a filter by itself, and all of them together."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent_desktop.domain.conversation import ACTIVE, Priority, Status
from agent_desktop.domain.view import ME, NOBODY, ConversationFilter
from tests.factories import ANNA, BEN, make_conversation
from tests.fakes import START

HOUR = timedelta(hours=1)
CASES: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({}, {}, True),
    ({"statuses": ACTIVE}, {"status": Status.ON_HOLD}, True),
    ({"statuses": ACTIVE}, {"status": Status.SOLVED}, False),
    ({"assignee": ME}, {"assignee_id": ANNA.id}, True),
    ({"assignee": ME}, {"assignee_id": BEN.id}, False),
    ({"assignee": ME}, {"assignee_id": None}, False),
    ({"assignee": NOBODY}, {"assignee_id": None}, True),
    ({"assignee": NOBODY}, {"assignee_id": ANNA.id}, False),
    ({"assignee": BEN.id}, {"assignee_id": BEN.id}, True),
    ({"assignee": BEN.id}, {"assignee_id": ANNA.id}, False),
    ({"team_id": "t"}, {"team_id": "t"}, True),
    ({"team_id": "t"}, {"team_id": None}, False),
    ({"channel_id": "c"}, {"channel_id": "c"}, True),
    ({"channel_id": "c"}, {"channel_id": "d"}, False),
    ({"customer_id": "k"}, {"customer_id": "k"}, True),
    ({"customer_id": "k"}, {"customer_id": "l"}, False),
    ({"priorities": (Priority.HIGH, Priority.URGENT)}, {"priority": Priority.HIGH}, True),
    ({"priorities": (Priority.HIGH, Priority.URGENT)}, {"priority": Priority.LOW}, False),
    ({"tag": "vip"}, {"tags": ("late", "vip")}, True),
    ({"tag": "vip"}, {"tags": ("vip customer",)}, False),
    ({"mentions_me": True}, {"mentioned_ids": (BEN.id, ANNA.id)}, True),
    ({"mentions_me": True}, {"mentioned_ids": (BEN.id,)}, False),
    ({"snoozed": True}, {"snoozed_until": START + HOUR}, True),
    ({"snoozed": True}, {"snoozed_until": START}, False),
    ({"snoozed": True}, {"snoozed_until": None}, False),
    ({"snoozed": False}, {"snoozed_until": START + HOUR}, False),
    ({"snoozed": False}, {"snoozed_until": START}, True),
    ({"snoozed": False}, {"snoozed_until": None}, True),
    ({"snoozed": None}, {"snoozed_until": START + HOUR}, True),
    ({"due_within_minutes": 30}, {"due_at": START + HOUR / 2}, True),
    ({"due_within_minutes": 30}, {"due_at": START - HOUR}, True),
    ({"due_within_minutes": 30}, {"due_at": START + HOUR}, False),
    ({"due_within_minutes": 30}, {"due_at": None}, False),
    ({"due_within_minutes": 0}, {"due_at": START}, True),
]


@pytest.mark.parametrize(("restriction", "columns", "matches"), CASES)
def test_matches(restriction: dict[str, Any], columns: dict[str, Any], matches: bool) -> None:
    filter_ = ConversationFilter(**restriction)
    assert filter_.matches(make_conversation(**columns), ANNA.id, START) is matches


def test_every_part_of_a_filter_has_a_case() -> None:
    assert {name for restriction, _, _ in CASES for name in restriction} == {
        field.name for field in fields(ConversationFilter)
    }


@given(st.sampled_from(CASES), st.sampled_from(CASES))
def test_everything_given_must_hold(
    first: tuple[dict[str, Any], dict[str, Any], bool], second: tuple[dict[str, Any], dict[str, Any], bool]
) -> None:
    assume(not set(first[0]) & set(second[0]))
    conversation = replace(make_conversation(**first[1]), **second[1])
    one, other = ConversationFilter(**first[0]), ConversationFilter(**second[0])
    both = ConversationFilter(**(first[0] | second[0]))
    together = one.matches(conversation, ANNA.id, START) and other.matches(conversation, ANNA.id, START)
    assert both.matches(conversation, ANNA.id, START) is together


def test_which_views_change_while_nothing_happens() -> None:
    assert ConversationFilter(snoozed=False).depends_on_time
    assert ConversationFilter(due_within_minutes=5).depends_on_time
    assert not ConversationFilter(statuses=ACTIVE, assignee=ME, tag="vip").depends_on_time
