"""How far the fetching of a file is; shown only when that takes a moment, and it can be broken off."""

import threading

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressDialog, QWidget

from agent_desktop.domain.message import AttachmentFile
from ui.models.timeline_text import size_text
from ui.relay import Relay

_PATIENCE = 500
"""Milliseconds until it shows itself."""
_STEPS = 1_000


class DownloadDialog(QProgressDialog):
    """One file. `progress` may be called on any thread."""

    def __init__(self, file: AttachmentFile, name: str, parent: QWidget | None) -> None:
        super().__init__(f"Fetching “{name}” ({size_text(file.size)})", "Cancel", 0, _STEPS, parent)
        self.setWindowTitle("Download")
        self.setWindowModality(Qt.WindowModality.NonModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAutoClose(False)
        self.setAutoReset(False)
        self.setMinimumDuration(_PATIENCE)
        self._size = max(file.size, 1)
        self._cancelled = threading.Event()
        self._relay = Relay(self)
        self._relay.received.connect(self._show)
        self.canceled.connect(self._cancelled.set)
        self.setValue(0)

    def progress(self, done: int) -> bool:
        """So many bytes are here; False once the person has had enough."""
        self._relay.send(done)
        return not self._cancelled.is_set()

    def finish(self) -> None:
        """It is over, in whichever way."""
        self._relay.close()
        self.close()
        self.deleteLater()

    def _show(self, done: int) -> None:
        self.setValue(min(_STEPS - 1, done * _STEPS // self._size))
