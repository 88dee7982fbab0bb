"""The replica: visible rows = confirmed rows + pending operations, kept so by rewinding and replaying.

Visible rows live in the entity tables. `base` holds the confirmed image of the few rows that pending operations
touched. A local operation touches only its own rows; a delta rewinds, applies, replays and writes the difference.
"""

import json
import logging
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agent_desktop.domain.access import actor_of
from agent_desktop.domain.changes import ChangeSet, Origin
from agent_desktop.domain.entities import ENTITY_BY_TABLE
from agent_desktop.domain.errors import Rejected, StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations import inverse_of, perform
from agent_desktop.domain.operations.base import Context, Operation
from agent_desktop.domain.operations.together import units
from agent_desktop.domain.records import Record
from agent_desktop.domain.rows import Entity, Rows
from agent_desktop.domain.workspace import User
from agent_desktop.store import former, full_text, not_known, small_text
from agent_desktop.store.database import Database
from agent_desktop.store.outbox import Beside, Outbox, Pending
from agent_desktop.store.row_file import ATTACHED, RowsByTable, attached_columns, ids_of, pour, rows_in
from agent_desktop.store.rows import Key, OverlayRows, SqlRows, upsert_all
from agent_desktop.store.schema import ReplicaSchema

_log = logging.getLogger("agent_desktop.store")


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """Up to where the replica is exact. `applied` is the last outbox position whose effects are visible.

    `scan` is None when the replica is exact, else where a first sync, or one that fetches everything anew, goes on.
    """

    epoch: str = ""
    cursor: int = 0
    ack: int = 0
    applied: int = 0
    scan: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """Confirmed rows from the server, with the state that holds once they are applied."""

    epoch: str
    cursor: int
    ack: int
    rows: RowsByTable = field(default_factory=dict)
    row_file: bytes = b""
    """Further rows: see `store.row_file`."""
    removed: Mapping[str, Sequence[Id]] = field(default_factory=dict)
    lost: Sequence[str] = ()
    """Scopes of which all rows go, but for those among `rows`."""
    scan: str | None = None
    anew: bool = False
    """The replica starts from nothing: all rows go first."""
    renews: bool = False
    """All rows come anew. Those that are here stay until then, and go once nothing is left to scan, had they not come:
    whatever their versions, which a server that was restored may have given to others.
    """

    @property
    def size(self) -> int:
        """Number of rows."""
        return sum(len(rows) for _, rows in self.rows.values()) + sum(
            len(ids) for ids in self.removed.values()
        )


@dataclass(frozen=True, slots=True)
class Performed:
    """What local operations did: the changes, and the payloads that undo them (None: something cannot be)."""

    changes: ChangeSet
    undo: tuple[Record, ...] | None


_STATE = "SELECT name, value FROM replica_state"
_SET_STATE = "INSERT INTO replica_state VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


def _state_of(rows: Sequence[tuple[str, str]]) -> ReplicaState:
    return ReplicaState(**{name: json.loads(value) for name, value in rows})


