"""Counts of views that are kept: a change has only those views counted anew that it may have changed."""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from agent_desktop.domain.changes import Change, ChangeSet
from agent_desktop.domain.clock import EPOCH, Clock
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.view import ConversationFilter
from agent_desktop.services.change_feed import ChangeFeed
from agent_desktop.services.inbox import InboxService, ViewCount

KEPT = timedelta(seconds=10)
"""After this time everything is counted anew: as time passes, answers become overdue and snoozed ones wake."""


class ViewCounts:
    """Exact counts of filters as of the last commit that was announced."""

    def __init__(self, inbox: InboxService, feed: ChangeFeed, clock: Clock) -> None:
        self._inbox = inbox
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[ConversationFilter, ViewCount] = {}
        self._known_since: datetime = EPOCH
        self._heard = 0
        """How many commits were announced: what was counted while one came is not kept."""
        feed.subscribe(self._on_changes)

    def of(self, filters: Sequence[ConversationFilter]) -> list[ViewCount]:
        """The count of each filter."""
        now = self._clock.now()
        with self._lock:
            if not timedelta() <= now - self._known_since < KEPT:
                self._known.clear()
                self._known_since = now
            known = dict(self._known)
            heard = self._heard
        unknown = [wanted for wanted in dict.fromkeys(filters) if wanted not in known]
        if unknown:
            counted = dict(zip(unknown, self._inbox.counts(unknown), strict=True))
            known.update(counted)
            with self._lock:
                if self._heard == heard:
                    self._known.update(counted)
        return [known[wanted] for wanted in filters]

    def _on_changes(self, changes: ChangeSet) -> None:
        changed = list(changes.of(Conversation))
        with self._lock:
            self._heard += 1
            if changes.bulk:
                self._known.clear()
            for wanted in list(self._known):
                if any(self._counts_otherwise(change, wanted) for change in changed):
                    del self._known[wanted]

    def _counts_otherwise(self, change: Change[Conversation], wanted: ConversationFilter) -> bool:
        before = change.old is not None and self._inbox.matches(change.old, wanted)
        after = change.new is not None and self._inbox.matches(change.new, wanted)
        if before and after and change.old and change.new:
            return change.old.due_at != change.new.due_at
        return before or after
