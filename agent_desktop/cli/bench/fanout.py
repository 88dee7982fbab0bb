"""What it costs to tell a commit to a thousand streams, against writing the same bytes to as many sockets."""

import asyncio
import socket
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from statistics import median

from argon2 import PasswordHasher

from agent_desktop.cli.bench import listeners
from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.timing import without_collector
from agent_desktop.cli.bench.workspace import BenchWorkspace
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.customer import CreateCustomer
from agent_desktop.domain.operations.message import ReceiveMessage
from agent_desktop.domain.operations.workspace import CreateWorkspace, SaveChannel, SaveUser
from agent_desktop.domain.workspace import ChannelKind
from sync.server.backend import Backend
from sync.server.blobs import Uploads
from sync.server.limits import Limits
from sync.server.opening import open_database
from sync.server.schema import ServerSchema
from sync.server.services import Services
from sync.server.serving import TeamServer, allow_many_files, bind
from sync.server.sign_in.accounts import Accounts

STREAMS, USERS, ROUNDS, WARM_UP = 1_000, 100, 15, 3
TEXT = "Dear team, the parcel with my order has arrived, but one of the two lamps is broken. " * 4


class _Office:
    """A workspace with users who listen, and a conversation in which a customer writes."""

    def __init__(self, folder: Path) -> None:
        clock = SystemClock()
        self.ids = TimeOrderedIds(clock)
        schema = ServerSchema()
        self.database = open_database(f"sqlite:///{folder / 'server.db'}", schema)
        self.clock = clock
        self.backend = Backend(self.database, schema, clock, self.ids)
        self.backend.store.start()
        self.conversation, self.customer, self.channel = (self.ids.new() for _ in range(3))
        users = [self.ids.new() for _ in range(USERS)]
        self.backend.store.commit(
            [
                CreateWorkspace(workspace_id=self.ids.new(), name="Bench"),
                SaveChannel(channel_id=self.channel, kind=ChannelKind.CHAT, name="Chat"),
                CreateCustomer(customer_id=self.customer, name="Karl Lund"),
                *(SaveUser(user_id=user, name="Somebody", email=f"{user}@example.com") for user in users),
                CreateConversation(
                    conversation_id=self.conversation,
                    customer_id=self.customer,
                    channel_id=self.channel,
                    subject="A lamp is broken",
                ),
            ]
        )
        # Nobody signs in by a password here: the hash is made once and costs nothing.
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        accounts = Accounts(self.database, schema, clock, self.ids, cheap)
        self.tokens = [accounts.issue(user, "bench").token for user in users]
        uploads = Uploads(folder / "blobs", Limits().blob)
        self.services = Services(backend=self.backend, accounts=accounts, uploads=uploads, clock=clock)

    def write(self) -> None:
        """The customer writes."""
        message = ReceiveMessage(
            conversation_id=self.conversation,
            message_id=self.ids.new(),
            customer_id=self.customer,
            channel_id=self.channel,
            text=TEXT,
            sent_at=self.clock.now(),
        )
        self.backend.store.commit([message])

    def requests(self) -> list[bytes]:
        """One for each stream."""
        hello = self.backend.hello()
        line = f"GET /v1/sync/stream?epoch={hello.epoch}&since={hello.head} HTTP/1.1\r\nHost: bench\r\n"
        heads = [f"{line}Authorization: Bearer {token}\r\n\r\n".encode() for token in self.tokens]
        return heads * (STREAMS // USERS)


class _Crowd:
    """The listeners in their own process."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def at(cls, port: int, requests: list[bytes]) -> "_Crowd":
        """Connect them all."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", listeners.__name__, str(port), stdin=PIPE, stdout=PIPE
        )
        assert process.stdin is not None
        process.stdin.write("\n".join(request.hex() for request in requests).encode())
        process.stdin.close()
        crowd = cls(process)
        await crowd.says(b"ready")
        return crowd

    async def says(self, word: bytes) -> None:
        """Wait until they say so."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line.strip() == word

    async def leave(self) -> None:
        """Hang up."""
        self._process.terminate()
        await self._process.wait()


class _PlainServer:
    """Writes what it is given to every connection, and nothing else."""

    def __init__(self) -> None:
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self) -> int:
        """Listen; the port."""
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0, backlog=2_048)
        return int(self._server.sockets[0].getsockname()[1])

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self._writers.append(writer)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")

    async def tell(self, data: bytes) -> None:
        """Write to all, and wait for those that are behind."""
        for writer in self._writers:
            writer.write(data)
        for writer in self._writers:
            await writer.drain()

    def stop(self) -> None:
        """Hang up."""
        for writer in self._writers:
            writer.transport.abort()
        self._server.close()


async def _measure(office: _Office, listening: socket.socket) -> Reading:
    ready = asyncio.Event()
    server = TeamServer(office.services, ready=ready.set)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    await ready.wait()
    plain = _PlainServer()
    hears = await _Crowd.at(int(listening.getsockname()[1]), office.requests())
    hears_plainly = await _Crowd.at(await plain.start(), [b"GET / HTTP/1.1\r\n\r\n"] * STREAMS)
    ours: list[float] = []
    limit: list[float] = []
    size = 0
    for number in range(-WARM_UP, ROUNDS):
        office.write()
        began = time.process_time()
        await hears.says(b"all")
        spent = time.process_time() - began
        event = office.services.hub.last_event
        size = len(event)
        chunk = b"%x\r\n%s\r\n" % (size, event)
        began = time.process_time()
        await plain.tell(chunk)
        await hears_plainly.says(b"all")
        spent_plainly = time.process_time() - began
        if number >= 0:
            ours.append(spent / STREAMS * 1e6)
            limit.append(spent_plainly / STREAMS * 1e6)
    for crowd in (hears, hears_plainly):
        await crowd.leave()
    plain.stop()
    server.stop()
    await serving
    return Reading(ours=median(ours), limit=median(limit), details={"worst": max(ours), "bytes": size})


def measure(workspace: BenchWorkspace) -> Reading:
    """CPU time of the process for one delivery, in microseconds: reading, encoding and sending, but not the commit."""
    allow_many_files()
    with (
        tempfile.TemporaryDirectory(prefix="agent-desktop-bench-") as folder,
        bind("127.0.0.1:0") as listening,
    ):
        office = _Office(Path(folder))
        try:
            with without_collector():
                return asyncio.run(_measure(office, listening))
        finally:
            office.database.close()


FIGURE = Figure(
    name="fanout",
    words="telling a commit to 1,000 streams, for each, against writing the bytes with asyncio",
    unit="µs",
    target=2,
    measure=measure,
)
