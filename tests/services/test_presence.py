"""Who else is there: true for a short time, and unknown when nobody tells."""

from datetime import timedelta

import pytest

from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.presence import Activity
from agent_desktop.services.presence import LASTS, REPEAT, PresenceService
from tests.fakes import START

HERE, THERE = "here", "there"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def told() -> list[tuple[str, Activity]]:
    return []


@pytest.fixture
def presence(clock: ManualClock, told: list[tuple[str, Activity]]) -> PresenceService:
    return PresenceService(clock, "me", lambda place, activity: told.append((place, activity)))


def who(presence: PresenceService, place: str = HERE) -> list[tuple[str, Activity]]:
    return [(sign.user_id, sign.activity) for sign in presence.present(place).signs]


def test_a_sign_counts_for_a_while(presence: PresenceService, clock: ManualClock) -> None:
    presence.heard("anna", HERE, Activity.VIEWING)
    clock.advance(LASTS - timedelta(seconds=1))
    assert who(presence) == [("anna", Activity.VIEWING)]
    clock.advance(timedelta(seconds=1))
    assert who(presence) == []


def test_who_writes_comes_first_and_who_leaves_is_gone(presence: PresenceService) -> None:
    presence.heard("anna", HERE, Activity.VIEWING)
    presence.heard("ben", HERE, Activity.TYPING)
    presence.heard("cleo", THERE, Activity.TYPING)
    assert who(presence) == [("ben", Activity.TYPING), ("anna", Activity.VIEWING)]
    presence.heard("ben", HERE, Activity.AWAY)
    assert who(presence) == [("anna", Activity.VIEWING)]


def test_another_device_of_the_same_person_warns_nobody(presence: PresenceService) -> None:
    presence.heard("me", HERE, Activity.TYPING)
    assert who(presence) == []


def test_without_a_server_nobody_knows(presence: PresenceService, clock: ManualClock) -> None:
    heard: list[tuple[str, ...]] = []
    presence.subscribe(lambda places: heard.append(tuple(places)))
    presence.heard("anna", HERE, Activity.VIEWING)
    clock.advance(timedelta(seconds=2))
    presence.connected(False)
    presence.connected(False)
    clock.advance(timedelta(seconds=9))
    assert who(presence) == []
    assert presence.present(HERE).unknown_since == START + timedelta(seconds=2)
    presence.connected(True)
    assert presence.present(HERE).unknown_since is None
    assert heard == [(HERE,), (), ()]


def test_own_signs_are_given_when_they_are_new_and_again_while_they_last(
    presence: PresenceService, clock: ManualClock, told: list[tuple[str, Activity]]
) -> None:
    for _ in range(5):
        presence.is_at(HERE)
        clock.advance(REPEAT / 5)
    assert told == [(HERE, Activity.VIEWING)]
    presence.is_at(HERE)
    presence.is_at(HERE, Activity.TYPING)
    presence.is_at(THERE)
    presence.is_at(None)
    presence.is_at(None)
    assert told[1:] == [
        (HERE, Activity.VIEWING),
        (HERE, Activity.TYPING),
        (HERE, Activity.AWAY),
        (THERE, Activity.VIEWING),
        (THERE, Activity.AWAY),
    ]


def test_what_was_not_told_offline_is_told_on_return(
    presence: PresenceService, told: list[tuple[str, Activity]]
) -> None:
    presence.connected(False)
    presence.is_at(HERE)
    assert told == []
    presence.connected(True)
    assert told == [(HERE, Activity.VIEWING)]


def test_who_is_elsewhere_already_does_not_leave_that(
    presence: PresenceService, told: list[tuple[str, Activity]]
) -> None:
    presence.is_at(HERE)
    presence.leaves(THERE)
    assert presence.place == HERE
    presence.leaves(HERE)
    assert presence.place is None
    assert told == [(HERE, Activity.VIEWING), (HERE, Activity.AWAY)]
