"""The commands of one window: its actions, menus, keys, palette entries and help sheet come from here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication, QKeyEvent

from ui.commands.command import Check, Command, Menu, UiState
from ui.commands.keys import KeyMap, strokes
from ui.icons import Icons

IsTextField = Callable[[QObject], bool]
"""Whether an object with the keyboard takes what is typed."""

_TYPING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line of the help sheet: a command and how its keys are written."""

    command: Command
    keys: str


class CommandSet(QObject):
    """Makes one `QAction` per command and keeps it in step with the window's state and the person's keys."""

    keys_changed = Signal()

    def __init__(
        self,
        commands: Iterable[Command],
        icons: Icons,
        is_text_field: IsTextField,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._commands = {command.id: command for command in commands}
        self._keys = KeyMap(self._commands.values())
        self._is_text_field = is_text_field
        self._state = UiState()
        self._groups: dict[tuple[Menu | None, int], QActionGroup] = {}
        self._actions = {command.id: self._make(command) for command in self._commands.values()}
        self._everywhere: frozenset[QKeyCombination] = frozenset()
        self._outside_text: frozenset[QKeyCombination] = frozenset()
        self._watched: QObject | None = None
        self.refresh_icons(icons)
        self._spread_keys()
        self.set_state(self._state)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.focusObjectChanged.connect(self._watch)

    def __contains__(self, command_id: str) -> bool:
        return command_id in self._commands

    def command(self, command_id: str) -> Command:
        """The command with this id."""
        return self._commands[command_id]

    def action(self, command_id: str) -> QAction:
        """The action of a command, for a button or a menu of its own."""
        return self._actions[command_id]

    def actions(self) -> list[QAction]:
        """All actions, to be added to the window whose keys they are."""
        return list(self._actions.values())

    def menu(self, menu: Menu) -> list[list[QAction]]:
        """The actions of a menu, in groups that a line separates."""
        groups: dict[int, list[QAction]] = {}
        for command in self._commands.values():
            if command.menu is menu:
                groups.setdefault(command.group, []).append(self._actions[command.id])
        return [groups[number] for number in sorted(groups)]

    def run(self, command_id: str) -> None:
        """Run a command if it applies now."""
        command = self._commands[command_id]
        if command.applies(self._state):
            command.run()

    def available(self) -> list[Command]:
        """The commands that apply now: what the palette offers."""
        return [
            command
            for command in self._commands.values()
            if command.in_palette and command.applies(self._state)
        ]

    def key_text(self, command_id: str) -> str:
        """The first key of a command as this system writes it, or ""."""
        return self._keys.text(command_id)

    def sheet(self) -> list[tuple[str, list[SheetLine]]]:
        """Everything there is, by menu and in its order: what the help sheet shows."""
        sections: dict[str, list[SheetLine]] = {menu.words: [] for menu in Menu}
        for command in self._commands.values():
            words = command.menu.words if command.menu else Menu.HELP.words
            sections[words].append(SheetLine(command, self._keys.text(command.id)))
        return [
            (title, sorted(lines, key=lambda line: line.command.group))
            for title, lines in sections.items()
            if lines
        ]

    @property
    def keys(self) -> KeyMap:
        """Which keys run what. Change them by `change_keys`."""
        return self._keys

    def change_keys(self, command_id: str, keys: Sequence[str]) -> None:
        """Give a command other keys. Raises InputError, and changes nothing, when one is taken."""
        self._keys.change(command_id, keys)
        self._spread_keys()
        self.keys_changed.emit()

    def restore_keys(self, changed: Mapping[str, Sequence[str]]) -> None:
        """Take over keys from the settings; those in conflict with newer defaults fall back to the default."""
        self._keys.restore(changed)
        self._spread_keys()
        self.keys_changed.emit()

    def set_state(self, state: UiState) -> None:
        """Enable what applies and mark what is on."""
        self._state = state
        for command_id, action in self._actions.items():
            command = self._commands[command_id]
            action.setEnabled(command.applies(state))
            action.setToolTip("" if command.is_allowed(state) else "Your role does not allow this.")
            if command.check is not Check.NONE:
                action.setChecked(command_id in state.marked)

    def refresh_icons(self, icons: Icons) -> None:
        """Draw the icons in the colours of another theme."""
        for command_id, action in self._actions.items():
            icon = self._commands[command_id].icon
            if icon is not None:
                action.setIcon(icons.icon(icon))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Decide, for the text field with the keyboard, which keys are commands and which are text.

        Qt asks the field whether it wants to override a shortcut. Fields claim what they know as typing or editing,
        but neither all keys that a person may have chosen for commands nor only those.
        """
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            pressed = _plain(event.keyCombination())
            if pressed in self._everywhere:
                event.ignore()
                return True
            typing = not event.modifiers() & ~_TYPING and bool(event.text())
            if typing or pressed in self._outside_text:
                event.accept()
                return True
        return super().eventFilter(watched, event)

    def _watch(self, focused: QObject | None) -> None:
        if self._watched is not None:
            self._watched.removeEventFilter(self)
            self._watched.destroyed.disconnect(self._forget)
            self._watched = None
        if focused is not None and self._is_text_field(focused):
            focused.installEventFilter(self)
            focused.destroyed.connect(self._forget)
            self._watched = focused

    def _forget(self) -> None:
        self._watched = None

    def _make(self, command: Command) -> QAction:
        action = QAction(command.title, self)
        action.setObjectName(command.id)
        action.setShortcutVisibleInContextMenu(True)
        # Left to itself, macOS takes whatever is called "About…" or "Options…" out of its menu.
        action.setMenuRole(QAction.MenuRole.NoRole)
        action.triggered.connect(partial(self.run, command.id))
        if command.check is not Check.NONE:
            action.setCheckable(True)
        if command.check is Check.ONE_OF:
            place = (command.menu, command.group)
            group = self._groups.get(place)
            if group is None:
                group = self._groups[place] = QActionGroup(self)
            group.addAction(action)
        return action

    def _spread_keys(self) -> None:
        everywhere: set[QKeyCombination] = set()
        outside: set[QKeyCombination] = set()
        for command in self._commands.values():
            sequences = self._keys.sequences(command.id)
            self._actions[command.id].setShortcuts(sequences)
            firsts = {_plain(strokes(sequence)[0]) for sequence in sequences}
            (everywhere if command.in_text else outside).update(firsts)
        self._everywhere = frozenset(everywhere)
        self._outside_text = frozenset(outside)


def _plain(combination: QKeyCombination) -> QKeyCombination:
    """Without what does not tell keys apart: the keypad, and Shift where it is part of the character ("?")."""
    modifiers = combination.keyboardModifiers() & ~Qt.KeyboardModifier.KeypadModifier
    key = combination.key()
    if Qt.Key.Key_Space < key < Qt.Key.Key_Escape and not Qt.Key.Key_A <= key <= Qt.Key.Key_Z:
        modifiers &= ~Qt.KeyboardModifier.ShiftModifier
    return QKeyCombination(modifiers, key)
