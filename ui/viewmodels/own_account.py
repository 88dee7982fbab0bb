"""One's own account at the team's server: changing the password, and the devices on which one is signed in."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.ids import Id
from agent_desktop.services.own_account import OwnAccount, OwnDevice, SignInFirst
from ui.models.cells import TableRow
from ui.models.local_time import local_zone
from ui.models.own_device_text import own_device_row
from ui.prompts import Question
from ui.tasks import Problem, sentence_of

if TYPE_CHECKING:
    from ui.context import UiContext

_SIGN_OUT = (
    "You have to sign in again there. Nothing on it is lost: what waits there is sent afterwards. If the device was"
    " lost or stolen, ask an administrator to have it wiped, and change your password."
)


class OwnAccountViewModel(QObject):
    """Asks the server on another thread; nothing is asked before `look` or `change_password`."""

    changed = Signal()
    """The devices, or why they cannot be shown."""
    password_changed = Signal()
    refused = Signal(str)
    """The password was not changed, and why, in words."""
    browser_wanted = Signal()
    """The password is to be changed on a page of the server."""
    sign_in_wanted = Signal(str)
    """One has to sign in here again first, and why, in words; then `go_on`."""

    def __init__(
        self,
        context: "UiContext",
        account: Callable[[], OwnAccount] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._account = account or (lambda: context.desk.own_account)
        self._devices: tuple[OwnDevice, ...] = ()
        self._put_off: OwnDevice | None = None
        self.problem = ""
        """Why the devices cannot be shown, in words."""
        self.loading = False

    # ----- the password

    @staticmethod
    def password_problem(current: str, new: str, again: str) -> str:
        """What is wrong with what was typed, as far as can be known here; "" for nothing."""
        if not current:
            return "Type your current password."
        if not new:
            return "Type the new password."
        if new != again:
            return "The two new passwords are not the same. Type both again."
        return ""

    def change_password(self, current: str, new: str, sign_out_others: bool) -> None:
        """Have the server take another password."""

        def done(_: None) -> None:
            words = "Your password is changed." + (
                " Your other devices are signed out." if sign_out_others else ""
            )
            self._context.navigator.notify(words)
            self.password_changed.emit()

        self._context.tasks.read(
            lambda: self._account().change_password(current, new, sign_out_others=sign_out_others),
            done,
            lambda problem: self.refused.emit(sentence_of(problem)),
        )

    # ----- devices

    @property
    def rows(self) -> tuple[TableRow, ...]:
        """This device, then those that are signed in, then the others."""
        now, zone = self._context.desk.clock.now(), local_zone()
        devices = sorted(self._devices, key=lambda device: (not device.this, not device.signed_in))
        return tuple(own_device_row(device, now, zone) for device in devices)

    def can_sign_out(self, device_id: Id) -> bool:
        """Whether this is another device that is signed in: here one signs out on the page of the server."""
        device = self._device(device_id)
        return device is not None and device.signed_in and not device.this

    def look(self) -> None:
        """Ask the server for the devices."""
        self.loading = True
        self.changed.emit()
        self._context.tasks.read(lambda: self._account().devices(), self._take, self._failed, key=self)

    def ask_sign_out(self, device_id: Id) -> None:
        """Sign a device out, after a question."""
        device = self._device(device_id)
        if device is None or not self.can_sign_out(device_id):
            return
        name = device.name or "this device"
        question = Question(title=f"Sign out {name}?", text=_SIGN_OUT, yes="Sign out")
        self._context.prompts.ask(question, lambda yes: self._sign_out(device) if yes else None)

    def _sign_out(self, device: OwnDevice) -> None:
        def done(_: None) -> None:
            self._context.navigator.notify(f"{device.name or 'The device'} is signed out.")
            self.look()

        def failed(problem: Problem) -> None:
            if isinstance(problem, SignInFirst):
                self._put_off = device
                self.sign_in_wanted.emit(sentence_of(problem))
            else:
                self._context.tasks.problem.emit(problem)

        self._context.tasks.read(lambda: self._account().sign_out(device.id), done, failed)

    def go_on(self) -> None:
        """One has signed in again: do what was asked before."""
        device, self._put_off = self._put_off, None
        if device is not None:
            self._sign_out(device)

    def _device(self, device_id: Id) -> OwnDevice | None:
        return next((device for device in self._devices if device.id == device_id), None)

    def _take(self, devices: tuple[OwnDevice, ...]) -> None:
        self._devices, self.problem, self.loading = devices, "", False
        self.changed.emit()

    def _failed(self, problem: Problem) -> None:
        self._devices, self.problem, self.loading = (), sentence_of(problem), False
        self.changed.emit()
