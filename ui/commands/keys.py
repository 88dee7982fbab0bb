"""Which keys run which command: defaults, what a person has changed, and conflicts between them."""

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

from agent_desktop.domain.errors import InputError
from ui.commands.command import Command

PORTABLE = QKeySequence.SequenceFormat.PortableText
NATIVE = QKeySequence.SequenceFormat.NativeText


class KeyMap:
    """The keys of a set of commands. Two commands never share a key, nor does one key begin another's sequence."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self._commands = {command.id: command for command in commands}
        self._changed: dict[str, tuple[str, ...]] = {}
        for command in self._commands.values():
            for key in command.keys:
                self._refuse_conflict(command.id, key)

    def keys(self, command_id: str) -> tuple[str, ...]:
        """The keys of a command in Qt's portable form."""
        changed = self._changed.get(command_id)
        return self._commands[command_id].keys if changed is None else changed

    def sequences(self, command_id: str) -> list[QKeySequence]:
        """The keys of a command as Qt takes them."""
        return [QKeySequence(key, PORTABLE) for key in self.keys(command_id)]

    def text(self, command_id: str) -> str:
        """The first key of a command as this system writes it, or ""."""
        keys = self.keys(command_id)
        return key_words(keys[0]) if keys else ""

    def conflict(self, command_id: str, key: str) -> Command | None:
        """The other command that this key would collide with."""
        wanted = _strokes(key)
        for other in self._commands.values():
            if other.id == command_id:
                continue
            for taken in map(_strokes, self.keys(other.id)):
                shorter = min(len(wanted), len(taken))
                if shorter and wanted[:shorter] == taken[:shorter]:
                    return other
        return None

    def change(self, command_id: str, keys: Sequence[str]) -> None:
        """Give a command other keys. Raises InputError, and changes nothing, on a conflict or an unknown key."""
        portable = tuple(_portable(key) for key in keys)
        for key in portable:
            self._refuse_conflict(command_id, key)
        if portable == self._commands[command_id].keys:
            self._changed.pop(command_id, None)
        else:
            self._changed[command_id] = portable

    def changed(self) -> dict[str, tuple[str, ...]]:
        """What differs from the defaults, to be kept in the settings."""
        return dict(self._changed)

    def restore(self, changed: Mapping[str, Sequence[str]]) -> list[str]:
        """Take over what was kept; returns the ids whose keys are free no more or that are unknown now."""
        refused = []
        self._changed.clear()
        for command_id, keys in changed.items():
            if command_id not in self._commands:
                refused.append(command_id)
                continue
            try:
                self.change(command_id, keys)
            except InputError:
                refused.append(command_id)
        return refused

    def _refuse_conflict(self, command_id: str, key: str) -> None:
        other = self.conflict(command_id, key)
        if other is not None:
            raise InputError(f"{key_words(key)} is taken by “{other.title}”. Change that one first.")


def key_words(key: str) -> str:
    """A key as this system writes it: "Ctrl+K", "⌘K", "G then M"."""
    return " then ".join(QKeySequence(stroke).toString(NATIVE) for stroke in _strokes(key))


def strokes(sequence: QKeySequence) -> list[QKeyCombination]:
    """What is pressed one after another."""
    # The stubs do not know that sequences can be indexed.
    return [sequence[position] for position in range(sequence.count())]  # type: ignore[index]


def _portable(key: str) -> str:
    parts = _strokes(key)
    if not parts or any(part.key() == Qt.Key.Key_unknown for part in parts):
        raise InputError(f"“{key}” is not a key.")
    return QKeySequence(key, PORTABLE).toString(PORTABLE)


def _strokes(key: str) -> list[QKeyCombination]:
    return strokes(QKeySequence(key, PORTABLE))
