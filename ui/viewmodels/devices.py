"""Everybody's devices, as the server knows them: only it does."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.ids import Id
from agent_desktop.services.administration import AdministrationServer, ManagedDevice
from ui.models.administration_text import device_row
from ui.models.cells import TableRow
from ui.models.local_time import local_zone
from ui.tasks import Problem, sentence_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.context import UiContext


class DevicesViewModel(QObject):
    """The devices at the last look. `changed`: they, or why they cannot be shown, are others now."""

    changed = Signal()

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._devices: tuple[ManagedDevice, ...] = ()
        self.problem = ""
        """Why they cannot be shown, in words."""
        self.loading = False

    @property
    def rows(self) -> tuple[TableRow, ...]:
        """The devices, the one seen last first."""
        desk, zone = self._context.desk, local_zone()
        now = desk.clock.now()
        return tuple(
            device_row(device, desk.directory.user(device.user_id), now, zone) for device in self._devices
        )

    def device(self, device_id: Id) -> ManagedDevice | None:
        """The device with this id."""
        return next((device for device in self._devices if device.id == device_id), None)

    def owner(self, device: ManagedDevice) -> str:
        """Whose it is."""
        user = self._context.desk.directory.user(device.user_id)
        return user.name if user is not None else "Somebody"

    def look(self) -> None:
        """Ask the server."""
        desk = self._context.desk
        self.loading = True
        self.changed.emit()
        self._context.tasks.read(lambda: desk.administration.devices(), self._take, self._failed, key=self)

    def sign_out(self, device: ManagedDevice) -> None:
        """Sign a device out."""
        self._do(lambda server: server.sign_out(device.id), f"{device.name or 'The device'} is signed out.")

    def wipe(self, device: ManagedDevice) -> None:
        """Have a device wiped."""
        name = device.name or "The device"
        self._do(lambda server: server.wipe(device.id), f"{name} is wiped as soon as it can be told.")

    def _do(self, ask: "Callable[[AdministrationServer], None]", message: str) -> None:
        desk, navigator = self._context.desk, self._context.navigator

        def done(_: None) -> None:
            navigator.notify(message)
            self.look()

        self._context.tasks.read(lambda: ask(desk.administration), done)

    def _take(self, devices: tuple[ManagedDevice, ...]) -> None:
        self._devices, self.problem, self.loading = devices, "", False
        self.changed.emit()

    def _failed(self, problem: Problem) -> None:
        self.problem, self.loading = sentence_of(problem), False
        self.changed.emit()
