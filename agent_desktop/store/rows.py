"""The port of handlers over SQL tables, remembering what each row was before."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

from agent_desktop.domain.changes import Change, ChangeSet, Origin
from agent_desktop.domain.ids import Id
from agent_desktop.domain.rows import E, Entity, Rows
from agent_desktop.store.database import Statements
from agent_desktop.store.mapping import TOGETHER, EntityMapping, EntityTables

Key = tuple[type[Entity], Id]
Equal = Mapping[str, str | int | None]


def select_equal(driver: Statements, mapping: EntityMapping[E], equal: Equal) -> list[E]:
    """All rows of a table whose fields equal the given values, ordered by id."""
    conditions = [f'"{name}" {"IS NULL" if value is None else "= ?"}' for name, value in equal.items()]
    found = driver.execute(
        f"{mapping.select_all_sql} WHERE {' AND '.join(conditions) or 'TRUE'} ORDER BY id",
        [value for value in equal.values() if value is not None],
    )
    return [mapping.row(values) for values in found]


def upsert_all(
    connection: sqlite3.Connection, mapping: EntityMapping[Any], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert or replace many rows of plain values, in the order of the mapping's columns."""
    rest = len(rows) % TOGETHER
    whole = range(0, len(rows) - rest, TOGETHER)
    connection.executemany(
        mapping.upsert_together_sql,
        (list(chain.from_iterable(rows[first : first + TOGETHER])) for first in whole),
    )
    connection.executemany(mapping.upsert_sql, rows[len(rows) - rest :])


def with_images(
    entity: type[E], found: Iterable[E], images: Mapping[Id, Entity | None], equal: Equal
) -> list[E]:
    """What was found below, as it is with these images over it; ordered by id."""
    rows: dict[Id, E] = {row.id: row for row in found if row.id not in images}
    rows |= {
        row_id: image
        for row_id, image in images.items()
        if isinstance(image, entity) and all(getattr(image, key) == value for key, value in equal.items())
    }
    return [rows[row_id] for row_id in sorted(rows)]


class SqlRows:
    """Rows of one transaction. Writes go through at once; `before` keeps the first image of what was touched.

    A row is read once: nobody else writes while the transaction lasts.
    """

    def __init__(self, statements: Statements, tables: EntityTables) -> None:
        self._statements = statements
        self._tables = tables
        self._known: dict[Key, Entity | None] = {}
        self.before: dict[Key, Entity | None] = {}

    def get(self, entity: type[E], row_id: Id) -> E | None:
        """The row with this id, or None."""
        key = (entity, row_id)
        if key not in self._known:
            mapping = self._tables[entity]
            found = self._statements.execute(mapping.select_sql, (row_id,)).fetchone()
            self._known[key] = None if found is None else mapping.row(found)
        return self._known[key]  # type: ignore[return-value]  # the key fixes the type

    def put(self, row: Entity) -> None:
        """Insert or replace the row."""
        mapping = self._tables[type(row)]
        key = self._remember(type(row), row.id)
        self._statements.execute(mapping.upsert_sql, mapping.values(row))
        self._known[key] = row

    def delete(self, entity: type[Entity], row_id: Id) -> None:
        """Remove the row if it is there."""
        key = self._remember(entity, row_id)
        self._statements.execute(self._tables[entity].delete_sql, (row_id,))
        self._known[key] = None

    def query(self, entity: type[E], **equal: str | int | None) -> list[E]:
        """All rows whose fields equal the given values, ordered by id."""
        return select_equal(self._statements, self._tables[entity], equal)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Take back everything that is written inside when an exception passes."""
        touched = len(self.before)
        self._statements.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            if (
                self._statements.in_transaction
            ):  # a full disk, or a lost connection, ends the whole transaction
                self._statements.execute("ROLLBACK TO attempt")
                self._statements.execute("RELEASE attempt")
            self._known.clear()
            while len(self.before) > touched:
                self.before.popitem()
            raise
        self._statements.execute("RELEASE attempt")

    def _remember(self, entity: type[Entity], row_id: Id) -> Key:
        key = (entity, row_id)
        if key not in self.before:
            self.before[key] = self.get(entity, row_id)
        return key

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
        images = {row_id: image for (kind, row_id), image in self.images.items() if kind is entity}
        return with_images(entity, self._below.query(entity, **equal), images, equal)
