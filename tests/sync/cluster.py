"""A server and its clients on real files, with a network that loses requests and answers, and crashes at will.

`check` holds a client to an independent computation: rows the server had at the client's cursor, in dicts, with the
operations that are still pending replayed on top.
"""

import json
import shutil
import sqlite3
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.clock import ManualClock, from_microseconds
from agent_desktop.domain.entities import ENTITY_BY_TABLE
from agent_desktop.domain.errors import Rejected
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.operations import decode_payload
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import User
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.mapping import EntityTables
from agent_desktop.store.purging import Purger
from agent_desktop.store.replica import Performed, Replica
from agent_desktop.store.settings import SettingStore
from sync.client.engine import SyncEngine
from sync.client.exchange import Exchange
from sync.client.local import LocalTransport
from sync.protocol.transport import Unreachable
from sync.server.backend import Backend
from sync.server.database import ServerDatabase
from sync.server.transaction import LOG
from tests.fakes import START, DictRows
from tests.sync.files import (
    TEMPLATES,
    counting,
    entity_rows,
    read,
    replayed,
    server_rows,
    visible_to,
)
from tests.sync.laws import check_fold, check_outbound, check_verdicts_are_told
from tests.sync.network import Fate, Killed, Network

CLIENT_ID = "profile.client_id"
PAGE_ROWS, SCAN_ROWS, BULK_ROWS = 5, 6, 4
"""Pages are so small that nearly every pull and scan has several, and much is stored in bulk."""
ROUNDS = 6
"""How many exchanges without faults may be needed until nothing waits."""


