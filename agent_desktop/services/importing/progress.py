"""Knows how far an import is, and how long the rest will take."""

import time
from collections.abc import Callable

from agent_desktop.services.importing.report import ImportReport, Progress

Listener = Callable[[Progress], None]

READING, ADDING = "Reading", "Adding"
READING_SHARE = 8
"""Looking through mails first takes about an eighth of the time that adding them takes."""

_FIRST_GUESS_SECONDS = 2.0
_INTERVAL_SECONDS = 0.2


class ProgressMeter:
    """Turns bytes that were read into progress for people, a few times in a second."""

    def __init__(self, listener: Listener, report: ImportReport, total_bytes: int) -> None:
        self._listener = listener
        self._report = report
        self._total = max(1, total_bytes)
        self._finished = 0
        self._started = time.monotonic()
        self._last = 0.0

    def tell(self, source: str, stage: str, bytes_read: int, *, always: bool = False) -> None:
        """A source has been read so far."""
        now = time.monotonic()
        if not always and now - self._last < _INTERVAL_SECONDS:
            return
        self._last = now
        done = min(self._total, self._finished + _weighted(stage, bytes_read))
        self._listener(
            Progress(
                source=source,
                stage=stage,
                done_bytes=done,
                total_bytes=self._total,
                added=sum(self._report.added.values()),
                already_there=sum(self._report.already_there.values()),
                skipped=self._report.skipped_count,
                remaining_seconds=self._remaining(now - self._started, done),
            )
        )

    def source_done(self, source: str, stage: str, size: int) -> None:
        """A source has been read to its end."""
        self._finished += _weighted(stage, size)
        self.tell(source, stage, 0, always=True)

    def _remaining(self, elapsed: float, done: int) -> float | None:
        if elapsed < _FIRST_GUESS_SECONDS or not done:
            return None
        return elapsed * (self._total - done) / done


def _weighted(stage: str, size: int) -> int:
    return size // READING_SHARE if stage == READING else size
