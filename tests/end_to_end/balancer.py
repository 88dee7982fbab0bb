"""A proxy before the servers of a team, as it stands before two or more: each connection goes to the next one."""

import asyncio
import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress


class Balancer:
    """Hands each connection to the next of the ports that answers; where none does it is closed."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = ports
        self._turn = itertools.count()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="balancer")
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._accepted, "127.0.0.1", 0), self._loop
        ).result(20)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """End all connections."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        await deafen(self._server)
        await end_all()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.CancelledError):
                await self._carry(reader, writer)
        finally:
            await closed(writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(self._turn)
        for place in range(len(self._ports)):
            port = self._ports[(first + place) % len(self._ports)]
            up: list[asyncio.StreamWriter] = []
            try:
                back = await connected(port, up)
            except OSError:
                continue
            try:
                forth = up[0]
                # Where one direction ends the connection does: a server that was killed leaves nobody waiting.
                both = [asyncio.ensure_future(_pump(*pair)) for pair in ((reader, forth), (back, writer))]
                try:
                    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for half in both:
                        half.cancel()
                    await asyncio.gather(*both, return_exceptions=True)
            finally:
                for opened in up:
                    await closed(opened)
            return


async def connected(port: int, opened: list[asyncio.StreamWriter]) -> asyncio.StreamReader:
    """What comes from a port; the writer is added to what its caller closes, also when this is cancelled."""
    opening = asyncio.ensure_future(asyncio.open_connection("127.0.0.1", port))
    try:
        reader, writer = await asyncio.shield(opening)
    except asyncio.CancelledError:
        with suppress(OSError):
            await closed((await opening)[1])  # it may be open already
        raise
    opened.append(writer)
    return reader


async def closed(writer: asyncio.StreamWriter) -> None:
    """Close it, until its socket is let go."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def deafen(server: asyncio.Server) -> None:
    """Listen no more. A server that is closed while it accepts somebody loses the socket (Python 3.11)."""
    for listening in server.sockets:
        asyncio.get_running_loop().remove_reader(listening.fileno())
    await settle()
    server.close()


async def end_all() -> None:
    """End whatever runs on this loop, also what was accepted just now and has yet to begin."""
    await settle()
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
    await settle()  # what is closed lets its socket go


async def settle() -> None:
    """Let everything go on that is ready."""
    for _ in range(20):
        await asyncio.sleep(0)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65_536):
        writer.write(piece)
        await writer.drain()


@contextmanager
def balancer(ports: Sequence[int]) -> Iterator[Balancer]:
    """A proxy that is gone afterwards."""
    made = Balancer(ports)
    try:
        yield made
    finally:
        made.close()
