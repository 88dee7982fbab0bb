"""The thread that carries the calls of the exchange, and tells how things stand."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from enum import Enum

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.errors import StoreError
from agent_desktop.services.sync_status import SyncState, SyncStatus
from agent_desktop.store.replica import Replica
from sync.client.ahead import PagesAhead
from sync.client.calls import Call
from sync.client.exchange import IDLE, Exchange
from sync.protocol.messages import Poke, StreamedDelta
from sync.protocol.transport import Refused, Transport, Unreachable

DEFECT = (
    "A defect in Agent Desktop stops the exchange with the server. What you do is kept; please report it."
)

_log = logging.getLogger("agent_desktop.sync")


class Signal(Enum):
    """What the core is told from other threads, in turn with its calls."""

    NEWS = "news"
    RETRY = "retry"


class SyncEngine:
    """One client's exchange with its server, in the background once started, or by `exchange` on the spot.

    `ahead` carries the calls where a network lies between: it fetches pages while others are stored. `chores` does a
    little of what follows from what came; True when there may be more.
    """

    def __init__(
        self,
        core: Exchange,
        replica: Replica,
        transport: Transport,
        clock: Clock,
        ahead: PagesAhead | None = None,
        chores: Callable[[], bool] = lambda: False,
    ) -> None:
        self._core = core
        self._replica = replica
        self._transport = transport
        self._clock = clock
        self._ahead = ahead
        self._chores = chores
        self._turn = threading.RLock()
        """Held by who exchanges: the thread, or a command that does without it."""
        self._heard: deque[StreamedDelta | Poke | Signal] = deque()
        self._listeners: list[Callable[[SyncStatus], None]] = []
        self._status = SyncStatus(SyncState.CATCHING_UP, clock.now())
        self._telling = threading.RLock()
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    # ----- what others may do

    @property
    def status(self) -> SyncStatus:
        """How things stand."""
        return self._status

    @property
    def online(self) -> bool:
        """Whether the user lets the program talk to the server."""
        return self._core.online

    def subscribe(self, listener: Callable[[SyncStatus], None]) -> None:
        """Call `listener` when the status changes, on the thread that changed it."""
        self._listeners.append(listener)

    def set_online(self, online: bool) -> None:
        """Work offline, or go online again."""
        self._core.online = online
        self._tell()
        self.retry()

    def retry(self) -> None:
        """Try now: the network came back, the computer woke up, or somebody signed in again."""
        self._hear(Signal.RETRY)

    def poke(self) -> None:
        """Something may be new here or there. Not for the GUI thread, for it counts what waits."""
        self._core.count()
        self._tell()
        self._hear(Signal.NEWS)

    def hear(self, event: StreamedDelta | Poke) -> None:
        """The stream says what is new."""
        self._hear(event)

    def set_streaming(self, streaming: bool) -> None:
        """Whether a stream tells what is new."""
        self._core.streaming = streaming
        self._hear(Signal.NEWS)

    def _hear(self, event: StreamedDelta | Poke | Signal) -> None:
        self._heard.append(event)
        self._wake.set()

    def start(self) -> None:
        """Begin to exchange in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End after the call that is under way."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def exchange(self) -> None:
        """Bring replica and server together now, on this thread, and let subjects, names and articles be found.

        Raises Unreachable or Refused when that is not possible now; what was applied until then stays.
        """
        with self._turn:
            self._core.retry(self._clock.now())
            self._exchange()
            while self._replica.index_small_block() or self._chores():
                pass

    # ----- the thread

    def _run(self) -> None:
        while True:
            self._wake.clear()
            # Looked at after clearing, or the signal to stop could be cleared unseen.
            if self._stopping:
                return
            self._wake.wait(self._round_of_thread())

    def _round_of_thread(self) -> float | None:
        try:
            return self._round()
        except StoreError as error:
            self._tell(error.sentence)
        except Exception:  # noqa: BLE001 - a border: a defect must be seen, and must not end all exchange until the next start
            _log.exception("exchange failed")
            self._tell(DEFECT)
        return IDLE.total_seconds()

    def _round(self) -> float | None:
        """One exchange and a piece of the index; the seconds until the next, unless something is new before."""
        with self._turn, suppress(Unreachable, Refused):
            self._exchange()
        if not self._wake.is_set() and (self._chores() or self._replica.index_block() or self._merge_step()):
            return 0.0
        now = self._clock.now()
        wake_at = self._core.wake_at(now)
        return None if wake_at is None else max((wake_at - now).total_seconds(), 0.0)

    def _merge_step(self) -> bool:
        try:
            return self._replica.merge_step()
        except StoreError as error:  # such as a disk with no room for it, which is no reason to stay offline
            _log.info("the index is left in parts for now: %s", error.sentence)
            return False

    def _exchange(self) -> None:
        while not self._stopping and (call := self._next_call()) is not None:
            try:
                answer = call.carry(self._transport) if self._ahead is None else self._ahead.carry(call)
            except (Unreachable, Refused) as error:
                self._core.failed(call, error, self._clock.now())
                self._tell()
                raise
            self._core.answered(call, answer, self._clock.now())
            self._core.count()
            self._tell()

    def _next_call(self) -> Call | None:
        now = self._clock.now()
        while self._heard:
            match self._heard.popleft():
                case Signal.NEWS:
                    self._core.poke(now)
                case Signal.RETRY:
                    self._core.retry(now)
                case event:
                    self._core.streamed(event, now)
                    self._core.count()
        self._core.count()
        self._tell()
        return self._core.next_call(now)

    def _tell(self, problem: str = "") -> None:
        """Say how things stand when that is new. `problem`: what keeps the exchange from going on at all."""
        with self._telling:
            old = self._status
            status = self._core.status(self._clock.now(), old)
            if problem:
                status = replace(
                    status,
                    state=SyncState.OFFLINE,
                    problem=problem,
                    since=old.since if old.state is SyncState.OFFLINE else status.since,
                )
            self._status = status
            if status != old:
                for listener in self._listeners:
                    listener(status)
