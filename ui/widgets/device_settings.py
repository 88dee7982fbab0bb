"""The page of the settings that lists one's own devices, and signs one out that is somewhere else."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.own_device_text import OWN_DEVICES
from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.viewmodels.own_account import OwnAccountViewModel
from ui.widgets.buttons import Button
from ui.widgets.cell_table import CellTable
from ui.widgets.empty_state import EmptyState
from ui.widgets.safe_text import SafeLabel

_SENTENCE = (
    "Where you have signed in. If you do not know one of them, sign it out and change your password on the page"
    " Security."
)


class DeviceSettings(QWidget):
    """All of one's devices; asked for anew each time the page is shown."""

    def __init__(self, themes: ThemeManager, account: OwnAccountViewModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.account = account
        set_ground(self, ColorRole.SURFACE)
        self._pages = QStackedWidget(self)
        self.table = CellTable(themes, "Your devices", OWN_DEVICES, two_lines=True, parent=self._pages)
        self.empty = EmptyState(themes, IconName.WINDOW, "", "", parent=self._pages)
        for page in (self.table, self.empty):
            self._pages.addWidget(page)
        self.out = Button(themes, "Sign out…", icon=IconName.LOG_OUT, parent=self)
        self.out.setAccessibleName("Sign the device out")
        self.again = Button(themes, "Look again", icon=IconName.REFRESH, parent=self)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.out, self.again):
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(10)
        layout.addWidget(SafeLabel("Devices", FontRole.TITLE, parent=self))
        layout.addWidget(SafeLabel(_SENTENCE, FontRole.SECONDARY, ColorRole.TEXT_2, wrap=True, parent=self))
        layout.addWidget(self._pages, 1)
        layout.addLayout(buttons)
        self.out.clicked.connect(lambda: account.ask_sign_out(self.table.current))
        self.again.clicked.connect(account.look)
        self.empty.action_triggered.connect(account.look)
        self.table.opened.connect(account.ask_sign_out)
        self.table.chosen.connect(lambda _: self._show_button())
        account.changed.connect(self._show)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.account.look()

    def _show(self) -> None:
        rows = self.account.rows
        if self.account.problem:
            self.empty.set_state(
                IconName.CLOUD_OFF, "Your devices cannot be shown", self.account.problem, "Try again"
            )
        else:
            title = "Looking for your devices…" if self.account.loading else "No devices"
            self.empty.set_state(IconName.WINDOW, title, "")
        self.table.show_rows(rows)
        self._pages.setCurrentWidget(self.table if rows else self.empty)
        self._show_button()

    def _show_button(self) -> None:
        self.out.setEnabled(self.account.can_sign_out(self.table.current))
