"""Who listens: open streams, and the hub that hands each what it may see.

Everything here runs on the event loop but `committed` and `seen`, which other threads call.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from agent_desktop.domain.access import sees
from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.ids import Id
from sync.protocol.messages import Poke, Presence
from sync.server.deltas import Changes, Deltas, encoded, event
from sync.server.logs import log
from sync.server.metrics import Metrics
from sync.server.presence import PresenceBoard, Seen
from sync.server.refusals import Refusal, busy
from sync.server.sign_in.accounts import Accounts, Session
from sync.server.workers import Workers

COALESCE_SECONDS = 0.06
"""Commits of so short a time become one delta."""
PING_SECONDS = 15.0
LOOK_SECONDS = 3.0
"""How often the head and the sessions are looked at, whatever was or was not heard of them."""
AGAIN_SECONDS = 1.0
"""How long until the database is asked again that did not answer."""
WAITING_BYTES = 256_000
"""A reader that is so far behind is told to pull instead."""
STUCK_PINGS = 4
STREAMS_OF_A_USER = 20
PING, WELCOME, BYE = b": ping\n\n", b"retry: 2000\n: welcome\n\n", b"event: bye\ndata: {}\n\n"
_NOT_TOLD = frozenset({""})
"""What somebody sees who came in between."""
_log = logging.getLogger("agent_desktop.server")

ScopesOf = Callable[[Id], Collection[str]]


class Stream:
    """What waits to be sent to one listener."""

    def __init__(self, session: Session, scopes: frozenset[str], since: int) -> None:
        self.session = session
        self.scopes = scopes
        self.since = since
        self.ended = False
        self.stuck = 0
        self._waiting: deque[bytes] = deque()
        self._size = 0
        # A future for each wait: it costs a third of what an asyncio.Event does, a thousand times per commit.
        self._taker: asyncio.Future[None] | None = None
        self.send: Callable[[bytes], Coroutine[Any, Any, None]] | None = None
        """Sends one event, once the answer has begun."""
        self.abandon: Callable[[], object] = lambda: None
        """Ends the connection of a reader who takes nothing."""

    @property
    def idle(self) -> bool:
        """Whether everything was sent."""
        return not self._waiting

    def put(self, data: bytes, instead: bytes) -> None:
        """Send this next; `instead` to a reader who is too far behind."""
        if self.ended or (not self._waiting and self._sent_at_once(data)):
            return
        if self._size + len(data) > WAITING_BYTES:
            self._waiting.clear()
            self._size, data = 0, instead
        self._waiting.append(data)
        self._size += len(data)
        self._wake()

    def end(self, last: bytes = b"") -> None:
        """Send `last` and no more."""
        if not self.ended:
            self._waiting.append(last)
            self.ended = True
            self._wake()

    def _sent_at_once(self, data: bytes) -> bool:
        """Send without waking the task of the stream, which costs as much again; False where that would wait.

        What is given up there was not written yet. Were it, it would come twice, and a reader passes over a delta
        that does not continue their cursor.
        """
        if self.send is None:
            return False
        sending = self.send(data)
        try:
            sending.send(None)
        except StopIteration:
            return True
        except OSError:
            return False  # the task of the stream meets the same, and ends
        sending.close()
        return False

    def _wake(self) -> None:
        if self._taker is not None and not self._taker.done():
            self._taker.set_result(None)

    async def take(self) -> bytes:
        """What is to be sent now, once there is something; nothing more follows when `ended`. For one reader."""
        if not self._waiting and not self.ended:
            self._taker = asyncio.get_running_loop().create_future()
            await self._taker
        data = self._waiting.popleft() if len(self._waiting) == 1 else b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        return data


class Hub:
    """All streams of this process."""

    def __init__(
        self,
        deltas: Deltas,
        scopes: ScopesOf,
        accounts: Accounts,
        board: PresenceBoard,
        workers: Workers,
        metrics: Metrics,
        most: int,
    ) -> None:
        self._deltas = deltas
        self._scopes = scopes
        self._accounts = accounts
        self._board = board
        self._workers = workers
        self._metrics = metrics
        self._most = most
        self.streams: set[Stream] = set()
        self._of_users: Counter[Id] = Counter()
        self.epoch, self.head = "", 0
        self.last_event = b""
        self._memberships = 0
        """How often it was looked who sees what now."""
        self._changed = asyncio.Event()
        self._newer = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False

    async def start(self) -> None:
        """Begin with the head of now."""
        self._loop = asyncio.get_running_loop()
        self.epoch, self.head = await self._workers.run(self._deltas.head)
        self._tasks = [asyncio.create_task(work()) for work in (self._pump, self._ping, self._look)]

    async def stop(self) -> None:
        """Say bye and end."""
        self.say_bye()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def say_bye(self) -> None:
        """End every stream and every wait in good order."""
        self._closing = True
        self._newer.set()
        for stream in self.streams:
            stream.end(BYE)

    # ----- called on any thread

    def committed(self, version: int) -> None:
        """A transaction was committed, here or elsewhere."""
        self._call(self._changed.set)

    def seen(self, seen: Seen) -> None:
        """Somebody does something in a conversation."""
        self._board.put(seen)
        self._call(self._tell_presence, seen)

    def _call(self, function: Callable[..., object], *args: object) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended: nobody listens any longer
                self._loop.call_soon_threadsafe(function, *args)

    # ----- listeners

    async def open(self, session: Session, epoch: str, since: int) -> Stream:
        """A new stream of somebody whose cursor is at `since`."""
        own = self._of_users[session.user_id]
        if self._closing or len(self.streams) >= self._most or own >= STREAMS_OF_A_USER:
            raise busy(10.0)
        while True:
            known = self._memberships
            scopes = frozenset(await self._workers.run(self._scopes, session.user_id))
            if known == self._memberships:
                break
        stream = Stream(session, scopes, since)
        stream.put(WELCOME, WELCOME)
        if epoch != self.epoch or since < self.head:
            stream.put(self._poke(), self._poke())
        for presence in self._board.visible(scopes):
            if presence.user_id != session.user_id:
                stream.put(_presence(presence), self._poke())
        self.streams.add(stream)
        self._of_users[session.user_id] += 1
        if self._closing:
            stream.end(BYE)
        return stream

    def end_device(self, device_id: Id) -> None:
        """A device was signed out."""
        for stream in self.streams:
            if stream.session.device_id == device_id:
                stream.end(BYE)

    def close(self, stream: Stream) -> None:
        """Nobody listens to it any longer."""
        stream.ended = True
        if stream in self.streams:
            self.streams.remove(stream)
            self._of_users[stream.session.user_id] -= 1

    async def newer(self, version: int, seconds: float) -> None:
        """Wait until there is something after a version, but no longer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.head <= version and not self._closing:
                    await self._newer.wait()

    # ----- what is told

    def _poke(self) -> bytes:
        return encoded(Poke(epoch=self.epoch, head=self.head))

    def _tell_presence(self, seen: Seen) -> None:
        data = _presence(seen.presence)
        told = [
            stream
            for stream in self.streams
            if sees(stream.scopes, seen.scope) and stream.session.user_id != seen.presence.user_id
        ]
        for stream in told:
            stream.put(data, self._poke())
        self._metrics.delivered("presence", len(told))

    async def _pump(self) -> None:
        while True:
            await self._changed.wait()
            await asyncio.sleep(COALESCE_SECONDS)
            self._changed.clear()
            try:
                changes = await self._workers.run(self._deltas.changes, self.head)
                if changes is not None:
                    outdated = await self._outdated() if changes.membership else ()
                    await self._deliver(changes, outdated)
            except (StoreError, Refusal):
                # The database does not answer, or too much waits. Nothing was told, so all of it is looked at again.
                await asyncio.sleep(AGAIN_SECONDS)
                self._changed.set()

    async def _deliver(self, changes: Changes, outdated: Collection[Stream]) -> None:
        """Tell everybody; who sees other scopes now than their stream is told to pull, and to begin another."""
        seen = {held: changes.seen_by(held) for held in {stream.scopes for stream in self.streams}}
        told = await self._workers.run(_told, changes, set(seen.values()))
        self.epoch, self.head = changes.epoch, changes.upto
        self._newer.set()
        self._newer = asyncio.Event()
        poke = self._poke()
        self.last_event = max(told.values(), key=len, default=poke)
        # Looked at anew: whoever came in between has compared their cursor with the head before.
        for stream in self.streams:
            if changes.upto > stream.since or changes.too_many:
                stream.put(told.get(seen.get(stream.scopes, _NOT_TOLD), poke), poke)
        for stream in outdated:
            stream.end(BYE)
        self._metrics.delivered("delta", len(self.streams))

    async def _outdated(self) -> list[Stream]:
        """The streams of those who see other scopes now. Asked before they are told of the change, and of all later."""
        self._memberships += 1
        users = {stream.session.user_id for stream in self.streams}
        now = await self._workers.run(lambda: {user: frozenset(self._scopes(user)) for user in users})
        return [
            stream
            for stream in self.streams
            if now.get(stream.session.user_id, stream.scopes) != stream.scopes
        ]

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS)
            for stream in list(self.streams):
                stream.stuck = 0 if stream.idle else stream.stuck + 1
                if stream.stuck >= STUCK_PINGS:
                    stream.abandon()
                elif stream.idle:
                    stream.put(PING, PING)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                if (self.epoch, self.head) != await self._workers.run(self._deltas.head):
                    self._changed.set()
                await self._check_sessions()
            except (StoreError, Refusal):
                log(_log, "streams cannot look at the database", logging.WARNING)

    async def _check_sessions(self) -> None:
        devices = {stream.session.device_id for stream in self.streams}
        if not devices:
            return
        alive = await self._workers.run(self._accounts.signed_in, devices)
        for stream in self.streams:
            device = stream.session.device_id
            if device in devices and device not in alive:
                stream.end(BYE)


def _told(changes: Changes, wanted: Collection[frozenset[str]]) -> Mapping[frozenset[str], bytes]:
    """One event for each distinct set of scopes in which something changed, shared by all who see just these."""
    return {scopes: encoded(changes.for_scopes(scopes)) for scopes in wanted}


def _presence(presence: Presence) -> bytes:
    return event("presence", msgspec.json.encode(presence))
