"""Carries what other threads announce to the GUI thread: changes of the store, the state of sync."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

Unsubscribe = Callable[[], None]


class Relay(QObject):
    """Subscribes to something that calls back on any thread, and emits `received` on the GUI thread.

    What is announced on the GUI thread itself is passed on at once.
    """

    received = Signal(object)
    _announced = Signal(object)

    def __init__(
        self, subscribe: Callable[[Callable[[object], None]], Unsubscribe], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._announced.connect(self._pass_on)
        self._unsubscribe = subscribe(self._announced.emit)
        self._closed = False

    def close(self) -> None:
        """Stop listening; what is still on its way is dropped."""
        if not self._closed:
            self._closed = True
            self._unsubscribe()

    @Slot(object)
    def _pass_on(self, value: object) -> None:
        if not self._closed:
            self.received.emit(value)
