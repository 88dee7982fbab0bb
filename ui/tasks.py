"""Background work: database reads and writes leave the GUI thread and come back to it as plain values.

Two readers work side by side, and two that wait for the network; writes go one after another on a thread of their own,
so that the order in which a person does things is the order in which they happen.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import FunctionType, MethodType
from typing import Any, TypeAlias, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal, Slot
from shiboken6 import isValid

from agent_desktop.domain.errors import SENTENCES, AppError, Rejected

T = TypeVar("T")
Problem: TypeAlias = AppError | Rejected
Failed: TypeAlias = Callable[[Problem], None]

_READERS = 2


def sentence_of(problem: Problem) -> str:
    """What to tell a person about an error that was foreseen."""
    return SENTENCES[problem.reason] if isinstance(problem, Rejected) else problem.sentence


@dataclass(slots=True)
class _Job:
    """One piece of work on its way out and back."""

    work: Callable[[], Any]
    then: Callable[[Any], None] | None
    failed: Failed | None
    key: object | None
    serial: int
    outcome: Callable[[], Any]
    """Gives the result, or raises what the work raised."""


class Tasks(QObject):
    """Runs work on background threads and calls back on the thread that this object belongs to.

    `problem` carries errors that a rule or the environment caused and that no caller took; the window shows them.
    Any other exception is raised again on the GUI thread, where `sys.excepthook` receives it.
    """

    problem = Signal(object)
    _finished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="reader")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._network = ThreadPoolExecutor(_READERS, thread_name_prefix="network")
        self._latest: dict[object, int] = {}
        self._serial = 0
        self._unfinished = 0
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether the program is ending: long work looks here now and then, on any thread, and stops."""
        return self._closed

    @property
    def idle(self) -> bool:
        """Whether everything that was asked for has been delivered."""
        return self._unfinished == 0

    def read(
        self,
        work: Callable[[], T],
        then: Callable[[T], None],
        failed: Failed | None = None,
        key: object | None = None,
    ) -> None:
        """Run `work` on a reader and hand its result to `then`.

        Work with the same `key` replaces what was asked for before: an older result never arrives after this call.
        """
        self._submit(self._readers, work, then, failed, key)

    def fetch(self, work: Callable[[], T], then: Callable[[T], None], failed: Failed | None = None) -> None:
        """Like `read`, for what waits for others' servers: the readers are not kept from showing what is here."""
        self._submit(self._network, work, then, failed, None)

    def write(
        self, work: Callable[[], T], then: Callable[[T], None] | None = None, failed: Failed | None = None
    ) -> None:
        """Run `work` on the writer, after all writes asked for before it, and hand its result to `then`."""
        self._submit(self._writer, work, then, failed, None)

    def cancel(self, key: object) -> None:
        """Drop the result of the read with this key; it is not even started if it has not been yet."""
        self._latest.pop(key, None)

    def settle(self, seconds: float) -> None:
        """Stand still, before a window closes, until the writes asked for are done and delivered, or time is up."""
        wait([self._writer.submit(lambda: None)], timeout=seconds)
        QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall)

    def close(self) -> None:
        """Finish the writes, forget the reads, end the threads. Nothing is delivered afterwards."""
        self._closed = True
        self._latest.clear()
        for pool in (self._readers, self._network):
            pool.shutdown(wait=True, cancel_futures=True)
        self._writer.shutdown(wait=True)
        self._unfinished = 0

    def _submit(
        self,
        pool: ThreadPoolExecutor,
        work: Callable[[], T],
        then: Callable[[T], None] | None,
        failed: Failed | None,
        key: object | None,
    ) -> None:
        if self._closed:
            return
        self._serial += 1
        if key is not None:
            self._latest[key] = self._serial
        self._unfinished += 1
        self._start(pool, _Job(work, then, failed, key, self._serial, outcome=work))

    def _start(self, pool: ThreadPoolExecutor, job: _Job) -> None:
        future = pool.submit(self._work, job)
        job.outcome = future.result
        future.add_done_callback(lambda done: None if done.cancelled() else self._finished.emit(job))

    def _work(self, job: _Job) -> Any:
        """On a background thread."""
        return None if self._stale(job) else job.work()

    def _stale(self, job: _Job) -> bool:
        return job.key is not None and self._latest.get(job.key) != job.serial

    @Slot(object)
    def _deliver(self, job: _Job) -> None:
        if self._closed:
            return
        self._unfinished -= 1
        if self._stale(job):
            return
        if job.key is not None:
            del self._latest[job.key]
        try:
            result = job.outcome()
        except (AppError, Rejected) as problem:
            if job.failed is None:
                self.problem.emit(problem)
            elif is_alive(job.failed):
                job.failed(problem)
            return
        if job.then is not None and is_alive(job.then):
            job.then(result)


class InlineTasks(Tasks):
    """Does everything at once on the calling thread; for tests of what stands on `Tasks`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._held: list[_Job] | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let everything wait to the end of the block, as if threads were slow."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            for job in held:
                self._deliver(job)

    def _start(self, pool: ThreadPoolExecutor, job: _Job) -> None:
        if self._held is not None:
            self._held.append(job)
        else:
            self._deliver(job)


def is_alive(callback: Callable[..., None]) -> bool:
    """Whether everything that waits for the result is still there: a window may have been closed meanwhile."""
    return all(isValid(receiver) for receiver in _receivers(callback))


def _receivers(callback: object) -> Iterator[QObject]:
    """The Qt objects that a callback holds: of a bound method, of a partial one, or around a local function."""
    if isinstance(callback, QObject):
        yield callback
    elif isinstance(callback, partial):
        for part in (callback.func, *callback.args):
            yield from _receivers(part)
    elif isinstance(callback, MethodType):
        yield from _receivers(callback.__self__)
    elif isinstance(callback, FunctionType):
        for cell in callback.__closure__ or ():
            if isinstance(cell.cell_contents, QObject):
                yield cell.cell_contents
