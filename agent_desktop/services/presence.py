"""Who else views or writes in a conversation just now: told by the server, never stored, and soon no longer true."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.ids import Id
from agent_desktop.domain.presence import Activity

LASTS = timedelta(seconds=25)
"""How long a sign of somebody counts."""
REPEAT = timedelta(seconds=10)
"""How often one's own is given while it lasts: so that one that is late or lost does not make somebody vanish."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What somebody did in a conversation, and when that was heard."""

    user_id: Id
    conversation_id: Id
    activity: Activity
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class Present:
    """Who is in a conversation besides this user, who writes first. `unknown_since`: nobody tells, since then."""

    signs: tuple[Sign, ...] = ()
    unknown_since: datetime | None = None


class Teller(Protocol):
    """Takes this user's own signs to the server. Never raises and never waits: a sign that is lost does not matter."""

    def __call__(self, conversation_id: Id, activity: Activity) -> None:
        """Tell it."""
        ...


class PresenceService:
    """Keeps the signs of others, and gives this user's own. Any thread may call it; `listen` hears on the caller's."""

    def __init__(self, clock: Clock, user_id: Id, tell: Teller | None = None) -> None:
        self._clock = clock
        self._user_id = user_id
        self._tell = tell
        self._signs: dict[tuple[Id, Id], Sign] = {}
        self._own: Sign | None = None
        self._unknown_since: datetime | None = None
        self._listeners: list[Callable[[Sequence[Id]], None]] = []
        self._lock = threading.Lock()

    def subscribe(self, listener: Callable[[Sequence[Id]], None]) -> None:
        """Call `listener` with the conversations in which who is there may have changed; () means in all."""
        self._listeners.append(listener)

    def heard(self, user_id: Id, conversation_id: Id, activity: Activity) -> None:
        """The server says what somebody does."""
        if user_id == self._user_id:
            return  # another device of the same person warns nobody
        now = self._clock.now()
        with self._lock:
            self._forget(now)
            key = (conversation_id, user_id)
            if activity is Activity.AWAY:
                self._signs.pop(key, None)
            else:
                self._signs[key] = Sign(user_id, conversation_id, activity, now)
        self._announce((conversation_id,))

    def connected(self, is_connected: bool) -> None:
        """Whether the server tells who is where. Without it nobody knows, and that is said."""
        with self._lock:
            known = self._unknown_since is None
            if is_connected is known:
                return
            self._unknown_since = None if is_connected else self._clock.now()
            self._signs.clear()
            own = self._own
        if is_connected and own is not None:
            self._give(own.conversation_id, own.activity)
        self._announce(())

    def present(self, conversation_id: Id) -> Present:
        """Who is in a conversation, those who write first."""
        with self._lock:
            self._forget(self._clock.now())
            signs = [sign for (place, _), sign in self._signs.items() if place == conversation_id]
            signs.sort(key=lambda sign: (sign.activity is not Activity.TYPING, sign.user_id))
            return Present(tuple(signs), self._unknown_since)

    def is_at(self, conversation_id: Id | None, activity: Activity = Activity.VIEWING) -> None:
        """This user views or writes in a conversation, or in none. To be repeated while it lasts: it is told to the
        server when it is new or `REPEAT` old.
        """
        now = self._clock.now()
        with self._lock:
            before = self._own
            if conversation_id is None:
                self._own = None
            else:
                sign = Sign(self._user_id, conversation_id, activity, now)
                is_same = before is not None and replace(before, heard_at=now) == sign
                if is_same and before is not None and now - before.heard_at < REPEAT:
                    return
                self._own = sign
            known = self._unknown_since is None
        if not known:
            return
        if before is not None and before.conversation_id != conversation_id:
            self._give(before.conversation_id, Activity.AWAY)
        if conversation_id is not None:
            self._give(conversation_id, activity)

    def leaves(self, conversation_id: Id) -> None:
        """This user is no longer in this conversation; nothing happens when they are in another one already."""
        with self._lock:
            is_here = self._own is not None and self._own.conversation_id == conversation_id
        if is_here:
            self.is_at(None)

    @property
    def place(self) -> Id | None:
        """The conversation in which this user was last said to be."""
        with self._lock:
            return None if self._own is None else self._own.conversation_id

    def _give(self, conversation_id: Id, activity: Activity) -> None:
        if self._tell is not None:
            self._tell(conversation_id, activity)

    def _forget(self, now: datetime) -> None:
        old = [key for key, sign in self._signs.items() if now - sign.heard_at >= LASTS]
        for key in old:
            del self._signs[key]

    def _announce(self, conversation_ids: Sequence[Id]) -> None:
        for listener in tuple(self._listeners):
            listener(conversation_ids)
