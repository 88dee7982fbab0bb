"""A TCP proxy that breaks connections in every way that networks know, by seeded chance, until it is healed."""

import asyncio
import re
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from random import Random

from agent_desktop.cli.bench.held_ports import HeldPorts
from tests.end_to_end.balancer import deafen, settle


class Fault(StrEnum):
    """What becomes of a connection."""

    REFUSE = "refuse"
    """Nobody listens."""
    ACCEPT_AND_CLOSE = "accept and close"
    RESET_AT_START = "reset at start"
    RESET_IN_REQUEST = "reset in the request"
    CUT_IN_REQUEST = "cut in the request"
    RESET_IN_ANSWER = "reset in the answer"
    CUT_IN_ANSWER = "cut in the answer"
    LOSE_ANSWER = "lose the answer"
    """The server has done it, and nobody hears."""
    DELAY = "delay"
    DRIP = "drip"
    """The answer comes byte by byte."""
    STALL = "stall"
    """The answer stops, and the connection stays."""
    BLACK_HOLE = "black hole"
    """Whatever is said, nothing comes back, and nothing arrives."""
    CORRUPT = "corrupt"
    """A byte of the answer is another. (One that makes other valid JSON is for TLS to find.)"""
    TRUNCATE = "truncate"
    """The answer is shorter, and its length says so."""
    DUPLICATE = "duplicate"
    """The request arrives twice."""
    PORTAL = "portal"
    REDIRECT = "redirect"
    BAD_GATEWAY = "bad gateway"
    UNAVAILABLE = "unavailable"


HTML = b"<html><body>Welcome. Please sign in to this network.</body></html>"


def _page(status: str, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html", f"Content-Length: {len(HTML)}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + HTML


_INSTEAD = {
    Fault.PORTAL: _page("200 OK"),
    Fault.REDIRECT: _page("302 Found", "Location: http://portal.example/"),
    Fault.BAD_GATEWAY: _page("502 Bad Gateway"),
    Fault.UNAVAILABLE: b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
}
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
Pass = Callable[[bytes], Awaitable[bool]]
"""Hands a piece on; False: no more."""


class FaultProxy:
    """Stands before a port of this computer. `fault` may be changed at any time and is for new connections;
    those that are open are broken. `rate` is which part of the connections it hits.
    """

    def __init__(self, target: int, seed: int) -> None:
        self._target = target
        self._random = Random(seed)
        self._fault: Fault | None = None
        self._rate = 1.0
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._ports = HeldPorts()  # nobody else is given it while nobody listens
        (self.port,) = self._ports.numbers
        self.hits = 0
        """How many connections the present fault has hit."""
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault proxy")
        self._thread.start()
        self._call(self._listen())

    def break_by(self, fault: Fault, rate: float = 1.0) -> None:
        """Begin to do harm."""
        self._call(self._change(fault, rate))

    def heal(self) -> None:
        """Hand everything on from now on."""
        self._call(self._change(None, 0.0))

    def close(self) -> None:
        """End all connections and the proxy."""
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._ports.close()

    # ----- on the loop's thread

    def _call(self, work: Awaitable[None]) -> None:
        asyncio.run_coroutine_threadsafe(_awaited(work), self._loop).result(20)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self.port)

    async def _deafen(self) -> None:
        if self._server is not None:
            await deafen(self._server)
            self._server = None
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await settle()  # what is closed lets its socket go

    async def _change(self, fault: Fault | None, rate: float) -> None:
        await self._deafen()
        self._fault, self._rate, self.hits = fault, rate, 0
        if fault is not Fault.REFUSE:
            await self._listen()

    async def _stop(self) -> None:
        await self._deafen()
        # Who was accepted too late for that has begun by now, and is ended as the others were.
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        await settle()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        hit = self._fault if self._random.random() < self._rate else None
        self.hits += hit is not None
        try:
            with suppress(OSError, EOFError, asyncio.CancelledError):
                await _Connection(self._target, self._random, hit, reader, writer).carry()
        finally:
            await _closed(writer)
            self._open.discard(task)


