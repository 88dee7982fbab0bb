"""Others are told where somebody is and whether they write, and the pane hears of others."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from pytestqt.qtbot import QtBot

from agent_desktop.domain.ids import Id
from agent_desktop.domain.presence import Activity
from agent_desktop.services.presence import LASTS, REPEAT, PresenceService
from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from ui.viewmodels.presence import STAYS_FOR, TYPES_FOR, PresenceViewModel


@dataclass
class Watcher:
    """A pane of Maya's and what the server hears of it."""

    room: Room
    model: PresenceViewModel
    told: list[tuple[Id, Activity]]
    view: list[bool] = field(default_factory=lambda: [True])

    def after(self, span: timedelta) -> list[tuple[Id, Activity]]:
        """Let time pass; what was told then."""
        before = len(self.told)
        self.room.world.clock.advance(span)
        self.model.beat()
        return self.told[before:]


@pytest.fixture
def watcher(room: Room) -> Watcher:
    told: list[tuple[Id, Activity]] = []
    desk, view = room.world.desk, [True]
    desk.presence = PresenceService(room.world.clock, desk.user_id, lambda *sign: told.append(sign))
    desk.presence.subscribe(room.context.presence_changes.send)
    model = PresenceViewModel(desk, room.context.presence_changes, lambda: view[0])
    return Watcher(room, model, told, view)


def test_opening_and_leaving_are_told_at_once(watcher: Watcher) -> None:
    watcher.model.open("one")
    watcher.model.open("two")
    watcher.model.open(None)
    assert watcher.told == [
        ("one", Activity.VIEWING),
        ("one", Activity.AWAY),
        ("two", Activity.VIEWING),
        ("two", Activity.AWAY),
    ]


def test_staying_is_repeated_before_it_is_forgotten(watcher: Watcher) -> None:
    assert REPEAT * 2 < LASTS
    watcher.model.open("one")
    assert watcher.after(REPEAT) == [("one", Activity.VIEWING)]


def test_typing_lasts_as_long_as_keys_come(watcher: Watcher) -> None:
    watcher.model.open("one")
    watcher.model.typed()
    watcher.model.typed()
    assert watcher.told[1:] == [("one", Activity.TYPING)]
    assert watcher.after(TYPES_FOR) == [("one", Activity.VIEWING)]


def test_who_turns_to_another_window_stays_for_a_minute(watcher: Watcher) -> None:
    watcher.model.open("one")
    watcher.view[0] = False
    assert watcher.after(REPEAT) == [("one", Activity.VIEWING)]
    assert watcher.after(STAYS_FOR - REPEAT) == [("one", Activity.AWAY)]
    assert watcher.after(REPEAT) == []
    watcher.view[0] = True
    assert watcher.after(timedelta()) == [("one", Activity.VIEWING)]


def test_only_the_window_in_front_says_where_one_is(watcher: Watcher) -> None:
    watcher.model.open("one")
    watcher.view[0] = False
    front = PresenceViewModel(watcher.room.context.desk, watcher.room.context.presence_changes, lambda: True)
    front.open("two")
    assert watcher.after(REPEAT) == []
    watcher.model.open(None)
    assert watcher.room.context.desk.presence.place == "two"


def test_what_was_never_in_view_is_not_told(watcher: Watcher) -> None:
    watcher.view[0] = False
    watcher.model.open("one")
    assert watcher.told == []


def test_others_are_shown_until_nothing_is_heard_of_them(room: Room, watcher: Watcher, qtbot: QtBot) -> None:
    amelia = Amelia(room.world)
    watcher.model.open(amelia.conversation)
    with qtbot.waitSignal(watcher.model.began) as began:
        room.context.desk.presence.heard(amelia.ben, amelia.conversation, Activity.TYPING)
    assert began.args == ["Ben is replying to this customer just now"]
    assert watcher.model.words.head == "Ben is replying"
    room.world.clock.advance(LASTS)
    with qtbot.waitSignal(watcher.model.changed):
        watcher.model.beat()
    assert watcher.model.words.head == ""


def test_another_conversation_shows_its_own_people(room: Room, watcher: Watcher) -> None:
    amelia = Amelia(room.world)
    room.context.desk.presence.heard(amelia.ben, "two", Activity.VIEWING)
    watcher.model.open("one")
    assert watcher.model.words.head == ""
    watcher.model.open("two")
    assert watcher.model.words.head == "Ben is viewing"
