"""Hundreds of listeners in a process of their own, so that what they cost is not counted with what is measured.

`python -m agent_desktop.cli.bench.listeners PORT` reads a request a line from standard input, opens a connection for
each, and says "ready" once all have been answered; from then on "all" each time that every one was told something.
"""

import asyncio
import sys

MARK = b"event: delta"
_BATCH = 100


class _Listener(asyncio.Protocol):
    def __init__(self, crowd: "_Crowd") -> None:
        self._crowd = crowd
        self._answered = False

    def data_received(self, data: bytes) -> None:
        if not self._answered:
            self._answered = True
            self._crowd.answered()
        if count := data.count(MARK):
            self._crowd.told(count)


class _Crowd:
    def __init__(self, size: int) -> None:
        self._size = size
        self._answered = 0
        self._told = 0
        self.batch_answered = asyncio.Event()

    def answered(self) -> None:
        self._answered += 1
        if self._answered % _BATCH == 0:
            self.batch_answered.set()

    def told(self, count: int) -> None:
        self._told += count
        if self._told >= self._size:
            self._told -= self._size
            print("all", flush=True)


async def _listen(port: int, requests: list[bytes]) -> None:
    loop = asyncio.get_running_loop()
    crowd = _Crowd(len(requests))
    for start in range(0, len(requests), _BATCH):
        some = requests[start : start + _BATCH]
        made = await asyncio.gather(
            *(loop.create_connection(lambda: _Listener(crowd), "127.0.0.1", port) for _ in some)
        )
        for (transport, _), request in zip(made, some, strict=True):
            transport.write(request)
        await crowd.batch_answered.wait()
        crowd.batch_answered.clear()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_listen(int(sys.argv[1]), [bytes.fromhex(line) for line in sys.stdin]))