class _Connection:
    """One connection of a client, and the one to the server behind it."""

    def __init__(
        self,
        target: int,
        random: Random,
        fault: Fault | None,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._target = target
        self._random = random
        self._fault = fault
        self._reader, self._writer = reader, writer

    async def carry(self) -> None:
        match self._fault:
            case Fault.ACCEPT_AND_CLOSE:
                return
            case Fault.RESET_AT_START:
                _reset(self._writer)
            case Fault.BLACK_HOLE:
                while await self._reader.read(65_536):
                    pass
            case fault if fault in _INSTEAD:
                await self._reader.read(65_536)
                self._writer.write(_INSTEAD[fault])
                await self._writer.drain()
            case _:
                await self._between()

    async def _between(self) -> None:
        self._up: list[asyncio.StreamWriter] = []
        tasks: list[asyncio.Task[None]] = []
        try:
            upstream = await self._connected()
            twin = await self._connected() if self._fault is Fault.DUPLICATE else None
            tasks.append(asyncio.create_task(_pump(self._reader, self._request())))
            tasks.append(asyncio.create_task(_pump(upstream, self._answer())))
            if twin is not None:
                tasks.append(asyncio.create_task(_pump(twin, _ignored)))
            await asyncio.wait(tasks[:2], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for writer in self._up:
                await _closed(writer)

    async def _connected(self) -> asyncio.StreamReader:
        opening = asyncio.ensure_future(asyncio.open_connection("127.0.0.1", self._target))
        try:
            reader, writer = await asyncio.shield(opening)
        except asyncio.CancelledError:
            with suppress(OSError):
                self._up.append((await opening)[1])  # it may be open already, and is to be closed then
            raise
        self._up.append(writer)
        return reader

    def _request(self) -> Pass:
        """What becomes of what the client says."""
        left = self._random.randrange(1, 600)

        async def hand_on(piece: bytes) -> bool:
            nonlocal left
            breaks = self._fault in (Fault.RESET_IN_REQUEST, Fault.CUT_IN_REQUEST)
            if breaks and left <= len(piece):
                self._up[0].write(piece[:left])
                await self._up[0].drain()
                if self._fault is Fault.RESET_IN_REQUEST:
                    _reset(self._up[0])
                    _reset(self._writer)
                return False
            left -= len(piece)
            for writer in self._up:
                writer.write(piece)
                await writer.drain()
            return True

        return hand_on

    def _answer(self) -> Pass:
        """What becomes of what the server says."""
        left = self._random.randrange(1, 400)

        async def hand_on(piece: bytes) -> bool:
            nonlocal left
            match self._fault:
                case Fault.LOSE_ANSWER:
                    return False
                case Fault.DELAY:
                    await asyncio.sleep(self._random.uniform(0.02, 0.1))
                case Fault.DRIP:
                    for at in range(len(piece)):
                        await self._say(piece[at : at + 1])
                        await asyncio.sleep(0.02)
                    return True
                case Fault.CORRUPT:
                    piece = self._corrupted(piece)
                case Fault.TRUNCATE:
                    piece = _truncated(piece)
                case Fault.RESET_IN_ANSWER | Fault.CUT_IN_ANSWER | Fault.STALL if left <= len(piece):
                    await self._say(piece[:left])
                    if self._fault is Fault.STALL:
                        await asyncio.Event().wait()
                    if self._fault is Fault.RESET_IN_ANSWER:
                        _reset(self._writer)
                    return False
            left -= len(piece)
            await self._say(piece)
            return True

        return hand_on

    async def _say(self, piece: bytes) -> None:
        self._writer.write(piece)
        await self._writer.drain()

    def _corrupted(self, piece: bytes) -> bytes:
        start = piece.find(b"\r\n\r\n") + 4
        at = self._random.randrange(start, len(piece)) if 4 <= start < len(piece) else len(piece) - 1
        return piece[:at] + b"\xff" + piece[at + 1 :]


async def _awaited(work: Awaitable[None]) -> None:
    await work


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Close it, until its socket is let go."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def _pump(reader: asyncio.StreamReader, hand_on: Pass) -> None:
    while piece := await reader.read(65_536):
        if not await hand_on(piece):
            return


async def _ignored(piece: bytes) -> bool:
    return True


def _truncated(piece: bytes) -> bytes:
    found = _LENGTH.search(piece)
    if found is None:
        return piece[:-1]
    length = int(found[1])
    shorter = str(max(0, length - 3)).encode()
    return piece[: found.start(1)] + shorter + piece[found.end(1) :][: -min(3, length) or None]


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@contextmanager
def fault_proxy(target: int, seed: int) -> Iterator[FaultProxy]:
    """A proxy before a port, healthy at first."""
    proxy = FaultProxy(target, seed)
    try:
        yield proxy
    finally:
        proxy.close()