class Client:
    """One profile with its files, which a test may close, kill, set back and delete."""

    def __init__(
        self, name: str, user_id: Id, folder: Path, cluster: "Cluster", files: Mapping[str, bytes]
    ) -> None:
        self.name = name
        self.user_id = user_id
        self.folder = folder
        self.acknowledged: list[Id] = []
        self.made: set[Id] = set()
        self.set_back = False
        self.known_as = [f"client-{name}"]
        """By which ids the server knows it: it takes another one where its own goes on elsewhere."""
        self._cluster = cluster
        self.blobs: BlobStore | None = None
        """Its files, which most tests do without."""
        folder.mkdir()
        for file, content in files.items():
            (folder / file).write_bytes(content)
        self.open()

    @property
    def work_db(self) -> Path:
        return self.folder / "work.db"

    @property
    def replica_db(self) -> Path:
        return self.folder / "replica.db"

    def open(self) -> None:
        """Start, as the program does: whatever a crash kept from the replica becomes visible."""
        self.files = TEMPLATES.client(self.work_db, self.replica_db)
        self.network = Network(LocalTransport(self._cluster.backend, self.user_id))
        self.replica = Replica(self.files.replica, self.files.replica_schema, self.files.outbox, self.user_id)
        self.replica.bulk = BULK_ROWS
        self.replica.recover()
        clock = self._cluster.clock
        self._settings = SettingStore(self.files.work)
        client_id = self._settings.get(CLIENT_ID) or self.known_as[0]
        core = Exchange(self.replica, client_id, Random(0), self.hear, clock.now(), fork=self._fork)
        self.engine = SyncEngine(core, self.replica, self.network, clock, chores=self._purge)
        self.shown = self.visible()

    def _fork(self) -> str:
        with self.files.work.write():
            self._settings.set(CLIENT_ID, new := self._cluster.ids.new())
            self.files.outbox.renumber()
        self.known_as.append(new)
        return new

    def _purge(self) -> bool:
        return Purger(self.files, self.blobs).run()

    def hear(self, changes: ChangeSet) -> None:
        """Follow what is announced, as a window does that shows everything."""
        if changes.bulk:
            self.shown = self.visible()
        for change in changes.changes:
            assert self.shown.get(change.entity, change.id) == change.old, (
                "announced another row than was shown"
            )
            assert change.old != change.new
            if change.new is None:
                self.shown.delete(change.entity, change.id)
            else:
                self.shown.put(change.new)

    def close(self) -> None:
        self.files.close()

    def kill(self) -> None:
        """End without closing anything, and start again on what is on the disk."""
        image = self.folder.with_name(f"{self.folder.name}-killed")
        shutil.copytree(self.folder, image)
        self.close()
        shutil.rmtree(self.folder)
        image.rename(self.folder)
        self.open()

    def save(self) -> None:
        """Keep the files as they are: the disk may fall back to them when the power fails, or somebody may."""
        saved = self.folder.with_name(f"{self.folder.name}-saved")
        shutil.rmtree(saved, ignore_errors=True)
        shutil.copytree(self.folder, saved)

    def lose_power(self) -> None:
        """End without closing anything; the last commits of the replica, which are not forced to disk, are lost."""
        self._fall_back("replica.db")

    def restore_profile(self) -> None:
        """Go on with files from a backup of this computer."""
        if self._fall_back("*.db"):
            self.set_back = True
            kept = {str(row[0]) for row in self.outbox()} | {
                str(row["operation_id"]) for row in self._cluster.log()
            }
            self.acknowledged = [row_id for row_id in self.acknowledged if row_id in kept]

    def _fall_back(self, names: str) -> bool:
        saved = self.folder.with_name(f"{self.folder.name}-saved")
        if not saved.exists():
            return False
        old = {file.name: file.read_bytes() for file in saved.iterdir() if file.match(f"{names}*")}
        new = {file.name: file.read_bytes() for file in self.folder.iterdir() if not file.match(f"{names}*")}
        self.close()
        for file in self.folder.iterdir():
            file.unlink()
        for name, content in (old | new).items():
            (self.folder / name).write_bytes(content)
        self.open()
        return True

    def delete_replica(self) -> None:
        self.close()
        for file in self.folder.glob("replica.db*"):
            file.unlink()
        self.open()

    def act(self, payloads: Sequence[Record], *, together: bool = False) -> Performed | None:
        """The user does something, all or none; None when it is not possible. The server judges it `together`, or in
        parts.
        """
        operations = [replace(operation, together=together) for operation in self._operations(payloads)]
        if together:
            self._cluster.together.append(frozenset(operation.id for operation in operations))
        try:
            performed = self.replica.perform(operations)
        except Rejected:
            return None
        self.acknowledged += [operation.id for operation in operations]
        self.hear(performed.changes)
        return performed

    def act_each(self, payloads: Sequence[Record]) -> None:
        """The user does several things that have nothing to do with each other."""
        operations = self._operations(payloads)
        changes, rejected = self.replica.perform_each(operations)
        self.hear(changes)
        refused = {operation.id for operation, _ in rejected}
        self.acknowledged += [operation.id for operation in operations if operation.id not in refused]

    def _operations(self, payloads: Sequence[Record]) -> list[Operation]:
        group = self._cluster.ids.new() if len(payloads) > 1 else None
        operations = [
            Operation(
                id=self._cluster.ids.new(),
                payload=payload,
                created_at=self._cluster.clock.now(),
                seen=self.replica.state().cursor,
                group=group,
            )
            for payload in payloads
        ]
        self.made |= {operation.id for operation in operations}
        return operations

    def exchange(self, fates: Sequence[Fate] = ()) -> bool:
        """Talk to the server; False when a call was lost on the way, or the program was killed meanwhile."""
        self.network.fates = deque(fates)
        try:
            self.engine.exchange()
        except Unreachable:
            self.network.fates.clear()
            return False
        except Killed:
            self.kill()
            return False
        self.network.fates.clear()
        return True

    def outbox(self) -> list[tuple[object, ...]]:
        """Ids and numbers of all operations that the client keeps, confirmed or not."""
        return read(self.work_db, "SELECT operation_id, number FROM outbox ORDER BY position")

    def pending(self) -> list[Operation]:
        """What the user did and the server had not judged in the version that the replica stands at."""
        state = self.replica.state()
        judged = self._cluster.judged[state.epoch, state.cursor]
        rows = read(
            self.work_db,
            "SELECT operation_id, kind, version, payload, created_at, seen, group_id FROM outbox ORDER BY position",
        )
        return [
            Operation(
                id=str(row[0]),
                payload=decode_payload(str(row[1]), int(str(row[2])), str(row[3])),
                created_at=from_microseconds(int(str(row[4]))),
                seen=int(str(row[5])),
                group=None if row[6] is None else str(row[6]),
            )
            for row in rows
            if row[0] not in judged
        ]

    def visible(self) -> DictRows:
        """What the user sees."""
        return entity_rows(self.replica_db, self.files.replica_schema.tables)

    def base(self) -> list[tuple[object, ...]]:
        return read(self.replica_db, 'SELECT entity, id, "row" FROM base')

    def former(self) -> set[tuple[object, ...]]:
        """Tables and ids of rows that are of before, while everything is fetched anew."""
        return set(read(self.replica_db, "SELECT entity, id FROM former"))

    def confirmed(self) -> DictRows:
        """What the user would see without pending operations: visible rows under their base images."""
        rows = self.visible()
        for table, row_id, image in self.base():
            entity = ENTITY_BY_TABLE[str(table)]
            rows.delete(entity, str(row_id))
            if image is not None:
                mapping = self.files.replica_schema.tables[entity]
                values = json.loads(str(image))
                rows.put(mapping.row([values[name] for name in mapping.columns]))
        return rows


