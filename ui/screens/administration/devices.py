"""The page of devices: when each was last here, what waits on it, signing it out, having it wiped."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.administration_text import DEVICES
from ui.prompts import Question
from ui.viewmodels.devices import DevicesViewModel
from ui.widgets.buttons import Button
from ui.widgets.table_page import TablePage

_SENTENCE = (
    "What waits on a device exists nowhere else yet. Signing one out keeps it there until its user signs in again;"
    " wiping destroys the keys of everything on it."
)
_SIGN_OUT = "{owner} has to sign in again on it. Nothing on it is lost: what waits there is sent afterwards."
_WIPE = (
    "It destroys the key of everything it holds of this workspace when it is next in touch with the server.{loss} Until"
    " then only its lease, where you have set one, locks it. This cannot be undone."
)
_LOSS = " {count:,} changes wait there: it tries to hand them over first."
_EMPTY = "Computers appear here when somebody signs in on them. In a workspace on this computer alone nobody has to."


class DevicesPage(TablePage):
    """All devices; asked for anew each time the page is shown."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(
            context.theme, "Devices", _SENTENCE, DEVICES, find="Find by device or person", parent=parent
        )
        self._context = context
        self.devices = DevicesViewModel(context, self)
        self.again = Button(context.theme, "Look again", icon=IconName.REFRESH, parent=self)
        self.out = Button(context.theme, "Sign out…", icon=IconName.LOG_OUT, parent=self)
        self.out.setAccessibleName("Sign the device out")
        self.wipe = Button(context.theme, "Wipe…", icon=IconName.TRASH, parent=self)
        self.wipe.setAccessibleName("Wipe the device")
        for button in (self.again, self.out, self.wipe):
            self.head.add_button(button)
        self.again.clicked.connect(self.devices.look)
        self.out.clicked.connect(self._ask_sign_out)
        self.wipe.clicked.connect(self._ask_wipe)
        self.empty.action_triggered.connect(self.devices.look)
        self.table.chosen.connect(lambda _: self._show_buttons())
        self.devices.changed.connect(self._show)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.devices.look()

    def _show(self) -> None:
        if self.devices.problem:
            self.empty.set_state(
                IconName.CLOUD_OFF, "Devices cannot be shown", self.devices.problem, "Try again"
            )
            self.offer(())
        else:
            title = "Looking for devices…" if self.devices.loading else "No devices yet"
            self.empty.set_state(IconName.WINDOW, title, _EMPTY)
            self.offer(self.devices.rows)
        self._show_buttons()

    def _show_buttons(self) -> None:
        device = self.devices.device(self.table.current)
        self.out.setEnabled(device is not None and device.signed_in)
        self.wipe.setEnabled(device is not None and device.wipe_requested_at is None)

    def _ask_sign_out(self) -> None:
        device = self.devices.device(self.table.current)
        if device is None:
            return
        question = Question(
            title=f"Sign out {device.name or 'this device'}?",
            text=_SIGN_OUT.format(owner=self.devices.owner(device)),
            yes="Sign out",
        )
        self._context.prompts.ask(question, lambda yes: self.devices.sign_out(device) if yes else None)

    def _ask_wipe(self) -> None:
        device = self.devices.device(self.table.current)
        if device is None:
            return
        loss = _LOSS.format(count=device.pending) if device.pending else ""
        question = Question(
            title=f"Wipe {device.name or 'this device'} of {self.devices.owner(device)}?",
            text=_WIPE.format(loss=loss),
            yes="Wipe",
            no="Keep it",
            dangerous=True,
        )
        self._context.prompts.ask(question, lambda yes: self.devices.wipe(device) if yes else None)
