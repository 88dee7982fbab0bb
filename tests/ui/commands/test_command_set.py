"""Keys act where they should, conflicts are refused, and menus and the help sheet show every command."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.permissions import Permission
from ui.commands import Command, CommandSet, KeyMap, Menu, UiState, has_targets, key_words
from ui.icons import Icons
from ui.tokens import LIGHT
from ui.widgets.text_fields import is_text_field


def test_no_command_leaves_its_menu_for_what_it_is_called(qtbot: QtBot) -> None:
    """macOS would move it among those of the application."""
    window = Window(QLabel())
    qtbot.addWidget(window)
    roles = {action.menuRole() for action in window.commands.actions()}
    assert roles == {QAction.MenuRole.NoRole}


class Window(QWidget):
    """A window with one widget, and commands that say that they ran."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.ran: list[str] = []
        layout = QVBoxLayout(self)
        layout.addWidget(content)
        self.commands = CommandSet(
            (
                self.command("resolve", "E", menu=Menu.CONVERSATION),
                self.command("mine", "G, M", menu=Menu.GO),
                self.command("help", "?", menu=Menu.HELP),
                self.command("open", "Return", menu=Menu.CONVERSATION),
                self.command("undo", "Ctrl+Z", menu=Menu.EDIT),
                self.command("palette", "Ctrl+K", menu=Menu.GO, in_text=True),
                self.command("assign", "A", menu=Menu.CONVERSATION, when=has_targets, group=1),
            ),
            Icons(LIGHT),
            self.is_text_field,
            self,
        )
        self.addActions(self.commands.actions())

    def command(
        self,
        name: str,
        key: str,
        *,
        menu: Menu,
        when: Callable[[UiState], bool] = lambda state: True,
        in_text: bool = False,
        group: int = 0,
    ) -> Command:
        return Command(
            id=name,
            title=name.title(),
            run=lambda: self.ran.append(name),
            keys=(key,),
            menu=menu,
            when=when,
            in_text=in_text,
            group=group,
        )

    def is_text_field(self, focused: QObject) -> bool:
        return is_text_field(focused)


def shown(qtbot: QtBot, content: QWidget) -> Window:
    window = Window(content)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    content.setFocus()
    qtbot.waitUntil(content.hasFocus)
    return window


def focusable_label() -> QLabel:
    label = QLabel("conversation")
    label.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return label


def read_only_text() -> QTextEdit:
    text = QTextEdit()
    text.setReadOnly(True)
    return text


def editable_combo() -> QComboBox:
    combo = QComboBox()
    combo.setEditable(True)
    return combo


