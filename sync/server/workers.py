"""Threads for what waits on the database or a disk: the event loop never does."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from sync.server.refusals import busy

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """So many threads, and so many calls that may wait for one; more are refused at once, which is kinder."""

    def __init__(self, threads: int, waiting: int, name: str = "server") -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._most = threads + waiting
        self._taken = 0

    @property
    def taken(self) -> int:
        """Calls that run or wait."""
        return self._taken

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of a call on a thread. Raises a refusal with 503 when too many wait."""
        if self._taken >= self._most:
            raise busy()
        self._taken += 1
        future = self._pool.submit(_ended, partial(function, *args, **kwargs))
        loop = asyncio.get_running_loop()
        # Counted until the thread is free again, even if whoever asked has gone.
        future.add_done_callback(lambda done: loop.call_soon_threadsafe(self._free))
        return await asyncio.wrap_future(future)

    def _free(self) -> None:
        self._taken -= 1

    def close(self) -> None:
        """Wait for what runs."""
        self._pool.shutdown(cancel_futures=True)


def _ended(function: Callable[[], T]) -> T:
    """A StopIteration cannot be handed to the event loop: whoever waits would wait for ever."""
    try:
        return function()
    except StopIteration as error:
        raise RuntimeError("a call stopped an iteration that nobody had begun") from error
