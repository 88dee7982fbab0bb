"""Carries what other threads announce to the GUI thread: changes of the store, the state of sync."""

from PySide6.QtCore import QObject, Signal, Slot


class Relay(QObject):
    """`send` may be called on any thread; `received` is emitted on the thread that this object belongs to.

    What is sent on that thread itself is passed on at once.
    """

    received = Signal(object)
    _sent = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sent.connect(self._pass_on)
        self._closed = False

    def send(self, value: object) -> None:
        """Pass a value on; to be given to whoever announces something."""
        if not self._closed:
            self._sent.emit(value)

    def close(self) -> None:
        """Pass on nothing any more, not even what is on its way."""
        self._closed = True

    @Slot(object)
    def _pass_on(self, value: object) -> None:
        if not self._closed:
            self.received.emit(value)