@pytest.mark.parametrize("make", [focusable_label, read_only_text])
def test_single_keys_act_outside_text_fields(qtbot: QtBot, make: Callable[[], QWidget]) -> None:
    content = make()
    window = shown(qtbot, content)
    for key in (Qt.Key.Key_E, Qt.Key.Key_G, Qt.Key.Key_M, Qt.Key.Key_Return):
        qtbot.keyClick(content, key)
    qtbot.keyClicks(content, "?")
    qtbot.keyClick(content, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.ran == ["resolve", "mine", "open", "help", "undo"]


@pytest.mark.parametrize("make", [QLineEdit, QTextEdit, QPlainTextEdit, QSpinBox, editable_combo])
def test_in_text_fields_only_commands_for_them_act(qtbot: QtBot, make: Callable[[], QWidget]) -> None:
    content = make()
    window = shown(qtbot, content)
    for letter in "egm?":
        qtbot.keyClicks(content, letter)
    qtbot.keyClick(content, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(content, Qt.Key.Key_Return)
    assert window.ran == []
    qtbot.keyClick(content, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.ran == ["palette"]


def test_typing_arrives_in_the_field(qtbot: QtBot) -> None:
    field = QLineEdit()
    shown(qtbot, field)
    qtbot.keyClicks(field, "Egmont?")
    assert field.text() == "Egmont?"


def test_a_field_that_goes_away_is_forgotten(qtbot: QtBot) -> None:
    field = QLineEdit()
    window = shown(qtbot, field)
    field.deleteLater()
    label = focusable_label()
    window.layout().addWidget(label)
    label.setFocus()
    qtbot.keyClick(label, Qt.Key.Key_E)
    assert window.ran == ["resolve"]


def test_a_command_that_does_not_apply_is_disabled(qtbot: QtBot) -> None:
    window = Window(focusable_label())
    qtbot.addWidget(window)
    assert not window.commands.action("assign").isEnabled()
    assert "assign" not in [command.id for command in window.commands.available()]
    window.commands.set_state(UiState(targets=2))
    assert window.commands.action("assign").isEnabled()
    window.commands.action("assign").trigger()
    assert window.ran == ["assign"]


def test_menus_and_help_show_every_command(qtbot: QtBot) -> None:
    window = Window(focusable_label())
    qtbot.addWidget(window)
    groups = window.commands.menu(Menu.CONVERSATION)
    assert [[action.objectName() for action in group] for group in groups] == [
        ["resolve", "open"],
        ["assign"],
    ]
    lines = {line.command.id: line.keys for _, lines in window.commands.sheet() for line in lines}
    assert lines["mine"] == "G then M"
    assert set(lines) == {action.objectName() for action in window.commands.actions()}


def test_keys_can_be_changed_and_kept(qtbot: QtBot) -> None:
    window = Window(focusable_label())
    qtbot.addWidget(window)
    commands = window.commands
    with qtbot.waitSignal(commands.keys_changed):
        commands.change_keys("resolve", ["Ctrl+E"])
    assert commands.action("resolve").shortcuts()[0].toString() == "Ctrl+E"
    kept = commands.keys.changed()
    assert kept == {"resolve": ("Ctrl+E",)}
    commands.change_keys("resolve", ["E"])
    assert commands.keys.changed() == {}
    commands.restore_keys(kept)
    assert commands.key_text("resolve") == key_words("Ctrl+E")


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("?", "taken by “Help”"),
        ("G", "taken by “Mine”"),
        ("E, E", "taken by “Resolve”"),
        ("foo", "not a key"),
    ],
)
def test_a_conflict_is_refused(qtbot: QtBot, key: str, sentence: str) -> None:
    window = Window(focusable_label())
    qtbot.addWidget(window)
    with pytest.raises(InputError, match=sentence.replace("?", "\\?")):
        window.commands.change_keys("assign", [key])
    assert window.commands.keys.keys("assign") == ("A",)


def test_two_commands_with_one_default_key_are_a_defect(qtbot: QtBot) -> None:
    def command(name: str) -> Command:
        return Command(id=name, title=name, run=lambda: None, keys=("E",))

    with pytest.raises(InputError, match="taken by"):
        KeyMap([command("one"), command("two")])


def test_keys_that_became_taken_fall_back_to_the_default(qtbot: QtBot) -> None:
    window = Window(focusable_label())
    qtbot.addWidget(window)
    assert window.commands.keys.restore({"assign": ("E",), "gone": ("F2",)}) == ["assign", "gone"]
    assert window.commands.keys.keys("assign") == ("A",)


def test_a_command_that_the_role_does_not_allow_is_disabled_and_says_so(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    ran: list[str] = []
    command = Command(
        id="reply", title="Reply", run=lambda: ran.append("reply"), permission=Permission.CONVERSATION_REPLY
    )
    commands = CommandSet((command,), Icons(LIGHT), is_text_field, window)
    commands.set_state(UiState(allowed=frozenset({Permission.CONVERSATION_NOTE})))
    assert not commands.action("reply").isEnabled()
    assert commands.action("reply").toolTip() == "Your role does not allow this."
    assert commands.available() == []
    commands.run("reply")
    assert ran == []
    commands.set_state(UiState(allowed=frozenset({Permission.CONVERSATION_REPLY})))
    commands.run("reply")
    assert ran == ["reply"]
