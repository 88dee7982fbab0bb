"""Shows what is being written here on the user's other devices, now and then."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from ui.relay import Relay
from ui.tasks import Tasks

if TYPE_CHECKING:
    from agent_desktop.context import Desk

DELAY = 5_000
"""Milliseconds from a change to the copy that holds it. Writing on does not put it off."""


class DraftSharer(QObject):
    """One for all windows. Where the user has no other devices it does nothing."""

    def __init__(
        self, desk: "Desk", tasks: Tasks, draft_changes: Relay, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks
        self._begun = self._alone = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY)
        self._timer.timeout.connect(self.share)
        draft_changes.received.connect(self._on_changed)

    def begin(self) -> None:
        """From now on changes are shared; what was written before is shared at once."""
        self._begun = True
        self.share()

    def share(self) -> None:
        """Share what changed: also to be called when a conversation is left, to go on at another device."""
        self._timer.stop()
        if self._begun and not self._alone:
            self._tasks.write(self._share, self._on_shared)

    def _share(self) -> bool:
        sharing = self._desk.draft_sharing
        if sharing is None:
            return False
        sharing.share()
        return True

    def _on_shared(self, has_devices: bool) -> None:
        self._alone = not has_devices

    def _on_changed(self, conversation_id: object) -> None:
        if self._begun and not self._alone and not self._timer.isActive():
            self._timer.start()
