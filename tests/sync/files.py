"""Files of clients and servers made from templates, and what is in them, in dicts."""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from agent_desktop.domain.access import Actor, actor_of, sees
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.errors import Rejected
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.operations import perform
from agent_desktop.domain.operations.base import Context, Operation
from agent_desktop.domain.rows import WORKSPACE_SCOPE, user_scope
from agent_desktop.domain.scopes import scopes_of as domain_scopes_of
from agent_desktop.domain.workspace import Channel, Team, User
from agent_desktop.store.bulk import encode
from agent_desktop.store.client import ClientFiles, replica_version, work_version
from agent_desktop.store.database import Database, Durability
from agent_desktop.store.mapping import EntityTables
from agent_desktop.store.schema import ReplicaSchema
from agent_desktop.store.upgrade import SchemaVersion, prepare
from sync.server.backend import Backend
from sync.server.database import ServerDatabase, SqliteServerDatabase
from sync.server.opening import open_database
from sync.server.schema import ServerSchema
from sync.server.seed import Seed
from tests.factories import small_workspace
from tests.fakes import START, DictRows


class Templates:
    """Schemas and new files, made once: making them takes longer than a whole history."""

    def __init__(self) -> None:
        self.replica_schema = ReplicaSchema()
        self.server_schema = ServerSchema()
        self._contents: dict[str, bytes] = {}
        self._synced: dict[Id, dict[str, bytes]] = {}

    def synced(self, user: User) -> dict[str, bytes]:
        """The files of a user's client in step with a server where nothing has happened yet."""
        if user.id not in self._synced:
            with TemporaryDirectory(prefix="template-") as folder:
                # A cluster is made of these files, and one of them is made by a cluster.
                from tests.sync.cluster import Cluster

                cluster = Cluster(Path(folder))
                client = cluster.add_client(user)
                assert client.exchange()
                cluster.close()
                self._synced[user.id] = {file.name: file.read_bytes() for file in client.folder.iterdir()}
        return self._synced[user.id]

    def new_work(self) -> bytes:
        """The content of a new work file."""
        return self._content("work", work_version())

    def new_replica(self) -> bytes:
        """The content of a new replica."""
        return self._content("replica", replica_version())

    def new_server(self) -> bytes:
        """The content of a server with a small workspace in which nothing has happened yet."""
        return self._content("server", self.server_schema.version())

    def client(self, work_db: Path, replica_db: Path) -> ClientFiles:
        """The files of a client, new where they are not there."""
        self._fill("work", work_db, work_version())
        self._fill("replica", replica_db, replica_version())
        work = Database(work_db, Durability.FULL)
        replica = Database(replica_db, Durability.NORMAL)
        return ClientFiles(work, replica, self.replica_schema)

    def server(self, path: Path) -> SqliteServerDatabase:
        """The file of a server, with a small workspace in it where it is new."""
        self._fill("server", path, self.server_schema.version())
        return SqliteServerDatabase(path)

    def postgres(self, address: str) -> ServerDatabase:
        """The schema of a server in PostgreSQL, with a small workspace in it where it is new."""
        database = open_database(address, self.server_schema)
        with database.read() as connection:
            new = connection.execute("SELECT 1 FROM head").fetchone() is None
        if new:
            self._seed(database)
        return database

    def _fill(self, name: str, path: Path, version: SchemaVersion) -> None:
        if not path.exists():
            path.write_bytes(self._content(name, version))

    def _content(self, name: str, version: SchemaVersion) -> bytes:
        if name not in self._contents:
            self._contents[name] = self._make(name, version)
        return self._contents[name]

    def _make(self, name: str, version: SchemaVersion) -> bytes:
        with TemporaryDirectory(prefix="template-") as folder:
            path = Path(folder) / "new.db"
            database = SqliteServerDatabase(path, Durability.NORMAL)
            prepare(database, version)
            if name == "server":
                self._seed(database)
            database.close()
            return path.read_bytes()

    def _seed(self, database: ServerDatabase) -> None:
        clock = ManualClock(START)
        store = Backend(database, self.server_schema, clock, TimeOrderedIds(clock)).store
        store.start()
        seed = Seed(database, self.server_schema)
        rows = [replace(row, ver=1) for row in small_workspace()]
        seed.add(encode(self.server_schema.tables, rows))
        seed.seal()


TEMPLATES = Templates()


def read(path: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    """The rows of a query, through a connection that nothing else uses."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql, values).fetchall()


def entity_rows(path: Path, tables: EntityTables) -> DictRows:
    """All replicated rows of a file."""
    rows = DictRows()
    with closing(sqlite3.connect(path)) as connection:
        for mapping in tables.all():
            names = ", ".join(f'"{name}"' for name in mapping.columns)
            for values in connection.execute(f'SELECT {names} FROM "{mapping.entity.table}"'):
                rows.put(mapping.row(values))
    return rows


def server_rows(database: ServerDatabase, tables: EntityTables) -> DictRows:
    """All replicated rows of a server."""
    rows = DictRows()
    with database.snapshot() as connection:
        for mapping in tables.all():
            for values in connection.execute(mapping.select_all_sql):
                rows.put(mapping.row(values))
    return rows


def scopes_of(rows: DictRows, user_id: Id) -> frozenset[str]:
    """The scopes that a user may see, as the rows stand."""
    user = rows.get(User, user_id)
    if user is None:
        return frozenset((WORKSPACE_SCOPE, user_scope(user_id)))
    return frozenset(domain_scopes_of(user, actor_of(rows, user), rows.query(Team), rows.query(Channel)))


def actor_among(rows: DictRows, user_id: Id) -> Actor:
    """The user with what they may do and see, as the rows stand."""
    user = rows.get(User, user_id) or User(id=user_id, name="")
    return actor_of(rows, user, scopes_of(rows, user_id))


def visible_to(rows: DictRows, user_id: Id) -> DictRows:
    """The rows in the scopes of a user."""
    scopes = scopes_of(rows, user_id)
    return DictRows(*(row for row in rows if sees(scopes, row.scope)))


def without_versions(rows: DictRows) -> DictRows:
    """The rows, as if all were of one transaction."""
    return DictRows(*(replace(row, ver=0) for row in rows))


def replayed(rows: DictRows, operations: Iterable[Operation], user_id: Id) -> DictRows:
    """The rows after a client's operations, of which rejected ones do nothing, nor what goes together with them."""
    refused: set[Id] = set()
    started: dict[Id, DictRows] = {}
    for operation in operations:
        group = operation.group if operation.together else None
        if group is not None:
            if group in refused:
                continue
            started.setdefault(group, rows)
        attempt = rows.copy()
        context = Context(
            operation_id=operation.id,
            actor=replace(actor_among(rows, user_id), scopes=None),
            at=operation.created_at,
            authoritative=False,
        )
        try:
            perform(attempt, operation, context)
        except Rejected:
            if group is not None:
                rows = started[group]
                refused.add(group)
            continue
        rows = attempt
    return rows


def counting() -> Callable[[int], int]:
    numbers = iter(range(1, 10**9))
    return lambda bits: next(numbers)
