"""Lets each channel send on a thread of its own, so that a slow one keeps nobody waiting but itself."""

import logging
import threading
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.ids import Id

MOST = 16
"""So many channels send at once; more wait for one of them to be done."""
AFTER_FAILURE = timedelta(seconds=20)
_log = logging.getLogger("agent_desktop.server")


class Lanes:
    """Which channels send, and which are left alone for a while. Before `start` work is done where it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._done: Callable[[], None] | None = None
        self._threads: dict[Id, threading.Thread] = {}
        self._rests: dict[Id, datetime] = {}

    def start(self, done: Callable[[], None]) -> None:
        """From now on work has threads; `done` is called on them when some is over."""
        self._done = done

    def blocked(self) -> Collection[Id]:
        """The channels that send or rest now."""
        now = self._clock.now()
        with self._lock:
            # A rest never is longer than an hour: the clock was set back since.
            self._rests = {
                name: until for name, until in self._rests.items() if now < until < now + timedelta(hours=1)
            }
            return self._threads.keys() | self._rests.keys()

    @property
    def full(self) -> bool:
        """Whether no other channel can begin before one is done."""
        with self._lock:
            return len(self._threads) >= MOST

    def wakes_at(self) -> datetime | None:
        """When the first channel has rested enough; None when none rests."""
        with self._lock:
            return min(self._rests.values(), default=None)

    def rest(self, channel_id: Id, pause: timedelta) -> None:
        """Leave a channel alone for a while."""
        with self._lock:
            self._rests[channel_id] = self._clock.now() + pause

    def run(self, channel_id: Id, work: Callable[[], int]) -> int:
        """Do work of one channel, or begin it; how much of it is done already."""
        if self._done is None:
            return work()
        with self._lock:
            if channel_id in self._threads or len(self._threads) >= MOST:
                return 0
            thread = threading.Thread(
                target=self._work, args=(channel_id, work), name=f"send-{channel_id[-6:]}", daemon=True
            )
            thread.start()
            self._threads[channel_id] = thread
        return 0

    def stop(self, seconds: float) -> bool:
        """Wait for what is being done, not longer than this; whether it is over."""
        ends = time.monotonic() + seconds
        with self._lock:
            threads = list(self._threads.values())
        for thread in threads:
            thread.join(max(0.0, ends - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def _work(self, channel_id: Id, work: Callable[[], int]) -> None:
        assert self._done is not None
        try:
            work()
        except StoreError as error:
            _log.warning("a channel waits to send: %s", error.detail)
            self.rest(channel_id, AFTER_FAILURE)
        except Exception:  # noqa: BLE001 - a border: a defect must be seen, and must not end all sending
            _log.exception("a channel failed to send")
            self.rest(channel_id, AFTER_FAILURE)
        finally:
            with self._lock:
                del self._threads[channel_id]
            self._done()
