"""The outbox: operations that the server has not confirmed yet, durable before anything else happens."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, delete, func, select, update

from agent_desktop.domain.clock import from_microseconds, to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations import decode_payload, encode_payload, kind_of
from agent_desktop.domain.operations.base import Operation
from agent_desktop.store.database import Database, driver_of
from agent_desktop.store.schema import WorkSchema


@dataclass(frozen=True, slots=True)
class Pending:
    """An operation in the outbox. `number` is its place in the client's gapless count once it was sent."""

    position: int
    operation: Operation
    number: int | None
    kind: str
    version: int
    payload: str


_APPEND = (
    "INSERT INTO outbox (operation_id, kind, version, payload, created_at, seen, group_id)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)


class Outbox:
    """Operations in the order in which they were made. Whether one is pending follows from the server's ack."""

    def __init__(self, database: Database, schema: WorkSchema) -> None:
        self._database = database
        self._table = schema.outbox

    def append(self, operations: Sequence[Operation]) -> int:
        """Store operations durably; the position of the last one."""
        with self._database.write() as connection:
            driver = driver_of(connection)
            position = 0
            for operation in operations:
                kind = kind_of(operation.payload)
                position = (
                    driver.execute(
                        _APPEND,
                        (
                            operation.id,
                            kind.name,
                            kind.version,
                            encode_payload(operation.payload),
                            to_microseconds(operation.created_at),
                            operation.seen,
                            operation.group,
                        ),
                    ).lastrowid
                    or 0
                )
        return position

    def pending(self, ack: int, limit: int | None = None) -> list[Pending]:
        """What the server has not confirmed up to `ack`, in order."""
        c = self._table.c
        statement = (
            select(self._table)
            .where((c.number.is_(None)) | (c.number > ack))
            .order_by(c.position)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [_pending(row) for row in connection.execute(statement)]

    def after(self, position: int) -> list[Pending]:
        """What was appended behind a position, in order."""
        statement = (
            select(self._table).where(self._table.c.position > position).order_by(self._table.c.position)
        )
        with self._database.read() as connection:
            return [_pending(row) for row in connection.execute(statement)]

    def count(self, ack: int) -> int:
        """How many operations the server has not confirmed up to `ack`."""
        found = self._database.query(
            "SELECT count(*) FROM outbox WHERE number IS NULL OR number > ?",
            (ack,),
        )
        return int(found[0][0])

    def numbered(self, ack: int, limit: int) -> list[Pending]:
        """The next operations to send, each with its number, which is durable before it goes on the wire."""
        found = self.pending(ack, limit)
        if all(item.number is not None for item in found):
            return found
        with self._database.write() as connection:
            highest = connection.execute(select(func.max(self._table.c.number))).scalar() or 0
            following = max(highest, ack)
            for item in found:
                if item.number is None:
                    following += 1
                    connection.execute(
                        update(self._table)
                        .where(self._table.c.position == item.position)
                        .values(number=following)
                    )
        return self.pending(ack, len(found))

    def forget(self, ack: int, before: int) -> None:
        """Remove operations confirmed up to `ack` and made before a time (microseconds since 1970)."""
        c = self._table.c
        with self._database.write() as connection:
            connection.execute(delete(self._table).where(c.number <= ack, c.created_at < before))

    def ids(self, ack: int) -> frozenset[Id]:
        """The ids of the operations that are pending."""
        c = self._table.c
        with self._database.read() as connection:
            found = connection.execute(select(c.operation_id).where((c.number.is_(None)) | (c.number > ack)))
            return frozenset(row[0] for row in found)


def _pending(row: Row[tuple[object, ...]]) -> Pending:
    values = row._mapping
    return Pending(
        position=values["position"],
        operation=Operation(
            id=values["operation_id"],
            payload=decode_payload(values["kind"], values["version"], values["payload"]),
            created_at=from_microseconds(values["created_at"]),
            seen=values["seen"],
            group=values["group_id"],
        ),
        number=values["number"],
        kind=values["kind"],
        version=values["version"],
        payload=values["payload"],
    )
