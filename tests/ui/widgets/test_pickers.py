"""Pickers by keyboard: what they offer, and what choosing does."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from agent_desktop.domain.conversation import Conversation, Priority, Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import MacroAction, MacroVerb
from agent_desktop.domain.operations.knowledge import SaveMacro
from tests.ui.conftest import Room
from ui.models.results import Result
from ui.models.roles import RowRole
from ui.widgets.picker import Picker, fitting
from ui.widgets.pickers import MomentDialog, Pickers


class Asked:
    """Pickers over one conversation, in a window with one field."""

    def __init__(self, room: Room, qtbot: QtBot) -> None:
        self.room = room
        self.qtbot = qtbot
        self.conversation = room.world.customer_writes("Amelia Novak", "Kettle", tags=("order",))
        self.anchor = QLineEdit()
        qtbot.addWidget(self.anchor)
        self.anchor.show()
        self.pickers = Pickers(room.context)
        self.ids: tuple[Id, ...] = (self.conversation,)

    def picker(self) -> Picker:
        found = QApplication.activePopupWidget()
        assert isinstance(found, Picker)
        return found

    def offered(self) -> list[str]:
        model = self.picker().results.model()
        rows = [model.index(row, 0).data(RowRole.ROW) for row in range(model.rowCount())]
        return [row.title for row in rows if isinstance(row, Result)]

    def choose(self, typed: str, key: Qt.Key = Qt.Key.Key_Return) -> None:
        picker = self.picker()
        picker.field.setText(typed)
        self.qtbot.keyClick(picker.field, key)

    def now(self) -> Conversation:
        card = self.room.world.desk.conversations.card(self.conversation)
        assert card is not None
        return card.conversation


@pytest.fixture
def asked(room: Room, qtbot: QtBot) -> Asked:
    return Asked(room, qtbot)


def test_people_and_teams(asked: Asked) -> None:
    ben = asked.room.world.add_user("Ben Adeyemi")
    asked.pickers.assign(asked.ids, asked.anchor)
    assert asked.offered() == ["Maya Keller (you)", "Ben Adeyemi", "Nobody", "Support"]
    asked.choose("ben")
    assert asked.now().assignee_id == ben
    asked.pickers.assign(asked.ids, asked.anchor)
    asked.choose("supp")
    assert asked.now().team_id is not None
    asked.pickers.team(asked.ids, asked.anchor)
    asked.choose("no team")
    assert asked.now().team_id is None


def test_status_and_priority(asked: Asked) -> None:
    asked.pickers.status(asked.ids, asked.anchor)
    assert asked.offered()[0] == "Open"
    asked.choose("waiting")
    assert asked.now().status is Status.PENDING
    asked.pickers.priority(asked.ids, asked.anchor)
    asked.choose("", Qt.Key.Key_Return)
    assert asked.now().priority is Priority.URGENT


def test_tags_are_marked_toggled_and_made(asked: Asked) -> None:
    asked.pickers.tags(asked.ids, asked.anchor)
    asked.choose("vip", Qt.Key.Key_Tab)
    asked.choose("order", Qt.Key.Key_Tab)
    asked.picker().close()
    assert asked.now().tags == ("vip",)
    asked.pickers.tags(asked.ids, asked.anchor)
    assert asked.offered() == ["vip", "order"]
    asked.choose("order")
    assert asked.now().tags == ("vip", "order")


def test_snooze_by_choice_and_by_words(asked: Asked) -> None:
    asked.pickers.snooze(asked.ids, asked.anchor)
    assert asked.offered()[0] == "In 1 hour"
    asked.choose("")
    now = asked.room.world.clock.now()
    until = asked.now().snoozed_until
    assert until is not None
    assert (until - now).total_seconds() == 3_600
    asked.pickers.snooze(asked.ids, asked.anchor)
    asked.picker().field.setText("3h")
    assert asked.offered() == ["3h"]
    asked.choose("3h")
    until = asked.now().snoozed_until
    assert until is not None
    assert (until - now).total_seconds() == 3 * 3_600
    asked.pickers.snooze(asked.ids, asked.anchor)
    asked.choose("wake")
    assert asked.now().snoozed_until is None


def test_snooze_until_a_date(asked: Asked) -> None:
    asked.pickers.snooze(asked.ids, asked.anchor)
    asked.choose("date and")
    (dialog,) = asked.anchor.findChildren(MomentDialog)
    wanted = dialog.moment()
    dialog.accept()
    assert asked.now().snoozed_until == wanted


def test_macros(asked: Asked) -> None:
    asked.room.world.desk.apply(
        SaveMacro(
            macro_id=asked.room.world.ids.new(),
            name="Refund and resolve",
            actions=(MacroAction(verb=MacroVerb.SET_STATUS, value="solved"),),
        )
    )
    asked.pickers.macro(asked.ids, asked.anchor)
    asked.choose("refund")
    assert asked.now().status is Status.SOLVED


def test_escape_changes_nothing(asked: Asked, qtbot: QtBot) -> None:
    asked.pickers.status(asked.ids, asked.anchor)
    picker = asked.picker()
    qtbot.keyClick(picker.field, Qt.Key.Key_Down)
    qtbot.keyClick(picker.field, Qt.Key.Key_Escape)
    assert QApplication.activePopupWidget() is None
    assert asked.now().status is Status.OPEN
    assert asked.room.navigator.messages == []


def test_the_best_fit_comes_first() -> None:
    results = [Result("Not a refund"), Result("Refund"), Result("Other")]
    assert [result.title for result in fitting("refund", results)] == ["Refund", "Not a refund"]
    assert fitting(" ", results) == tuple(results)
