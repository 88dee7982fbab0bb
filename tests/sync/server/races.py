"""Many writers and readers on one workspace in PostgreSQL: does whoever follows with a cursor see every row?

Three ways to order rows: the version that a transaction takes under the lock, as the server does it; a number from a
SEQUENCE; and the time of writing. `python -m tests.sync.server.races` prints how many rows a reader missed.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import psycopg

from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations import encode_payload, kind_of
from agent_desktop.domain.operations.message import AddNote
from sync.protocol.messages import PushRequest, WireOperation
from sync.server.backend import Backend
from sync.server.opening import open_database
from tests.factories import ANNA, make_conversation
from tests.sync.files import TEMPLATES

WRITERS, PROCESSES, READERS = 32, 8, 3
HERE = make_conversation().id


@dataclass
class Outcome:
    """What was written, and what each reader saw of it."""

    written: set[str] = field(default_factory=set)
    seen: list[set[str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def skipped(self) -> int:
        """How many rows a reader missed, of all readers together."""
        return sum(len(self.written - seen) for seen in self.seen)


Read = Callable[[], set[str]]
"""What is new since it was last called."""


def race(writers: list[Callable[[], set[str]]], readers: list[Read]) -> Outcome:
    """Let writers write while readers follow, and read once more when all have written."""
    outcome, over = Outcome(), threading.Event()

    def follow(read: Read) -> set[str]:
        seen: set[str] = set()
        while not over.is_set():
            seen |= read()
        return seen | read()

    with ThreadPoolExecutor(len(writers) + len(readers)) as pool:
        following = [pool.submit(follow, read) for read in readers]
        try:
            for done in [pool.submit(writer) for writer in writers]:
                outcome.written |= done.result()
        finally:
            over.set()
        outcome.seen = [future.result() for future in following]
    return outcome


class Processes:
    """Several server processes of one workspace, of which each serves several writers."""

    def __init__(self, address: str, count: int = PROCESSES) -> None:
        TEMPLATES.postgres(address).close()
        schema, clock = TEMPLATES.server_schema, SystemClock()
        self.ids = TimeOrderedIds(clock)
        self.databases = [open_database(address, schema, connections=4) for _ in range(count)]
        self.backends = [Backend(database, schema, clock, self.ids) for database in self.databases]
        self.epoch = self.backends[0].hello().epoch

    def close(self) -> None:
        for database in self.databases:
            database.close()

    def note(self, message_id: str, number: int) -> WireOperation:
        """A note with this id, as an operation."""
        payload = AddNote(conversation_id=HERE, message_id=message_id, text="x")
        kind = kind_of(payload)
        return WireOperation(
            id=self.ids.new(),
            number=number,
            kind=kind.name,
            version=kind.version,
            at=1_000_000,
            seen=0,
            payload=encode_payload(payload),
        )

    def push(self, writer: int, *operations: WireOperation) -> int:
        """Hand operations of a writer to its process; the number that is expected next."""
        request = PushRequest(client_id=f"writer-{writer}", epoch=self.epoch, operations=list(operations))
        return self.backends[writer % len(self.backends)].push(ANNA.id, request).expected

    def writer(self, writer: int, pushes: int) -> Callable[[], set[str]]:
        """Pushes notes, one or two at a time."""

        def write() -> set[str]:
            written: set[str] = set()
            number = 1
            for push in range(pushes):
                new = [self.ids.new() for _ in range(1 + (push + writer) % 2)]
                notes = [self.note(message_id, number + place) for place, message_id in enumerate(new)]
                number = self.push(writer, *notes)
                written |= set(new)
            return written

        return write

    def reader(self, reader: int) -> Read:
        """Pulls, and checks that each answer has what it says, in the order of versions."""
        cursor = self.backends[0].hello().head
        columns = TEMPLATES.server_schema.tables[Message].columns
        at_id, at_version = columns.index("id"), columns.index("ver")
        backend = self.backends[reader % len(self.backends)]

        def read() -> set[str]:
            nonlocal cursor
            answer = backend.pull(ANNA.id, f"reader-{reader}", self.epoch, cursor)
            assert not answer.resync
            rows = answer.tables["message"].rows if "message" in answer.tables else []
            assert all(answer.since < row[at_version] <= answer.upto for row in rows)
            cursor = answer.upto
            return {row[at_id] for row in rows}

        return read


@contextmanager
def naive_table(address: str) -> Iterator[None]:
    """A table as one would make it without thinking of readers."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE naive (id text PRIMARY KEY, seq bigserial,"
            " updated_at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        yield
        connection.execute("DROP TABLE naive")


class Naive:
    """Writers that each commit by themselves, and readers whose cursor is a column of the rows."""

    def __init__(self, address: str, column: str, start: str) -> None:
        self._address = address
        self._column = column
        self._start = start
        self._cursors = threading.Condition()
        self._passed = False
        self._connections = ExitStack()

    def close(self) -> None:
        self._connections.close()

    def writer(self, writer: int, rows: int) -> Callable[[], set[str]]:
        """Inserts rows. The first writer commits its first one only after a reader has gone past it."""

        def write() -> set[str]:
            ids = [f"{writer}-{row}" for row in range(rows)]
            with psycopg.connect(self._address) as connection:
                for row, row_id in enumerate(ids):
                    connection.execute("INSERT INTO naive (id) VALUES (%s)", (row_id,))
                    if writer == row == 0:
                        with self._cursors:
                            self._cursors.wait_for(lambda: self._passed, 60)
                    connection.commit()
            return set(ids)

        return write

    def reader(self, reader: int) -> Read:
        """Asks for what is behind the last row it has seen."""
        cursor = self._start
        connection = self._connections.enter_context(psycopg.connect(self._address, autocommit=True))
        query = (
            f"SELECT id, {self._column}::text FROM naive WHERE {self._column} > %s ORDER BY {self._column}"
        )

        def read() -> set[str]:
            nonlocal cursor
            found = connection.execute(query.encode(), (cursor,)).fetchall()
            if found:
                cursor = found[-1][1]
                with self._cursors:
                    self._passed = True
                    self._cursors.notify_all()
            return {row[0] for row in found}

        return read


def by_version(address: str, pushes: int = 6) -> Outcome:
    """The race on the server itself."""
    processes = Processes(address)
    try:
        return race(
            [processes.writer(writer, pushes) for writer in range(WRITERS)],
            [processes.reader(reader) for reader in range(READERS)],
        )
    finally:
        processes.close()


def by_column(address: str, column: str, start: str, rows: int = 9) -> Outcome:
    """The same race with a cursor over a column."""
    with naive_table(address):
        naive = Naive(address, column, start)
        try:
            return race(
                [naive.writer(writer, rows) for writer in range(WRITERS)],
                [naive.reader(reader) for reader in range(READERS)],
            )
        finally:
            naive.close()


if __name__ == "__main__":
    from tests.postgres import PostgresServer

    server = PostgresServer()
    try:
        for name, outcome in (
            ("version under the lock", by_version(server.new_schema(), 100)),
            ("SEQUENCE", by_column(server.new_schema(), "seq", "0", 150)),
            ("updated_at", by_column(server.new_schema(), "updated_at", "-infinity", 150)),
        ):
            print(f"{name}: {outcome.skipped()} of {len(outcome.written) * len(outcome.seen)} rows missed")
    finally:
        server.remove()
