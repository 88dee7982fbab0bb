"""Runs work on hostile input in a process of its own, with a limit on time and memory.

The process starts with the first call, lives as long as it behaves and is replaced when it dies or
takes too long, so a call costs a message to and fro and nothing else. Where the operating system can, it also caps
its processor time (not Windows) and its memory (Linux: macOS refuses such a limit).
"""

import multiprocessing
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.context import SpawnProcess
from typing import Final, TypeVar

if sys.platform == "win32":
    from multiprocessing.connection import PipeConnection as Connection
else:
    from multiprocessing.connection import Connection

Result = TypeVar("Result")

MEMORY_BYTES: Final = 1024**3
START_SECONDS: Final = 60.0
"""A cold start on a busy machine; the limit on work counts from when the process is ready."""


class WorkerError(Exception):
    """The work could not be done within the limits, or broke the process that did it."""


class BoundedWorker:
    """One process that calls functions for this one; safe to use from several threads.

    `close` ends it. The functions must be importable by name, their
    arguments and results picklable.
    """

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES) -> None:
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None

    def call(self, function: Callable[..., Result], *arguments: object, seconds: float) -> Result:
        """Call `function(*arguments)` over there and return its result.

        Raises:
            WorkerError: when it takes longer than `seconds`, needs too much memory, fails or kills
                the process. The next call starts a new process.
        """
        with self._lock:
            try:
                connection = self._running()
                connection.send((function, arguments, seconds))
                if not connection.poll(seconds):
                    raise WorkerError(f"not done after {seconds:g} seconds")
                done, result = connection.recv()
            except (EOFError, OSError) as error:
                self._stop()
                raise WorkerError("the process died") from error
            except WorkerError:
                self._stop()
                raise
            if not done:
                raise WorkerError(str(result))
            value: Result = result
            return value

    def close(self) -> None:
        """End the process; a later call would start a new one."""
        with self._lock:
            self._stop()

    def _running(self) -> Connection:
        if self._connection is not None:
            return self._connection
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_serve, args=(theirs, self._memory_bytes), name="mail worker", daemon=True
        )
        process.start()
        theirs.close()
        self._process, self._connection = process, ours
        if not ours.poll(START_SECONDS):
            raise WorkerError("the process did not start")
        ours.recv()
        return ours

    def _stop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._process = self._connection = None


def _serve(connection: Connection, memory_bytes: int) -> None:
    """What the process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's business
    _answer_calls(connection, memory_bytes)


def _answer_calls(connection: Connection, memory_bytes: int) -> None:
    """Answer calls until the other side is gone."""
    if sys.platform != "win32":
        _limit_memory(memory_bytes)
    connection.send("ready")
    while True:
        try:
            function, arguments, seconds = connection.recv()
        except EOFError:
            return
        if sys.platform != "win32":
            _limit_processor(seconds)
        try:
            answer = (True, function(*arguments))
        except (MemoryError, RecursionError) as error:
            answer = (False, f"needs too much: {type(error).__name__}")
        connection.send(answer)


if sys.platform != "win32":
    import resource

    def _limit_memory(memory_bytes: int) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
        # macOS maps more than that into every process and refuses; the limit on time holds there all the same.
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))

    def _limit_processor(seconds: float) -> None:
        # A net below the parent's clock, for when the parent itself is gone.
        usage = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        limit = int(usage.ru_utime + usage.ru_stime + seconds) + 2
        if hard == resource.RLIM_INFINITY or limit < hard:
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))
