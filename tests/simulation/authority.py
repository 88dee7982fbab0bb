"""The server's computer: the production backend on a file in memory, which may stop and be set back to a backup."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from agent_desktop.domain.access import sees
from agent_desktop.domain.errors import Rejected
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.operations import perform
from agent_desktop.domain.operations.base import Context, Operation
from agent_desktop.domain.records import Record
from agent_desktop.domain.rows import Rows
from sync.client.calls import Answer, Call, PushCall
from sync.client.local import LocalTransport
from sync.protocol.messages import BlobState, Poke, PullAnswer, ScanAnswer, StreamedDelta, TableRows
from sync.protocol.transport import Unreachable
from sync.server.file_rights import FileAccess, note_sent
from sync.server.handlers.exchange import in_a_file
from sync.server.rescoping import Rescoper
from tests.fakes import DictRows
from tests.simulation.memory import MemoryServerDatabase
from tests.simulation.oracle import Oracle, must
from tests.simulation.parts import Parts
from tests.simulation.provider import Attempt, Post
from tests.simulation.world import NodeClock, World
from tests.sync.files import TEMPLATES, scopes_of
from tests.sync.network import Killed

T = TypeVar("T")
PAGE_ROWS, SCAN_ROWS = 12, 25
"""Pages are so small that many pulls and all scans have several."""
_FATES = tuple(attempt for attempt in Attempt if attempt is not Attempt.TAKEN)


class Authority:
    """The server, which is up or down."""

    def __init__(self, world: World, oracle: Oracle, parts: Parts, image: bytes, skew: float) -> None:
        self.world = world
        self.chance = world.chance("server")
        self.clock = NodeClock(world, skew)
        self.ids = TimeOrderedIds(self.clock, world.chance("server ids").getrandbits)
        self.poisoned: set[Id] = set()
        """Operations that a defect in their handler stops."""
        self.lethal: set[Id] = set()
        """Operations that the server does not survive."""
        self.stored: set[str] = set()
        """The files that are here."""
        self.sent_by_copies: set[Id] = set()
        """Replies that it forgot when it was restored, and that somebody holds who cannot know that they were sent."""
        self.fuse: int | None = None
        """How many commits are left until the program stops."""
        self.up = False
        self.committed: Callable[[], None] = lambda: None
        """Called after each commit that was told to streams."""
        self._backup: tuple[bytes, frozenset[str]] | None = None
        self._oracle = oracle
        self._parts = parts
        self.post = Post(self._fate, self._crash, world.chance("providers"))
        self._open(image)
        self.start()

    # ----- starting and stopping

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def _open(self, image: bytes) -> None:
        self.database = MemoryServerDatabase(image, self._at_commit)
        self._oracle.follow(self.database.only)

    def start(self) -> None:
        """Start the program."""
        if self.up:
            return
        self.fuse = None
        schema = TEMPLATES.server_schema
        self.backend = self._parts.backend(self.database, schema, self.clock, self.ids, self)
        self.backend.feed.page_rows, self.backend.feed.scan_rows = PAGE_ROWS, SCAN_ROWS
        self.backend.store.subscribe(lambda version: self.committed())
        self._deltas = self._parts.deltas(self.database, schema, self.clock)
        self._streamed = self.backend.hello().head
        self._outbound = self._parts.outbound(
            self.backend.store, self.clock, lambda channel: self._parts.port(self.post.port_of(channel))
        )
        self._rescoper = Rescoper(self.backend.store)
        self._outbound.recover()
        self._outbound.reconnect()
        self.up = True
        self.world.note("server starts at", self._streamed)

    def stop(self) -> None:
        """End without putting anything in order."""
        self.up = False
        self.world.note("server stopped")
        self.world.at(self.chance.uniform(0.5, 40), self.start)

    def _at_commit(self, after: bool) -> None:
        if after:
            self._oracle.follow(self.database.only)
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse <= 0:
                self.fuse = None
                self._crash()

    @staticmethod
    def _crash() -> None:
        raise Killed

    def _fate(self) -> Attempt:
        happens = self.world.often("provider", self.chance)
        return self.chance.choice(_FATES) if happens else Attempt.TAKEN

    # ----- what it does

    def answer(self, user_id: Id, call: Call) -> Answer | None:
        """The answer to a call; None when the server is or goes down."""
        before = self.head()
        answer = self._guarded(lambda: call.carry(LocalTransport(self.backend, user_id)))
        self._oracle.check_commits()
        if isinstance(answer, PullAnswer | ScanAnswer):
            self._check_seen(user_id, answer.tables)
        if isinstance(answer, PullAnswer | ScanAnswer) and answer.sees is not None:
            seen = scopes_of(self.rows(), user_id)
            must(seen == set(answer.sees), f"I11 {user_id} is told to see", *answer.sees)
        if isinstance(answer, ScanAnswer) and answer.count % 2:
            answer = in_a_file(
                answer
            )  # as over HTTP; half of the pages come as they do from servers that cannot
        if isinstance(call, PushCall) and call.request.epoch != before[0]:
            # What it did before the restore may have reached customers, and it does not say that it comes again.
            must(
                self.head() == before, "I6 a push that was meant for the server before its restore was taken"
            )
        return answer

    def _check_seen(self, user_id: Id, tables: Mapping[str, TableRows]) -> None:
        """I11: nobody is sent a row that they may not see now, though they might when it was written."""
        scopes = scopes_of(self.rows(), user_id)
        for name, table in tables.items():
            place = table.columns.index("scope")
            unseen = [row[place] for row in table.rows if not sees(scopes, row[place])]
            must(not unseen, f"I11 {user_id} is sent rows of {name} in", *unseen)

    def _guarded(self, what: Callable[[], T]) -> T | None:
        """Do something that may end at a commit; None when it did, or when the server is down."""
        if not self.up:
            return None
        try:
            return what()
        except Killed:
            self.stop()
            return None

    def perform(self, rows: Rows, operation: Operation, context: Context) -> None:
        """What handlers do, but for those that fail on purpose."""
        if operation.id in self.lethal:
            raise Killed
        perform(rows, operation, context)
        if operation.id in self.poisoned:
            raise ArithmeticError("a defect")

    def commit(self, payloads: Sequence[Record]) -> None:
        """The server itself does something, if it is possible."""

        def commit() -> None:
            try:
                self.backend.store.commit(payloads)
            except Rejected as rejected:
                self.world.note("server: not possible", rejected.reason.value)

        self._guarded(commit)

    def work(self) -> None:
        """What the server does by itself: send what is due, and move what does not belong where it is."""
        self._guarded(lambda: self._outbound.run_due())
        self._guarded(lambda: self._rescoper.run())

    def news(self) -> list[Callable[[Id], StreamedDelta | Poke]]:
        """What streams are told about the commits since the last time, for each user."""
        changes = self._deltas.changes(self._streamed) if self.up else None
        if changes is None:
            return []
        self._streamed = changes.upto

        def told(user_id: Id) -> StreamedDelta | Poke:
            event = changes.for_scopes(changes.seen_by(frozenset(self.backend.scopes(user_id))))
            if isinstance(event, StreamedDelta):
                self._check_seen(user_id, event.tables)
            return event

        return [told]

    def poke(self) -> Poke:
        """What a new stream is told."""
        hello = self.backend.hello()
        return Poke(epoch=hello.epoch, head=hello.head)

    def rows(self) -> DictRows:
        """What it has."""
        return self._oracle.server_rows(*self.head())

    def head(self) -> tuple[str, int]:
        """Epoch and version."""
        epoch, version = self.database.only.execute("SELECT epoch, version FROM head").fetchone()
        return epoch, version

    def log(self) -> list[dict[str, object]]:
        """The operations in the order in which they were judged."""
        found = self.database.only.execute("SELECT * FROM operation ORDER BY ver, position")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found]

    # ----- disasters

    def back_up(self) -> None:
        """Keep a copy of the file."""
        self._backup = (self.database.image(), frozenset(self.stored))

    def restore(self) -> set[Id] | None:
        """Go on with the last copy under a new epoch; the operations that it does not have any more."""
        if self._backup is None:
            return None
        before = {row["operation_id"] for row in self.log()}
        image, files = self._backup
        self.stored = set(files)
        self.up, self.fuse = False, None
        self.close()
        self._open(image)
        if not self._parts.keeps_epoch:
            with self.database.write() as connection:
                connection.execute("UPDATE head SET epoch = ?", (self.ids.new(),))
                connection.execute(
                    "UPDATE outbound SET state = 'sending', lease_until = 0 WHERE state = 'queued'"
                )
        self.start()
        return {str(row_id) for row_id in before - {row["operation_id"] for row in self.log()}}

    def tidy(self) -> None:
        """Forget what was removed long ago."""

        def tidy() -> None:
            head = self.head()[1]
            with self.database.write() as connection:
                connection.execute("DELETE FROM tombstone WHERE ver <= ?", (head,))
                connection.execute("DELETE FROM member WHERE until_ver <= ?", (head,))
                connection.execute("UPDATE head SET oldest_cursor = ?", (head,))

        self._guarded(tidy)

    # ----- files

    def has(self, sha256: str) -> bool:
        """Whether the whole file is here."""
        return sha256 in self.stored

    def took(self, user_id: Id, sha256: str) -> bool:
        """Whether this user need not send the file."""
        access = FileAccess(self.database)
        return self.has(sha256) and bool(self._guarded(lambda: access.may_name(sha256, user_id)))

    def take(self, user_id: Id, sha256: str) -> None:
        """Have a file from a user; the server may stop before it knows from whom."""

        def take() -> None:
            with self.database.write() as connection:
                note_sent(connection, sha256, user_id, self.clock.now())

        self.stored.add(sha256)
        self._guarded(take)


class Uploads:
    """The way of a user's files from one client to the server."""

    def __init__(self, authority: Authority, user_id: Id, reachable: Callable[[], bool]) -> None:
        self._authority = authority
        self._user_id = user_id
        self._reachable = reachable

    def _lose(self) -> None:
        authority = self._authority
        if not self._reachable() or authority.world.often("upload lost", authority.chance):
            raise Unreachable("lost")

    def open_blob(self, sha256: str, size: int) -> BlobState:
        """Ask how much of a file the server has."""
        self._lose()
        return BlobState(
            sha256=sha256, size=size, offset=size if self._authority.took(self._user_id, sha256) else 0
        )

    def send_blob(self, sha256: str, size: int, offset: int, chunk: bytes) -> BlobState:
        """Hand over the content."""
        self._lose()
        self._authority.take(self._user_id, sha256)
        self._lose()
        return BlobState(sha256=sha256, size=size, offset=size)

    def size_of_blob(self, sha256: str) -> int:
        """Ask how large a file is."""
        self._lose()
        return len(sha256)

    def fetch_blob(self, sha256: str, offset: int, length: int) -> bytes:
        """Nobody asks for content here."""
        raise Unreachable("not in this world")
