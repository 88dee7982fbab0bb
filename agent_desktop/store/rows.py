"""The port of handlers over SQL tables, remembering what each row was before."""

from typing import Any

from sqlalchemy import Connection, select

from agent_desktop.domain.changes import Change, ChangeSet, Origin
from agent_desktop.domain.ids import Id
from agent_desktop.domain.rows import E, Entity, Rows
from agent_desktop.store.mapping import EntityTables

Key = tuple[type[Entity], Id]


class SqlRows:
    """Rows of one transaction. Writes go through at once; `before` keeps the first image of what was touched."""

    def __init__(self, connection: Connection, tables: EntityTables) -> None:
        self._connection = connection
        self._tables = tables
        self.before: dict[Key, Entity | None] = {}

    def get(self, entity: type[E], row_id: Id) -> E | None:
        """The row with this id, or None."""
        mapping = self._tables[entity]
        found = self._connection.execute(mapping.select_by_id, {"row_id": row_id}).first()
        return None if found is None else mapping.row(found)

    def put(self, row: Entity) -> None:
        """Insert or replace the row."""
        entity = type(row)
        self._remember(entity, row.id)
        mapping = self._tables[entity]
        self._connection.execute(mapping.upsert, mapping.parameters(row))

    def delete(self, entity: type[Entity], row_id: Id) -> None:
        """Remove the row if it is there."""
        self._remember(entity, row_id)
        self._connection.execute(self._tables[entity].delete_by_id, {"row_id": row_id})

    def query(self, entity: type[E], **equal: str | int | None) -> list[E]:
        """All rows whose fields equal the given values, ordered by id."""
        mapping = self._tables[entity]
        statement = select(*mapping.fields).order_by(mapping.table.c.id)
        for name, value in equal.items():
            statement = statement.where(mapping.table.c[name] == value)
        return [mapping.row(found) for found in self._connection.execute(statement)]

    def _remember(self, entity: type[Entity], row_id: Id) -> None:
        if (entity, row_id) not in self.before:
            self.before[entity, row_id] = self.get(entity, row_id)

    def changes(self, origin: Origin) -> ChangeSet:
        """What was changed so far: rows that are as they were before are left out."""
        changes = []
        for (entity, row_id), old in self.before.items():
            new: Any = self.get(entity, row_id)
            if new != old:
                changes.append(Change(entity, row_id, old, new))
        return ChangeSet(tuple(changes), origin)


class OverlayRows:
    """Rows as they would be: an overlay of images over other rows, which stay untouched."""

    def __init__(self, below: Rows, images: dict[Key, Entity | None]) -> None:
        self._below = below
        self.images = images

    def get(self, entity: type[E], row_id: Id) -> E | None:
        """The row with this id, or None."""
        if (entity, row_id) in self.images:
            return self.images[entity, row_id]  # type: ignore[return-value]  # the key fixes the type
        return self._below.get(entity, row_id)

    def put(self, row: Entity) -> None:
        """Insert or replace the row in the overlay."""
        self.images[type(row), row.id] = row

    def delete(self, entity: type[Entity], row_id: Id) -> None:
        """Hide the row."""
        self.images[entity, row_id] = None

    def query(self, entity: type[E], **equal: str | int | None) -> list[E]:
        """All rows whose fields equal the given values, ordered by id."""
        rows: dict[Id, E] = {row.id: row for row in self._below.query(entity, **equal)}
        for (kind, row_id), image in self.images.items():
            if kind is not entity:
                continue
            rows.pop(row_id, None)
            if isinstance(image, entity) and all(
                getattr(image, key) == value for key, value in equal.items()
            ):
                rows[row_id] = image
        return [rows[row_id] for row_id in sorted(rows)]
