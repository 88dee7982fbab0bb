"""The backend inside the desktop program, for one person or a trial: no socket, no set-up."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.errors import Rejected, StoreError
from agent_desktop.domain.ids import IdSource
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import Channel
from agent_desktop.store.upgrade import prepare
from sync.server.backend import Backend
from sync.server.database import SqliteServerDatabase
from sync.server.outbound import OutboundWorker
from sync.server.ports import ChannelPort
from sync.server.schema import ServerSchema

LONGEST_WAIT_SECONDS = 20.0
_log = logging.getLogger("agent_desktop.server")

NextArrivals = Callable[[datetime], tuple[float, Sequence[Record]]]
"""Given the time, the seconds until the next arrivals and what arrives now."""


def not_connected(channel: Channel) -> ChannelPort | None:
    """No channel is connected."""
    return None


class EmbeddedServer:
    """A backend with its own thread for what is due: replies to send, and messages that arrive."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        ids: IdSource,
        port_of: Callable[[Channel], ChannelPort | None] = not_connected,
        arrivals: NextArrivals | None = None,
    ) -> None:
        schema = ServerSchema()
        self.database = SqliteServerDatabase(path)
        self.backend = Backend(self.database, schema, clock, ids)
        try:
            prepare(self.database, schema.version())
            self.backend.store.start()
        except StoreError:
            self.database.close()
            raise
        self.outbound = OutboundWorker(self.backend.store, clock, port_of)
        self._clock = clock
        self._arrivals = arrivals
        self._arrive_at = clock.now()
        self._wake = threading.Event()
        self._recovered = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="embedded-server", daemon=True)

    def start(self) -> None:
        """Begin to send and receive."""
        self.backend.store.subscribe(lambda version: self._wake.set())
        self._thread.start()

    def stop(self) -> None:
        """Finish the attempt that is running and close the file."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self.database.close()

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
                _log.warning("the embedded server waits: %s", error.detail)
                wait = LONGEST_WAIT_SECONDS
            except Exception:  # noqa: BLE001 - a border: a defect must be seen, and must not end all sending until the next start
                _log.exception("the embedded server failed")
                wait = LONGEST_WAIT_SECONDS
            self._wake.wait(wait)

    def _round(self) -> float:
        """Send and receive what is due; the seconds until something is due again."""
        if not self._recovered:
            self.outbound.recover()
            self.outbound.reconnect()
            self._recovered = True
        self.outbound.run_due()
        if self._arrivals is not None and self._clock.now() >= self._arrive_at:
            delay, payloads = self._arrivals(self._clock.now())
            self._receive(payloads)
            self._arrive_at = self._clock.now() + timedelta(seconds=delay)
        return self._seconds_to_wait()

    def _receive(self, payloads: Sequence[Record]) -> None:
        if not payloads:
            return
        try:
            self.backend.store.commit(payloads)
        except Rejected:
            # What it referred to is gone; the next arrival stands on its own.
            return

    def _seconds_to_wait(self) -> float:
        arrival = self._arrive_at if self._arrivals is not None else None
        times = [time for time in (self.outbound.next_due(), arrival) if time is not None]
        if not times:
            return LONGEST_WAIT_SECONDS
        seconds = (min(times) - self._clock.now()).total_seconds()
        return min(max(seconds, 0.01), LONGEST_WAIT_SECONDS)
