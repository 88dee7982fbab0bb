"""Who else is in the conversation of a pane, and telling others that this user is."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from agent_desktop.domain.ids import Id
from agent_desktop.domain.presence import Activity
from ui.models.local_time import local_zone
from ui.models.presence_text import PresenceWords, presence_words
from ui.relay import Relay

if TYPE_CHECKING:
    from agent_desktop.context import Desk

BEAT = 5_000
"""Milliseconds after which it is looked again who is still there, and told that this user is."""
TYPES_FOR = timedelta(seconds=10)
"""How long somebody counts as writing after the last key."""
STAYS_FOR = timedelta(seconds=60)
"""How long somebody is still there who works in another window."""


class PresenceViewModel(QObject):
    """Follows one conversation at a time.

    `in_view` says whether the person has the conversation before them: shown, in the window that is in front.
    """

    changed = Signal()
    """`words` are others now."""
    began = Signal(str)
    """Somebody began to reply: the sentence that warns of it."""

    def __init__(
        self,
        desk: "Desk",
        presence_changes: Relay,
        in_view: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._in_view = in_view
        self._conversation_id: Id | None = None
        self._typed_at: datetime | None = None
        self._seen_at: datetime | None = None
        self._zone = local_zone()
        self._hidden = False
        self.words = PresenceWords()
        self._timer = QTimer(self)
        self._timer.setInterval(BEAT)
        self._timer.timeout.connect(self.beat)
        presence_changes.received.connect(self._on_changes)

    def hide(self) -> None:
        """Speak of nobody until `open`: another conversation is about to be shown."""
        self._hidden = True
        if self.words != PresenceWords():
            self._show()

    def open(self, conversation_id: Id | None) -> None:
        """Belong to another conversation, or to none."""
        self._hidden = False
        if conversation_id == self._conversation_id:
            self._show()
            return
        before, self._conversation_id = self._conversation_id, conversation_id
        self._typed_at = self._seen_at = None
        if conversation_id is None:
            self._timer.stop()
        else:
            self._timer.start()
            self._tell()
        if before is not None and self._can_tell:
            self._desk.presence.leaves(before)
        self._show()

    def typed(self) -> None:
        """The person writes to the customer."""
        self._typed_at = self._desk.clock.now()
        self._tell()

    def beat(self) -> None:
        """Look again: also to be called when the conversation comes into view or goes out of it."""
        self._tell()
        self._show()

    @property
    def _can_tell(self) -> bool:
        """The way to the server is made on another thread; until then nobody listens."""
        return self._desk.is_connected

    def _tell(self) -> None:
        place, now = self._conversation_id, self._desk.clock.now()
        if place is None or not self._can_tell:
            return
        presence = self._desk.presence
        if self._in_view():
            self._seen_at = now
        elif presence.place != place:
            return  # another window says where the person is
        if self._seen_at is None or now - self._seen_at >= STAYS_FOR:
            presence.leaves(place)
            return
        types = self._typed_at is not None and now - self._typed_at < TYPES_FOR
        presence.is_at(place, Activity.TYPING if types else Activity.VIEWING)

    def _show(self) -> None:
        words = PresenceWords()
        if self._conversation_id is not None and not self._hidden:
            now = self._desk.clock.now()
            words = presence_words(
                self._desk.presence.present(self._conversation_id), self._name_of, now, self._zone
            )
        before, self.words = self.words, words
        if words != before:
            self.changed.emit()
            if words.warning and words.warning != before.warning:
                self.began.emit(words.warning)

    def _name_of(self, user_id: Id) -> str:
        user = self._desk.directory.user(user_id)
        return user.name if user is not None else ""

    def _on_changes(self, conversation_ids: Sequence[Id]) -> None:
        if self._conversation_id is not None and (
            not conversation_ids or self._conversation_id in conversation_ids
        ):
            self._show()
