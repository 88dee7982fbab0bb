"""What can be done to several checked conversations at once, in place of the head of the list."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from agent_desktop.domain.ids import Id
from ui.context import UiContext
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.viewmodels.inbox import InboxViewModel
from ui.widgets.buttons import IconButton
from ui.widgets.pickers import Pickers
from ui.widgets.safe_text import SafeLabel

Act = Callable[[Sequence[Id], QWidget], None]


class BulkBar(QWidget):
    """Shown while conversations are checked. Each action is one write with one undo."""

    def __init__(
        self, context: UiContext, inbox: InboxViewModel, pickers: Pickers, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._inbox = inbox
        self.setAccessibleName("Actions for the checked conversations")
        set_ground(self, ColorRole.ACCENT_SOFT)
        self._count = SafeLabel("", FontRole.HEADING, ColorRole.ACCENT_TEXT, parent=self)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(14, 4, 8, 4)
        self._layout.setSpacing(2)
        self._layout.addWidget(self._count, 1)
        self._add(IconName.USER_PLUS, "Assign", pickers.assign)
        self._add(IconName.TAG, "Tags", pickers.tags)
        self._add(IconName.CLOCK, "Snooze", pickers.snooze)
        self._add(IconName.LIST, "Set status", pickers.status)
        self._add(IconName.CHECK, "Resolve", lambda ids, anchor: pickers.actions.resolve(ids))
        clear = IconButton(context.theme, IconName.CLOSE, "Clear the check marks", size=16, parent=self)
        clear.clicked.connect(inbox.uncheck)
        self._layout.addWidget(clear)
        inbox.model.checks_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say how many conversations are checked; hide when none is."""
        count = len(self._inbox.model.checked)
        self._count.setText(f"{count:,} selected")
        self.setVisible(count > 0)

    def _add(self, icon: IconName, name: str, act: Act) -> None:
        button = IconButton(
            self._context.theme, icon, name, size=16, color=ColorRole.ACCENT_TEXT, parent=self
        )
        button.clicked.connect(lambda: act(self._inbox.target_ids(), button))
        self._layout.addWidget(button)
