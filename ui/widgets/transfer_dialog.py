"""Shows an import or export: how far it is, a way to stop it, and in the end what was done and what was left out."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from ui.context import UiContext
from ui.delegates.row_look import RowShape
from ui.models.row_look import RowLook
from ui.viewmodels.transfer import TransferViewModel
from ui.widgets.buttons import Button
from ui.widgets.row_list import RowList
from ui.widgets.safe_text import SafeLabel

SUGGESTED = "agent-desktop.jsonl"

_WIDTH = 520
_STEPS = 1_000
_LISTED = 6


class TransferDialog(QDialog):
    """Closing it while it runs stops the transfer; a second press closes."""

    def __init__(
        self,
        context: UiContext,
        title: str,
        start: Callable[[TransferViewModel], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._transfer = TransferViewModel(context, self)
        self.words = SafeLabel("Looking through what there is …", wrap=True, parent=self)
        self.words.setMinimumWidth(_WIDTH)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, _STEPS)
        self.bar.setAccessibleName(title)
        self.left_out = RowList(
            context.theme, "Left out", RowShape(lines=1, margin=8, padding=5), parent=self
        )
        self.left_out.hide()
        self.button = Button(context.theme, "Stop", parent=self)
        self.button.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(self.words)
        layout.addWidget(self.bar)
        layout.addWidget(self.left_out)
        layout.addLayout(foot)
        self._transfer.progressed.connect(self._on_progressed)
        self._transfer.finished.connect(self._on_finished)
        start(self._transfer)

    def reject(self) -> None:
        """Stop what runs, or close what is done."""
        if self._transfer.running:
            self._transfer.cancel()
            self.button.setEnabled(False)
            self.words.setText("Stopping …")
        else:
            super().reject()

    def _on_progressed(self, words: str, share: float) -> None:
        self.words.setText(words)
        self.bar.setValue(round(share * _STEPS))

    def _on_finished(self, words: str, rows: tuple[RowLook, ...]) -> None:
        self.words.setText(words)
        self.bar.hide()
        self.left_out.show_rows(rows)
        self.left_out.show_height(min(len(rows), _LISTED))
        self.left_out.setVisible(bool(rows))
        self.button.setText("Close")
        self.button.setEnabled(True)
        self.button.setFocus()
        self.adjustSize()


def ask_and_import(context: UiContext, parent: QWidget) -> None:
    """Ask for files and bring in what they hold."""

    def chosen(paths: tuple[Path, ...]) -> None:
        if paths:
            TransferDialog(context, "Import", lambda transfer: transfer.start_import(paths), parent).open()

    context.prompts.ask_files("Import mail, conversations, customers, articles or canned responses", chosen)


def ask_and_export(context: UiContext, parent: QWidget) -> None:
    """Ask where to, and write everything on this device there."""

    def chosen(path: Path | None) -> None:
        if path is not None:
            TransferDialog(context, "Export", lambda transfer: transfer.start_export(path), parent).open()

    context.prompts.ask_place("Export everything on this device", SUGGESTED, chosen)
