"""The authority: one write transaction at a time takes the version, judges operations, and keeps what follows.

The version is one integer per transaction, taken under the write lock, so that order of version is order of commit.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

from agent_desktop.domain.access import SYSTEM_ACTOR, SYSTEM_ID
from agent_desktop.domain.changes import Origin
from agent_desktop.domain.clock import Clock
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.operations import encode_payload, kind_of, perform
from agent_desktop.domain.operations.base import Context, Operation
from agent_desktop.domain.records import Record
from agent_desktop.domain.scopes import narrow_places
from agent_desktop.domain.workspace import Channel, CustomRole, Team, User
from agent_desktop.store.database import Statements
from agent_desktop.store.rows import SqlRows
from sync.protocol.messages import PushAnswer, PushRequest
from sync.server.audit import AuditLog
from sync.server.auditing import Auditing
from sync.server.database import ServerDatabase, Topic
from sync.server.following import Following
from sync.server.group import Group
from sync.server.judge import Judge, Push
from sync.server.many import store_all
from sync.server.members import Members
from sync.server.ports import FilePort
from sync.server.rows import VersionedRows
from sync.server.schema import ServerSchema
from sync.server.transaction import LOG, LogEntry, Transaction

MOST_AT_ONCE = 500
"""So many operations of several clients are committed together at most."""
_NEW_HEAD = (
    'INSERT INTO head ("only", version, epoch, oldest_cursor) VALUES (1, 0, ?, 0)'
    ' ON CONFLICT ("only") DO NOTHING'
)
_MEMBERSHIP = ", ".join(
    f'(SELECT max(ver) FROM "{entity.table}")'  # noqa: S608 - names
    for entity in (User, CustomRole, Team, Channel)
).join(("SELECT epoch, ", " FROM head"))
"""When somebody last may have come to see something else."""


class ServerStore:
    """The only place where operations become confirmed rows."""

    def __init__(
        self,
        database: ServerDatabase,
        schema: ServerSchema,
        clock: Clock,
        ids: IdSource,
        files: FilePort | None = None,
    ) -> None:
        self.database = database
        self.schema = schema
        self._clock = clock
        self._ids = ids
        self.audit = AuditLog()
        self._auditing = Auditing(self.audit)
        self._following = Following()
        self._judge = Judge(database, files)
        self._pushes: Group[Push, PushAnswer] = Group(self._push_all, database.is_environment, MOST_AT_ONCE)
        self._known_narrow: tuple[object, Collection[str]] = (None, frozenset())
        self._listeners: list[Callable[[int], None]] = []

    def subscribe(self, listener: Callable[[int], None]) -> None:
        """Call `listener` with the version after each commit of this process, on the committing thread.

        Commits of others are heard by `database.peers`.
        """
        self._listeners.append(listener)

    def start(self) -> None:
        """Give a new database its epoch, and one from before there were scopes its members.

        Several processes may try at once.
        """
        with self.database.write() as connection:
            found = connection.execute("SELECT version FROM head").fetchone()
            if found is None:
                connection.execute(_NEW_HEAD, (self._ids.new(),))
            else:
                rows = SqlRows(connection, self.schema.tables)
                Members().fill(connection, rows, found[0])
                if Members().part(connection, rows, found[0] + 1):
                    # Whoever is at this version is to hear of it.
                    connection.execute("UPDATE head SET version = version + 1")

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commit what is written to `rows` as the next version; nothing when nothing was written."""
        with self.database.write() as connection:
            last, epoch = connection.execute("SELECT version, epoch FROM head").fetchone()
            version = last + 1
            self.database.begin_version(connection, str(version))
            rows = VersionedRows(connection, self.schema.tables, version)
            transaction = Transaction(
                connection, rows, version, epoch, self._clock.now(), narrow=self._narrow(connection, rows)
            )
            yield transaction
            if not transaction.counts:
                return
            rows.write()
            store_all(connection, LOG, transaction.entries())
            self._auditing.follow(transaction)
            self._following.follow(transaction, rows.changes(Origin.REMOTE))
            connection.execute("UPDATE head SET version = ?", (version,))
            self.database.peers.tell(Topic.COMMIT, str(version), connection)
        for listener in self._listeners:
            listener(version)

    def _narrow(self, connection: Statements, rows: VersionedRows) -> Collection[str]:
        """The places of people who may not read all, looked for again when somebody or something of that changed."""
        changed = tuple(connection.execute(_MEMBERSHIP).fetchone())
        if self._known_narrow[0] != changed:
            self._known_narrow = (changed, narrow_places(rows))
        return self._known_narrow[1]

    def push(self, request: PushRequest, user_id: Id) -> PushAnswer:
        """Judge operations of one client, together with those of others who wait.

        Raises PermissionError for another user's client, InvalidPush for what no client of ours sends, and StoreError
        when nothing can be stored now: then nothing was recorded.
        """
        return self._pushes.submit(Push(user_id, request), max(1, len(request.operations)))

    def _push_all(self, pushes: Sequence[Push]) -> list[PushAnswer | Exception]:
        try:
            with self.transaction() as transaction:
                return self._judge.push_all(transaction, pushes)
        except Exception as error:
            if self.database.is_environment(error):
                raise
            # The database does not take what one of the operations wrote: once more, each written by itself.
            with self.transaction() as transaction:
                transaction.rows.at_once = True
                return self._judge.push_all(transaction, pushes)

    def commit(self, payloads: Sequence[Record]) -> None:
        """What the server itself does: receive messages, report deliveries, set up. All or none.

        Raises Rejected when one of them is not possible.
        """
        with self.transaction() as transaction:
            for payload in payloads:
                self.report(transaction, payload)

    def report(self, transaction: Transaction, payload: Record) -> None:
        """Do one thing of the server's own inside an open transaction."""
        now = transaction.time
        operation = Operation(id=self._ids.new(), payload=payload, created_at=now)
        context = Context(
            operation_id=operation.id,
            actor=SYSTEM_ACTOR,
            at=now,
            authoritative=True,
            received_at=now,
            narrow=transaction.narrow_now(),
        )
        perform(transaction.rows, operation, context)
        kind = kind_of(payload)
        transaction.log.append(
            LogEntry(
                operation_id=operation.id,
                client_id=SYSTEM_ID,
                number=None,
                user_id=SYSTEM_ID,
                kind=kind.name,
                kind_version=kind.version,
                payload=encode_payload(payload),
                created_at=now,
            )
        )
