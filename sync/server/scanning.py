"""Pages of a first sync: what sets the workspace up, then what is worked on, then everything, the newest first.

A page is filled from one kind of rows after the other. It goes on behind the last id of the one before, so it costs the
same wherever it is; no row that was changed after the version that the scan is pinned to is in one, so a place means
the same however long the scan takes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from agent_desktop.domain.conversation import Conversation, ReadMarker
from agent_desktop.domain.customer import Customer, Identity, Organization
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.domain.rows import Entity
from agent_desktop.store.database import Statements
from agent_desktop.store.schema import WORKED_ON
from sync.protocol.messages import TableRows
from sync.server.many import AMONG, Among
from sync.server.schema import ServerSchema

_MANY: tuple[type[Entity], ...] = (
    ReadMarker,
    Conversation,
    Customer,
    Identity,
    Organization,
    Message,
    Attachment,
)
"""What a workspace has many of, in the order in which it is scanned. All else comes first."""
_ACTIVE = "active"
FIRST_ROWS = 1_000
"""The first page is small, so that there is soon something to work on."""
_ROWS_OF_ONE = 6
"""So many rows go with a conversation that is worked on: customer, addresses, last messages."""

Tables = dict[str, list[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Pin:
    """What a scan is held to: a version, and the scopes that are scanned."""

    version: int
    scopes: Collection[str]


class Scanner:
    """Reads pages, in a snapshot."""

    def __init__(self, schema: ServerSchema) -> None:
        self._tables = schema.tables
        self._columns = {mapping.entity.table: list(mapping.columns) for mapping in schema.tables.all()}
        few = [mapping.entity for mapping in schema.tables.all() if mapping.entity not in _MANY]
        self._stages: dict[str, type[Entity] | None] = {entity.table: entity for entity in few}
        self._stages[_ACTIVE] = None
        self._stages.update({entity.table: entity for entity in _MANY})

    def page(
        self, connection: Statements, pin: Pin, after: str | None, most: int
    ) -> tuple[dict[str, TableRows], str | None]:
        """The rows behind a place, and the place behind them; None at the end.

        Raises ValueError for a place that no scan gave.
        """
        names = list(self._stages)
        first, _, last_id = (after or f"{names[0]}:").partition(":")
        room = most if after else min(most, FIRST_ROWS)
        found: Tables = {}
        for index in range(names.index(first), len(names)):
            entity = self._stages[names[index]]
            if entity is None:
                limit = max(1, room // _ROWS_OF_ONE)
                tables = self._active(connection, pin, last_id, limit)
                leading = tables[Conversation.table]
            else:
                limit = room
                leading = self._rows(connection, pin, entity, last_id, limit)
                tables = {entity.table: leading}
            for table, rows in tables.items():
                found.setdefault(table, []).extend(rows)
            if len(leading) == limit:
                return self._as_rows(found), f"{names[index]}:{leading[-1][0]}"
            room -= sum(map(len, tables.values()))
            if room <= 0 and index + 1 < len(names):
                return self._as_rows(found), f"{names[index + 1]}:"
            last_id = ""
        return self._as_rows(found), None

    def _as_rows(self, found: Tables) -> dict[str, TableRows]:
        return {
            table: TableRows(columns=self._columns[table], rows=rows) for table, rows in found.items() if rows
        }

    def _rows(
        self,
        connection: Statements,
        pin: Pin,
        entity: type[Entity],
        last_id: str,
        most: int,
        condition: str = "",
        *values: Any,
    ) -> list[Sequence[Any]]:
        where, wanted = f"ver <= ? AND scope {AMONG}", [pin.version, Among(pin.scopes), *values]
        if condition:
            where = f"{where} AND {condition}"
        if last_id:
            where, wanted = f"{where} AND id < ?", [*wanted, last_id]
        page = f"{self._tables[entity].select_all_sql} WHERE {where} ORDER BY id DESC LIMIT ?"
        return connection.execute(page, (*wanted, most)).fetchall()

    def _active(self, connection: Statements, pin: Pin, last_id: str, most: int) -> Tables:
        """Conversations that are worked on, with what a list shows of them."""
        conversations = self._rows(connection, pin, Conversation, last_id, most, WORKED_ON)
        columns = self._columns[Conversation.table]

        def named(*fields: str) -> list[str]:
            places = [columns.index(field) for field in fields]
            return sorted({row[place] for row in conversations for place in places} - {None})

        found: Tables = {Conversation.table: conversations}
        if not conversations:
            return found
        customers, messages = Among(named("customer_id")), Among(named("last_in_id", "last_out_id"))
        several = most * _ROWS_OF_ONE
        for entity, column, ids in (
            (Customer, "id", customers),
            (Identity, "customer_id", customers),
            (Message, "id", messages),
        ):
            found[entity.table] = self._rows(connection, pin, entity, "", several, f"{column} {AMONG}", ids)
        return found
