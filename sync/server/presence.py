"""Who looks at or writes in which conversation just now: in memory alone, forgotten after some seconds."""

import threading
from collections.abc import Callable, Collection, Iterator

import msgspec

from agent_desktop.domain.access import sees
from agent_desktop.domain.ids import Id
from agent_desktop.domain.presence import Activity
from sync.protocol.messages import Presence, PresenceRequest
from sync.server.database import ServerDatabase
from sync.server.limits import Monotonic

LASTS_SECONDS = 25.0


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A presence, and the scope of its conversation: who may see that may see this."""

    presence: Presence
    scope: str


class PresenceBoard:
    """What everybody does, as far as this process has heard. Its methods may be called on any thread."""

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._seen: dict[tuple[Id, Id], tuple[float, Seen]] = {}

    def put(self, seen: Seen) -> None:
        """Somebody does something, or (AWAY) no longer."""
        key = (seen.presence.user_id, seen.presence.conversation_id)
        now = self._monotonic()
        with self._lock:
            self._seen.pop(key, None)
            if seen.presence.activity is not Activity.AWAY:
                self._seen[key] = (now + LASTS_SECONDS, seen)
            # In the order in which they were put they end.
            while self._seen and next(iter(self._seen.values()))[0] <= now:
                del self._seen[next(iter(self._seen))]

    def visible(self, scopes: Collection[str]) -> Iterator[Presence]:
        """What somebody who sees these scopes may know."""
        now = self._monotonic()
        with self._lock:
            seen = list(self._seen.values())
        return (item.presence for until, item in seen if until > now and sees(scopes, item.scope))


class PresenceScope:
    """Finds the scope that a presence is told to."""

    def __init__(self, database: ServerDatabase, scopes: Callable[[Id], Collection[str]]) -> None:
        self._database = database
        self._scopes = scopes

    def seen(self, user_id: Id, request: PresenceRequest) -> Seen | None:
        """What others may be told; None when this user may not see the conversation."""
        with self._database.read() as connection:
            known = "SELECT scope FROM conversation WHERE id = ?"
            found = connection.execute(known, (request.conversation_id,)).fetchone()
        scope = found[0] if found else None
        if scope is None or not sees(self._scopes(user_id), scope):
            return None
        presence = Presence(
            user_id=user_id, conversation_id=request.conversation_id, activity=request.activity
        )
        return Seen(presence=presence, scope=scope)


def encode_seen(seen: Seen) -> str:
    """For other processes."""
    return msgspec.json.encode(seen).decode()


def decode_seen(text: str) -> Seen | None:
    """From another process; None for what this one does not understand."""
    try:
        return msgspec.json.decode(text, type=Seen)
    except msgspec.DecodeError:
        return None