class Replica:
    """The client's copy of the workspace for one user, with its outbox.

    `turn` is held from before a change until it was announced, so that changes are heard in the order of commits.
    Changes of more than `bulk` rows are announced as such: views reload instead of looking at each row.
    """

    bulk = 1_000

    def __init__(self, database: Database, schema: ReplicaSchema, outbox: Outbox, user_id: Id) -> None:
        self.database = database
        self.schema = schema
        self.outbox = outbox
        self._user_id = user_id
        self.turn = threading.RLock()

    def _context(self, operation: Operation, rows: Rows) -> Context:
        """The circumstances of an operation of the user, whose role is the one among these rows."""
        user = rows.get(User, self._user_id) or User(id=self._user_id, name="")
        return Context(
            operation_id=operation.id,
            actor=actor_of(rows, user),
            at=operation.created_at,
            authoritative=False,
        )

    def state(self) -> ReplicaState:
        """Up to where the replica is exact."""
        return _state_of(self.database.query(_STATE))

    def _state(self, connection: sqlite3.Connection) -> ReplicaState:
        return _state_of(connection.execute(_STATE).fetchall())

    @staticmethod
    def _set_state(connection: sqlite3.Connection, **values: Any) -> None:
        plain = [(name, json.dumps(value)) for name, value in values.items()]
        connection.executemany(_SET_STATE, plain)

    # ----- local operations

    def perform(self, operations: Sequence[Operation], beside: Beside | None = None) -> Performed:
        """Apply operations of the user, all or none, durable in the outbox before they become visible.

        Raises Rejected when a precondition fails, StoreError when they cannot be stored; then nothing was done.
        Once they are in the outbox they stand: should the replica fail then, they become visible later.
        """
        performed: Performed | None = None
        try:
            with self.database.write() as connection:
                rows = SqlRows(connection, self.schema.tables)
                undo: list[Record] | None = []
                for operation in operations:
                    context = self._context(operation, rows)
                    inverse = inverse_of(rows, operation, context)
                    perform(rows, operation, context)
                    undo = None if undo is None or inverse is None else [*inverse, *undo]
                self._keep_base(connection, rows.before)
                changes = rows.changes(Origin.LOCAL)
                position = self.outbox.append(operations, beside)
                performed = Performed(changes, None if undo is None else tuple(undo))
                self._set_state(connection, applied=position)
                if any(entity is Message for entity, _ in rows.before):
                    full_text.index_new(connection)
        except StoreError as error:
            if performed is None:
                raise
            _log.warning("operations are in the outbox but not visible yet: %s", error.detail)
            return Performed(ChangeSet((), Origin.LOCAL, bulk=True), performed.undo)
        return performed

    def perform_each(
        self, operations: Sequence[Operation]
    ) -> tuple[ChangeSet, list[tuple[Operation, Rejected]]]:
        """Apply many independent operations in one commit; those that are rejected are returned and left out."""
        rejected: list[tuple[Operation, Rejected]] = []
        changes: ChangeSet | None = None
        try:
            with self.database.write() as connection:
                rows = SqlRows(connection, self.schema.tables)
                taken = []
                for operation in operations:
                    try:
                        with rows.attempt():
                            perform(rows, operation, self._context(operation, rows))
                    except Rejected as verdict:
                        rejected.append((operation, verdict))
                    else:
                        taken.append(operation)
                self._keep_base(connection, rows.before)
                many = len(rows.before) > self.bulk
                shown = ChangeSet((), Origin.LOCAL, bulk=True) if many else rows.changes(Origin.LOCAL)
                if taken:
                    position = self.outbox.append(taken)
                    changes = shown
                    self._set_state(connection, applied=position)
        except StoreError as error:
            if changes is None:
                raise
            _log.warning("operations are in the outbox but not visible yet: %s", error.detail)
            return ChangeSet((), Origin.LOCAL, bulk=True), rejected
        return shown, rejected

    def recover(self) -> ChangeSet:
        """At start: make visible what the outbox holds and a crash kept from the replica.

        The whole of the pending operations is replayed, for a power cut may have taken the last commits of the
        replica, which are not forced to the disk. Without room for that they become visible later.
        """
        if self.outbox.last_position() <= self.state().applied:
            return ChangeSet()
        try:
            return self._replay()
        except StoreError as error:
            if self.database.damage_mark.exists():
                raise
            _log.warning("operations are in the outbox but not visible yet: %s", error.detail)
            return ChangeSet()

    def _replay(self) -> ChangeSet:
        state = self.state()
        return self.receive(Delta(epoch=state.epoch, cursor=state.cursor, ack=state.ack, scan=state.scan))

    def give_up(self, operation_ids: Sequence[Id]) -> ChangeSet:
        """Take pending operations back that the server has not judged and never will. Raises StoreError.

        Should the program stop in between, the next start makes visible what the outbox holds then.
        """
        self.outbox.drop(operation_ids)
        return self._replay()

    def _keep_base(self, connection: sqlite3.Connection, before: Mapping[Key, Entity | None]) -> None:
        images = [(entity.table, row_id, self._image(row)) for (entity, row_id), row in before.items()]
        connection.executemany("INSERT OR IGNORE INTO base VALUES (?, ?, ?)", images)

    def _image(self, row: Entity | None) -> str | None:
        return None if row is None else json.dumps(self.schema.tables[type(row)].parameters(row))

    def _load_base(self, connection: sqlite3.Connection) -> dict[Key, Entity | None]:
        images: dict[Key, Entity | None] = {}
        for table, row_id, text in connection.execute("SELECT entity, id, row FROM base"):
            entity = ENTITY_BY_TABLE[table]
            images[entity, row_id] = None if text is None else self._row(entity, json.loads(text))
        return images

    def _row(self, entity: type[Entity], values: Mapping[str, Any]) -> Entity:
        mapping = self.schema.tables[entity]
        return mapping.row(mapping.arranged(list(values))(list(values.values())))

    # ----- confirmed rows

    def fetch_learned(self, scan: str) -> None:
        """Go on with this scan, of all rows, where rows came with more than the program of then could keep, and this
        one knows of it. They stay as they are until they come. Raises StoreError.
        """
        with self.database.read() as connection:
            if not not_known.is_learned(connection, self.schema.tables):
                return
        _log.info("rows came with more than the program of before could keep; they are fetched again")
        with self.database.write() as connection:
            not_known.forget(connection)
            self._set_state(connection, scan=scan)

    def receive(self, delta: Delta) -> ChangeSet:
        """Apply confirmed rows and replay what is pending, with cursor and ack, in one commit."""
        if not delta.row_file:
            return self._receive(delta)
        if not self.database.attaches:
            return self._receive(replace(delta, rows={**delta.rows, **rows_in(delta.row_file)}, row_file=b""))
        with self.database.beside(delta.row_file, ATTACHED):
            return self._receive(delta)

    def _receive(self, delta: Delta) -> ChangeSet:
        if delta.lost or (delta.anew and self.state().cursor):
            self.outbox.note_leaving()  # before it does: what is left must not be forgotten
        forgets = self._forgets_words(delta)
        with self.database.write() as connection:
            if forgets:
                full_text.forget_deleted(connection, wholly=True)
            if delta.anew:
                self._empty(connection)
            if delta.renews:
                former.note_all(connection, self.schema.tables)
                not_known.forget(connection)
            elif former.is_any(connection):
                delta = self._without_former(connection, delta)
            self._note_unknown(connection, delta)
            last = self.outbox.last_position()
            pending = self.outbox.pending(delta.ack)
            base = self._load_base(connection)
            if delta.lost:
                delta = self._with_lost_rows(connection, delta, base)
            is_bulk = bool(delta.row_file) or delta.size > self.bulk
            if is_bulk:
                delta = self._store_bulk(connection, delta, base)
            if base or pending:
                changes = self._rebase(connection, delta, base, pending)
            else:
                changes = self._store(connection, delta)
            self._set_state(
                connection,
                epoch=delta.epoch,
                cursor=delta.cursor,
                ack=delta.ack,
                scan=delta.scan,
                applied=last,
            )
            full_text.index_new(connection)
            if forgets:
                full_text.forget_deleted(connection, wholly=False)
        if forgets:
            self.database.forget_deleted()
        # What went when everything was emptied was looked at by nobody.
        if delta.anew or is_bulk or len(changes.changes) > self.bulk:
            return ChangeSet((), Origin.BACKFILL, bulk=True)
        return changes

    def _forgets_words(self, delta: Delta) -> bool:
        """Whether the words of what leaves go with it: of few rows, and where a key keeps the file from whoever could
        otherwise read it; the driver that knows the key knows how, which the one of the standard library need not.
        """
        leaving = {table for table, ids in delta.removed.items() if ids}
        few = len(delta.removed.get(Message.table, ())) <= full_text.FEW
        return few and self.database.key is not None and not leaving.isdisjoint(full_text.INDEXED)

    def _note_unknown(self, connection: sqlite3.Connection, delta: Delta) -> None:
        columns = {table: names for table, (names, _) in delta.rows.items()}
        not_known.note(connection, self.schema.tables, columns)
        if delta.row_file:
            not_known.note(connection, self.schema.tables, attached_columns(connection))

    def _rebase(
        self,
        connection: sqlite3.Connection,
        delta: Delta,
        base: dict[Key, Entity | None],
        pending: Sequence[Pending],
    ) -> ChangeSet:
        visible = SqlRows(connection, self.schema.tables)
        confirmed = OverlayRows(visible, base)
        for key, row in self._images(delta):
            confirmed.images[key] = row
        replayed = OverlayRows(confirmed, {})
        for unit in units(filter(None, (item.operation() for item in pending))):
            attempt = OverlayRows(replayed, {})
            try:
                for operation in unit:
                    perform(attempt, operation, self._context(operation, attempt))
            except Rejected:
                # The server will say so too; until then the effect is simply not visible.
                continue
            replayed.images.update(attempt.images)
        connection.execute("DELETE FROM base")
        self._keep_base(connection, {key: confirmed.get(*key) for key in replayed.images})
        for key in {**confirmed.images, **replayed.images}:
            wanted = replayed.get(*key)
            if wanted == visible.get(*key):
                continue
            if wanted is None:
                visible.delete(*key)
            else:
                visible.put(wanted)
        return visible.changes(Origin.REMOTE)

    def _images(self, delta: Delta) -> list[tuple[Key, Entity | None]]:
        images: list[tuple[Key, Entity | None]] = []
        for table, (columns, rows) in delta.rows.items():
            entity = ENTITY_BY_TABLE.get(table)
            if entity is None:
                continue
            mapping = self.schema.tables[entity]
            arrange = mapping.arranged(columns)
            for values in rows:
                row = mapping.row(arrange(values))
                images.append(((entity, row.id), row))
        for table, ids in delta.removed.items():
            if table in ENTITY_BY_TABLE:
                images += [((ENTITY_BY_TABLE[table], row_id), None) for row_id in ids]
        return images

    def _without_former(self, connection: sqlite3.Connection, delta: Delta) -> Delta:
        """The delta; if it is the end, with what was to come anew and has not among the rows that are removed."""
        former.have_come(connection, delta.rows, in_a_file=bool(delta.row_file))
        if delta.scan is not None:
            return delta
        removed = {table: set(ids) for table, ids in delta.removed.items()}
        for table, ids in former.left(connection).items():
            removed.setdefault(table, set()).update(ids)
            self.outbox.note_leaving()
        former.forget(connection)
        return replace(delta, removed={table: sorted(ids) for table, ids in removed.items()})

    def _with_lost_rows(
        self, connection: sqlite3.Connection, delta: Delta, base: Mapping[Key, Entity | None]
    ) -> Delta:
        """The delta with the rows of lost scopes among those that are removed."""
        removed = {table: set(ids) for table, ids in delta.removed.items()}
        marks = ", ".join("?" * len(delta.lost))
        come = ids_of(delta.rows, connection if delta.row_file else None)
        for mapping in self.schema.tables.all():
            table = mapping.entity.table
            found = connection.execute(
                f'SELECT id FROM "{table}" WHERE scope IN ({marks})',  # noqa: S608 - names from code
                tuple(delta.lost),
            )
            # Pending operations may show a row in another scope than it has.
            touched = {row_id: row for (entity, row_id), row in base.items() if entity is mapping.entity}
            gone = {row_id for (row_id,) in found if row_id not in touched}
            gone |= {row_id for row_id, row in touched.items() if row is not None and row.scope in delta.lost}
            removed.setdefault(table, set()).update(gone - come.get(table, set()))
        return replace(delta, removed={table: sorted(ids) for table, ids in removed.items() if ids})

    def _store(self, connection: sqlite3.Connection, delta: Delta) -> ChangeSet:
        """Nothing is pending: confirmed rows are the visible rows."""
        visible = SqlRows(connection, self.schema.tables)
        for (entity, row_id), row in self._images(delta):
            if row is None:
                visible.delete(entity, row_id)
            else:
                visible.put(row)
        return visible.changes(Origin.REMOTE)

    def _store_bulk(
        self, connection: sqlite3.Connection, delta: Delta, base: Mapping[Key, Entity | None]
    ) -> Delta:
        """Store many rows as they come. What is left are those that pending operations have touched."""
        apart = {row_id for _, row_id in base}
        left_rows: dict[str, tuple[Sequence[str], Sequence[Sequence[Any]]]] = {}
        left_removed: dict[str, list[Id]] = {}
        for table, (columns, rows) in delta.rows.items():
            entity = ENTITY_BY_TABLE.get(table)
            if entity is None:
                continue
            mapping = self.schema.tables[entity]
            if apart:
                place = list(columns).index("id")
                left_rows[table] = columns, [row for row in rows if row[place] in apart]
                rows = [row for row in rows if row[place] not in apart]
            if tuple(columns) != mapping.columns:
                rows = list(map(mapping.arranged(columns), rows))
            upsert_all(connection, mapping, rows)
        if delta.row_file:
            left_rows.update(pour(connection, self.schema.tables, apart))
        for table, ids in delta.removed.items():
            if table in ENTITY_BY_TABLE:
                left_removed[table] = [row_id for row_id in ids if row_id in apart]
                gone = [(row_id,) for row_id in ids if row_id not in apart]
                connection.executemany(self.schema.tables[ENTITY_BY_TABLE[table]].delete_sql, gone)
        return replace(delta, rows=left_rows, row_file=b"", removed=left_removed)

    def _empty(self, connection: sqlite3.Connection) -> None:
        full_text.begin_anew(connection)
        for mapping in self.schema.tables.all():
            connection.execute(mapping.empty_sql)
        connection.execute("DELETE FROM base")
        former.forget(connection)
        not_known.forget(connection)

    # ----- checks

    def scopes(self) -> frozenset[str]:
        """The scopes of all confirmed rows."""
        with self.database.snapshot() as connection:
            found = {row.scope for row in self._load_base(connection).values() if row is not None}
            for mapping in self.schema.tables.all():
                sql = f'SELECT DISTINCT scope FROM "{mapping.entity.table}"'  # noqa: S608 - names from code
                found.update(scope for (scope,) in connection.execute(sql))
        return frozenset(found)

    def digest(self) -> dict[str, tuple[int, int]]:
        """By table: how many confirmed rows, and the sum of their versions. Equal to the server's at its head."""
        with self.database.snapshot() as connection:
            base = self._load_base(connection)
            result = {}
            for mapping in self.schema.tables.all():
                table = mapping.entity.table
                count, total = connection.execute(
                    f'SELECT count(*), coalesce(sum(ver), 0) FROM "{table}"'  # noqa: S608 - names from code
                ).fetchone()
                rows = SqlRows(connection, self.schema.tables)
                for (entity, row_id), row in base.items():
                    if entity is mapping.entity:
                        shown = rows.get(entity, row_id)
                        count += (row is not None) - (shown is not None)
                        total += (row.ver if row else 0) - (shown.ver if shown else 0)
                result[table] = (count, total)
        return result

    def index_small_block(self) -> bool:
        """Index one block of subjects, names and articles that cannot be found yet; True when more may be left."""
        with self.database.write() as connection:
            return small_text.index_small_block(connection)

    def index_block(self) -> bool:
        """Index one block of messages that cannot be found yet; True when more is left."""
        with self.database.write() as connection:
            return full_text.index_block(connection)

    def merge_step(self) -> bool:
        """Make searches faster by a step, where much was indexed in blocks; True when more is left."""
        with self.database.write() as connection:
            return full_text.merge_step(connection)
