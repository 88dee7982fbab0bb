"""Stand-ins that are as strict as the real thing: rows in dicts, ids that count."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.rows import E, Entity

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""When the time of tests begins: a Monday morning."""


class DictRows:
    """The port of handlers over dicts. Compares by content, and copies cheaply because rows are frozen."""

    def __init__(self, *rows: Entity) -> None:
        self._tables: dict[type[Entity], dict[Id, Entity]] = {}
        for row in rows:
            self.put(row)

    def get(self, entity: type[E], row_id: Id) -> E | None:
        """The row with this id, or None."""
        row = self._tables.get(entity, {}).get(row_id)
        assert row is None or isinstance(row, entity)
        return row

    def put(self, row: Entity) -> None:
        """Insert or replace the row."""
        self._tables.setdefault(type(row), {})[row.id] = row

    def delete(self, entity: type[Entity], row_id: Id) -> None:
        """Remove the row if it is there."""
        self._tables.get(entity, {}).pop(row_id, None)

    def query(self, entity: type[E], **equal: str | int | None) -> list[E]:
        """All rows whose fields equal the given values, ordered by id."""
        table: dict[Id, Any] = self._tables.get(entity, {})
        found = [row for row in table.values() if all(getattr(row, name) == equal[name] for name in equal)]
        return sorted(found, key=lambda row: row.id)

    def copy(self) -> "DictRows":
        """Rows of their own with the same content."""
        other = DictRows()
        other._tables = {entity: dict(table) for entity, table in self._tables.items()}
        return other

    def __iter__(self) -> Iterator[Entity]:
        for table in self._tables.values():
            yield from table.values()

    def __len__(self) -> int:
        return sum(map(len, self._tables.values()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DictRows) and self._filled() == other._filled()

    __hash__ = None  # type: ignore[assignment]  # rows change

    def _filled(self) -> dict[type[Entity], dict[Id, Entity]]:
        return {entity: table for entity, table in self._tables.items() if table}

    def __repr__(self) -> str:
        return "DictRows(\n  " + "\n  ".join(map(repr, self)) + "\n)"


class FakeIds:
    """Ids in a fixed order, each a millisecond after the one before."""

    def __init__(self, name: str = "id", start: datetime = START) -> None:
        self._name = name
        self._start = start
        self._count = 0

    def new(self) -> Id:
        """The next id."""
        self._count += 1
        return derived_id(self._start + timedelta(milliseconds=self._count), self._name, str(self._count))
