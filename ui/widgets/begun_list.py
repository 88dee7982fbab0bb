"""The messages above the list of drafts that begin conversations."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.context import UiContext
from ui.delegates.row_look import RowShape
from ui.models.row_look import RowLook
from ui.viewmodels.begun_messages import BegunMessagesViewModel
from ui.widgets.row_list import RowList
from ui.widgets.splitters import Separator

_SHAPE = RowShape(lines=2, margin=14, padding=8, divided=True)
_MOST_SHOWN = 5
"""So many rows are to be seen; more are scrolled to."""


class BegunList(QWidget):
    """Hidden where there are none. A click or Enter goes on with one."""

    counted = Signal(int)
    """How many there are now."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = BegunMessagesViewModel(context, self)
        self._watches = False
        self.list = RowList(
            context.theme, "New messages not sent yet", _SHAPE, single_click=True, parent=self
        )
        self.list.opened.connect(lambda row: context.navigator.write_message(str(row.key)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.list)
        layout.addWidget(Separator(parent=self))
        self._model.changed.connect(self._show)
        self.hide()

    def watch(self, watches: bool) -> None:
        """Show them, or nothing."""
        self._model.watch(watches)
        self._watches = watches
        self._show()

    def _show(self) -> None:
        rows: tuple[RowLook, ...] = self._model.rows if self._watches else ()
        self.list.show_rows(rows)
        self.list.show_height(min(len(rows), _MOST_SHOWN))
        self.setVisible(bool(rows))
        self.counted.emit(len(rows))