@dataclass
class Cluster:
    """A server with a small workspace, and its clients."""

    folder: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(START + timedelta(hours=1)))
    address: str = ""
    """A schema of PostgreSQL that the server uses instead of a file."""

    def __post_init__(self) -> None:
        self.ids = TimeOrderedIds(self.clock, counting())
        self.history: dict[tuple[str, int], DictRows] = {}
        self.together: list[frozenset[Id]] = []
        """Operations of which all happen, or none."""
        self.judged: dict[tuple[str, int], frozenset[object]] = {}
        self.clients: list[Client] = []
        self._open_server()

    @property
    def server_db(self) -> Path:
        return self.folder / "server.db"

    @property
    def tables(self) -> EntityTables:
        return TEMPLATES.server_schema.tables

    def _open_server(self) -> None:
        self.database: ServerDatabase = (
            TEMPLATES.postgres(self.address) if self.address else TEMPLATES.server(self.server_db)
        )
        self.backend = Backend(self.database, TEMPLATES.server_schema, self.clock, self.ids)
        self.backend.feed.page_rows, self.backend.feed.scan_rows = PAGE_ROWS, SCAN_ROWS
        self._remember(self.backend.hello().head)
        self.backend.store.subscribe(self._remember)

    def _remember(self, version: int) -> None:
        hello = self.backend.hello()
        assert hello.head == version
        self.history[hello.epoch, version] = self.rows()
        self.judged[hello.epoch, version] = frozenset(row["operation_id"] for row in self.log())

    def rows(self) -> DictRows:
        """What the server has."""
        return server_rows(self.database, self.tables)

    def add_client(self, user: User, *, synced: bool = False) -> Client:
        """A client of this user, new or in step with a server where nothing has happened yet."""
        files = TEMPLATES.synced(user) if synced else {}
        name = str(len(self.clients))
        client = Client(name, user.id, self.folder / f"client-{name}", self, files)
        self.clients.append(client)
        return client

    def commit(self, *payloads: Record) -> bool:
        """The server itself does something; False when it is not possible."""
        try:
            self.backend.store.commit(payloads)
        except Rejected:
            return False
        return True

    def back_up(self) -> None:
        """Keep a copy of the server's file."""
        with (
            closing(sqlite3.connect(self.server_db)) as source,
            closing(sqlite3.connect(self.folder / "backup.db")) as target,
        ):
            source.backup(target)

    def restore(self, *, silently: bool = False) -> None:
        """Bring the last backup of the server back, under a new epoch, or silently under its old one."""
        backup = self.folder / "backup.db"
        if not backup.exists():
            return
        judged = {str(row["operation_id"]) for row in self.log()}
        self.database.close()
        for file in self.folder.glob("server.db*"):
            file.unlink()
        shutil.copyfile(backup, self.server_db)
        kept = {str(row["operation_id"]) for row in self.log()}
        if not silently:
            with closing(sqlite3.connect(self.server_db)) as connection, connection:
                connection.execute("UPDATE head SET epoch = ?", (self.ids.new(),))
        self._open_server()
        for client in self.clients:
            client.network.inner = LocalTransport(self.backend, client.user_id)
            # What was confirmed and left the journal is lost with the server's disk, and that is known.
            forgotten = judged - kept - {str(row[0]) for row in client.outbox()}
            client.acknowledged = [row_id for row_id in client.acknowledged if row_id not in forgotten]

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.database.close()

    # ----- what must hold

    def check(self, client: Client) -> None:
        """Visible rows are confirmed rows with pending operations on top; base images tell one from the other."""
        state = client.replica.state()
        assert client.shown == client.visible(), f"{client.name}: not everything was announced"
        there = client.confirmed()
        former = client.former()
        come = (row for row in there if (row.table, row.id) not in former)
        assert all(row.ver <= state.cursor for row in come), f"{client.name}: newer than the cursor"
        if not state.epoch or state.scan is not None:
            return  # not exact yet, and says so
        assert not former, f"{client.name}: something was to come anew and never did"
        confirmed = visible_to(self.history[state.epoch, state.cursor], client.user_id)
        pending = client.pending()
        assert there == confirmed, f"{client.name}: confirmed rows"
        assert client.visible() == replayed(confirmed, pending, client.user_id), (
            f"{client.name}: visible rows"
        )
        assert pending or not client.base(), f"{client.name}: base without pending operations"

    def settle(self) -> None:
        """Without faults, everybody gets to the head with nothing pending, in few rounds."""
        for _ in range(ROUNDS):
            for client in self.clients:
                assert client.exchange()
                self.check(client)
            head = self.backend.hello()
            if all(client.replica.state().cursor == head.head for client in self.clients):
                break
        for client in self.clients:
            state = client.replica.state()
            assert (state.epoch, state.cursor, state.scan) == (head.epoch, head.head, None)
            assert not client.pending(), f"{client.name}: still pending"
            assert client.visible() == visible_to(self.rows(), client.user_id)
            assert client.replica.digest() == self.backend.feed.digest(client.user_id).tables

    def check_log(self) -> None:
        """Once nothing is pending: every acknowledged operation was judged, once, and its author knows."""
        log = self.log()
        check_verdicts_are_told(log, self.rows())
        for client in self.clients:
            own = [row for row in log if row["client_id"] in client.known_as]
            numbers = [(str(row["client_id"]), int(str(row["number"]))) for row in own]
            # What a client that was set back sends a second time is counted, but not done again.
            assert len(set(numbers)) == len(numbers)
            whole = [(client.known_as[0], number) for number in range(1, len(own) + 1)]
            assert client.set_back or numbers == whole, "numbers have gaps"
            judged_ids = {str(row["operation_id"]) for row in own}
            assert set(client.acknowledged) <= judged_ids <= client.made

    def check_fold(self) -> None:
        """The server's rows follow from the log of what it took, each operation once."""
        check_fold(next(iter(self.history.values())), self.log(), self.rows(), self.together)

    def check_outbound(self) -> None:
        """What goes out is what was accepted as a reply, and is neither held nor called back."""
        with self.database.read() as connection:
            out = dict(connection.execute("SELECT message_id, state FROM outbound").fetchall())
        check_outbound(out, self.rows())

    def log(self) -> list[dict[str, object]]:
        """The server's log of operations in the order in which they were judged."""
        with self.database.read() as connection:
            found = connection.execute(
                f"SELECT {', '.join(LOG.columns)} FROM operation ORDER BY ver, position"
            )
            return [dict(zip(LOG.columns, row, strict=True)) for row in found]
