"""Questions to the person at the screen, as a port: native dialogs in the program, given answers in tests.

Every question is asked without blocking and answered by a call, so that nothing else stands still meanwhile. Dialogs
are named with their module: PySide makes a class when it is first asked for, and the first window asks nothing.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from PySide6 import QtWidgets
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


class Question(NamedTuple):
    """A yes-or-no question. `yes` names what will happen ("Delete view"), never just "OK"."""

    title: str
    text: str
    yes: str
    no: str = "Cancel"
    dangerous: bool = False


class Notice(NamedTuple):
    """Something to be read and put away. `details` is technical text behind a button."""

    title: str
    text: str
    details: str = ""


class Prompts(Protocol):
    """What can be asked. Answers of None, False or () mean that the person called it off."""

    def ask(self, question: Question, then: Callable[[bool], None]) -> None:
        """Ask yes or no."""
        ...

    def tell(self, notice: Notice) -> None:
        """Show something that has to be read."""
        ...

    def choose(
        self,
        title: str,
        text: str,
        options: Sequence[str],
        then: Callable[[int | None], None],
        cancel: str = "Cancel",
    ) -> None:
        """Ask for one of several named ways to go on; answers with its position. `cancel` names the safe way out."""
        ...

    def ask_line(self, title: str, label: str, initial: str, then: Callable[[str | None], None]) -> None:
        """Ask for one line of text."""
        ...

    def ask_files(self, title: str, then: Callable[[tuple[Path, ...]], None]) -> None:
        """Ask for existing files."""
        ...

    def ask_place(self, title: str, suggested: str, then: Callable[[Path | None], None]) -> None:
        """Ask where to save a file that is called `suggested`."""
        ...


def tell_without_window(notice: Notice, then: Callable[[], None]) -> QWidget:
    """Show why there is no window at all, and go on when that was read. Keep the result until then."""
    box = QtWidgets.QMessageBox(QtWidgets.QMessageBox.Icon.Warning, notice.title, notice.text)
    box.setTextFormat(Qt.TextFormat.PlainText)
    if notice.details:
        box.setDetailedText(notice.details)
    box.finished.connect(lambda _: then())
    box.open()
    return box


def waiting_window(title: str, text: str) -> "QtWidgets.QProgressDialog":
    """A small window that says what is waited for, and cannot be closed while it is."""
    box = QtWidgets.QProgressDialog(text, "", 0, 0)
    box.setCancelButton(None)
    box.setWindowTitle(title)
    box.setWindowFlags(Qt.WindowType.CustomizeWindowHint | Qt.WindowType.WindowTitleHint)
    return box


class WindowPrompts:
    """Asks by dialogs of one window."""

    def __init__(self, window: QWidget) -> None:
        self._window = window

    def ask(self, question: Question, then: Callable[[bool], None]) -> None:
        """Ask with two buttons; the safe one is the default where the other is dangerous."""
        box = self._box(question.title, question.text)
        role = QtWidgets.QMessageBox.ButtonRole
        yes = box.addButton(question.yes, role.DestructiveRole if question.dangerous else role.AcceptRole)
        no = box.addButton(question.no, role.RejectRole)
        box.setDefaultButton(no if question.dangerous else yes)
        box.setEscapeButton(no)
        box.finished.connect(lambda _: then(box.clickedButton() is yes))
        box.open()

    def tell(self, notice: Notice) -> None:
        """Show a text with a button to close it."""
        box = self._box(notice.title, notice.text)
        if notice.details:
            box.setDetailedText(notice.details)
        box.addButton(QtWidgets.QMessageBox.StandardButton.Close)
        box.open()

    def choose(
        self,
        title: str,
        text: str,
        options: Sequence[str],
        then: Callable[[int | None], None],
        cancel: str = "Cancel",
    ) -> None:
        """Ask with a button for each option."""
        box = self._box(title, text)
        buttons: list[QtWidgets.QPushButton] = [
            box.addButton(option, QtWidgets.QMessageBox.ButtonRole.ActionRole) for option in options
        ]
        way_out = box.addButton(QtWidgets.QMessageBox.StandardButton.Cancel)
        way_out.setText(cancel)
        box.setEscapeButton(way_out)
        box.setDefaultButton(way_out)

        def answer(_result: int) -> None:
            clicked = box.clickedButton()
            positions = [position for position, button in enumerate(buttons) if button is clicked]
            then(positions[0] if positions else None)

        box.finished.connect(answer)
        box.open()

    def ask_line(self, title: str, label: str, initial: str, then: Callable[[str | None], None]) -> None:
        """Ask with a line to type in; an empty line calls it off."""
        dialog = QtWidgets.QInputDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(title)
        dialog.setLabelText(label)
        dialog.setTextValue(initial)

        def answer(result: int) -> None:
            text = dialog.textValue().strip()
            then(text if result == QtWidgets.QDialog.DialogCode.Accepted and text else None)

        dialog.finished.connect(answer)
        dialog.open()

    def ask_files(self, title: str, then: Callable[[tuple[Path, ...]], None]) -> None:
        """Ask with the system's dialog for opening files."""
        dialog = QtWidgets.QFileDialog(self._window, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QtWidgets.QFileDialog.FileMode.ExistingFiles)
        self._open_file_dialog(dialog, then)

    def ask_place(self, title: str, suggested: str, then: Callable[[Path | None], None]) -> None:
        """Ask with the system's dialog for saving a file."""
        dialog = QtWidgets.QFileDialog(self._window, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QtWidgets.QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(suggested)
        self._open_file_dialog(dialog, lambda paths: then(paths[0] if paths else None))

    def _open_file_dialog(
        self, dialog: "QtWidgets.QFileDialog", then: Callable[[tuple[Path, ...]], None]
    ) -> None:
        def answer(result: int) -> None:
            accepted = result == QtWidgets.QDialog.DialogCode.Accepted
            then(tuple(Path(name) for name in dialog.selectedFiles()) if accepted else ())

        dialog.finished.connect(answer)
        dialog.open()

    def _box(self, title: str, text: str) -> "QtWidgets.QMessageBox":
        box = QtWidgets.QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(title)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(text)
        return box
