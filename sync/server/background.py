"""The thread of a server for what is due: replies to send, messages that arrive, conversations to move."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.errors import Rejected, StoreError
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import Channel
from sync.server.commit import ServerStore
from sync.server.compaction import Compactor
from sync.server.outbound import OutboundWorker
from sync.server.ports import ChannelPort
from sync.server.rescoping import Rescoper

LONGEST_WAIT_SECONDS = 20.0
LONGEST_STOP_SECONDS = 10.0
_log = logging.getLogger("agent_desktop.server")

NextArrivals = Callable[[datetime], tuple[float, Sequence[Record]]]
"""Given the time, the seconds until the next arrivals and what arrives now."""


def not_connected(channel: Channel) -> ChannelPort | None:
    """No channel is connected."""
    return None


class Job(Protocol):
    """Something that is done a little at a time, when nothing waits."""

    def run(self) -> bool:
        """Do a little of it; whether there may be more at once."""
        ...


class Background:
    """Sends and receives. `alone`: no other process serves the workspace, so what it was sending has ended.

    `jobs` are what is done besides.
    """

    def __init__(
        self,
        store: ServerStore,
        outbound: OutboundWorker,
        clock: Clock,
        arrivals: NextArrivals | None = None,
        *,
        alone: bool = True,
        jobs: Sequence[Job] = (),
    ) -> None:
        self._store = store
        self._outbound = outbound
        self._clock = clock
        self._arrivals = arrivals
        self._rescoper = Rescoper(store)
        self._jobs = jobs
        self._compactor = Compactor(store.database, clock)
        self._alone = alone
        self._arrive_at = clock.now()
        self._wake = threading.Event()
        self._recovered = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="server-background", daemon=True)

    def start(self) -> None:
        """Begin to send and receive."""
        self._store.subscribe(lambda version: self._wake.set())
        self._outbound.start(self._wake.set)
        self._thread.start()

    def wake(self) -> None:
        """There is something to do for one of the jobs; on any thread."""
        self._wake.set()

    def stop(self) -> None:
        """Finish what is being handed over to a provider, but for one that takes too long: it is asked next time."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        if not self._outbound.stop(LONGEST_STOP_SECONDS):
            _log.warning(
                "the program ends while a provider is being given a reply; it is asked at the next start"
            )

    def _run(self) -> None:
        while True:
            self._wake.clear()
            # Looked at after clearing, or the signal to stop could be cleared unseen.
            if self._stopping:
                return
            try:
                wait = self._round()
            except StoreError as error:
                # The disk may have room again later, and then everything goes on where it stands.
                _log.warning("the server waits to send: %s", error.detail)
                wait = LONGEST_WAIT_SECONDS
            except Exception:  # noqa: BLE001 - a border: a defect must be seen, and must not end all sending until the next start
                _log.exception("the server failed to send")
                wait = LONGEST_WAIT_SECONDS
            self._wake.wait(wait)

    def _round(self) -> float:
        """Send and receive what is due; the seconds until something is due again."""
        if not self._recovered:
            if self._alone:
                self._outbound.recover()
            self._outbound.reconnect()
            self._recovered = True
        self._outbound.run_due()
        if self._rescoper.run():
            return 0.0
        if any(job.run() for job in self._jobs):
            return 0.0
        self._compactor.run()
        if self._arrivals is not None and self._clock.now() >= self._arrive_at:
            delay, payloads = self._arrivals(self._clock.now())
            self._receive(payloads)
            self._arrive_at = self._clock.now() + timedelta(seconds=delay)
        return self._seconds_to_wait()

    def _receive(self, payloads: Sequence[Record]) -> None:
        if not payloads:
            return
        try:
            self._store.commit(payloads)
        except Rejected:
            # What it referred to is gone; the next arrival stands on its own.
            return

    def _seconds_to_wait(self) -> float:
        arrival = self._arrive_at if self._arrivals is not None else None
        times = [time for time in (self._outbound.next_due(), arrival) if time is not None]
        if not times:
            return LONGEST_WAIT_SECONDS
        seconds = (min(times) - self._clock.now()).total_seconds()
        return min(max(seconds, 0.01), LONGEST_WAIT_SECONDS)
