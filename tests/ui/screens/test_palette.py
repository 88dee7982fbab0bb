"""The palette is worked with the keyboard alone, over the window, and gives the focus back."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.domain.operations.knowledge import SaveCannedResponse
from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from tests.ui.walk import HOSTILE, not_plain, unnamed
from ui.commands import Command
from ui.models.results import Result
from ui.screens.palette import PaletteOverlay
from ui.tasks import Tasks
from ui.viewmodels.palette import PaletteViewModel


class Commands:
    """Two commands that record that they ran."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def available(self) -> list[Command]:
        return [Command(id=word.lower(), title=word, run=lambda: None) for word in ("Resolve", "Snooze")]

    def key_text(self, command_id: str) -> str:
        return ""

    def run(self, command_id: str) -> None:
        self.ran.append(command_id)


class Stage:
    """A window with a field that has the keyboard, and the palette over it."""

    def __init__(self, room: Room, qtbot: QtBot) -> None:
        self.commands = Commands()
        self.window = QWidget()
        self.window.resize(900, 600)
        self.under = QLineEdit(self.window)
        QVBoxLayout(self.window).addWidget(self.under)
        model = PaletteViewModel(room.context, self.commands, lambda macro_id: None, self.window)
        self.palette = PaletteOverlay(room.context.theme, model, self.window)
        qtbot.addWidget(self.window)
        self.window.show()
        qtbot.waitActive(self.window)
        self.under.setFocus()

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.palette.panel.field, key, modifier)

    def type(self, text: str) -> None:
        QTest.keyClicks(self.palette.panel.field, text)

    @property
    def current(self) -> Result | None:
        return self.palette.panel.results.current()


@pytest.fixture
def stage(room: Room, qtbot: QtBot) -> Stage:
    return Stage(room, qtbot)


def test_it_opens_with_the_keyboard_and_escape_gives_it_back(stage: Stage) -> None:
    stage.palette.open()
    assert stage.palette.panel.field.hasFocus()
    stage.press(Qt.Key.Key_Escape)
    assert not stage.palette.isVisible()
    assert stage.under.hasFocus()


def test_arrows_choose_and_enter_runs(stage: Stage) -> None:
    stage.palette.open()
    stage.press(Qt.Key.Key_Down)
    assert stage.current is not None
    assert stage.current.title == "Snooze"
    stage.press(Qt.Key.Key_Return)
    assert stage.commands.ran == ["snooze"]
    assert not stage.palette.isVisible()
    assert stage.under.hasFocus()


def test_typing_finds_and_a_screen_reader_hears_what_is_selected(stage: Stage) -> None:
    stage.palette.open()
    stage.type("sno")
    assert stage.palette.panel.field.accessibleDescription() == "Snooze"


def test_what_is_typed_goes_behind_a_prefix(stage: Stage) -> None:
    stage.palette.open(">")
    stage.type("sno")
    assert stage.palette.panel.field.text() == ">sno"


def test_tab_inserts_what_can_be_written_and_never_leaves_the_field(room: Room, stage: Stage) -> None:
    room.context.desk.apply(
        SaveCannedResponse(
            canned_response_id=room.world.ids.new(), shortcut="hi", title="Greeting", body="Hi"
        )
    )
    stage.palette.open()
    stage.press(Qt.Key.Key_Tab)
    assert stage.palette.panel.field.hasFocus()
    assert stage.palette.isVisible()
    stage.palette.open("/hi")
    stage.press(Qt.Key.Key_Tab)
    assert len(room.navigator.inserted) == 1
    assert not stage.palette.isVisible()


def test_shift_enter_opens_a_conversation_in_its_own_window(room: Room, stage: Stage) -> None:
    amelia = Amelia(room.world)
    stage.palette.open("#kettle")
    stage.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert room.navigator.conversations == [(amelia.conversation, True)]


def test_a_click_beside_the_panel_closes_it(stage: Stage) -> None:
    stage.palette.open()
    QTest.mouseClick(stage.palette, Qt.MouseButton.LeftButton, pos=stage.palette.rect().bottomLeft())
    assert not stage.palette.isVisible()


def test_it_covers_the_window_and_follows_its_size(stage: Stage) -> None:
    stage.palette.open()
    stage.window.resize(700, 500)
    assert stage.palette.geometry() == stage.window.rect()
    assert stage.palette.rect().contains(stage.palette.panel.geometry())


def test_nothing_found_says_so(stage: Stage) -> None:
    stage.palette.open("qqqq")
    assert stage.palette.panel.empty.isVisibleTo(stage.palette)
    stage.press(Qt.Key.Key_Return)
    assert stage.palette.isVisible()


def test_enter_waits_for_the_answer_to_what_was_typed_last(
    room: Room, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[Callable[[], None]] = []

    def later(tasks: Tasks, work: Callable[[], object], then: Callable[[object], None], **_: object) -> None:
        waiting.append(lambda: then(work()))

    stage.palette.open()
    monkeypatch.setattr(type(room.context.tasks), "read", later)
    stage.type("sno")
    stage.press(Qt.Key.Key_Return)
    assert stage.commands.ran == []
    waiting[-1]()
    assert stage.commands.ran == ["snooze"]


def test_hostile_names_stay_plain(room: Room, stage: Stage) -> None:
    room.world.customer_writes(HOSTILE, f"About {HOSTILE}")
    stage.palette.open("eve")
    assert stage.current is not None
    assert "<b>Eve</b>" in stage.current.title
    assert "\n" not in stage.current.title
    assert not_plain(stage.palette) == []
    stage.palette.grab()


def test_everything_has_a_name(stage: Stage) -> None:
    stage.palette.open()
    assert unnamed(stage.palette) == []
