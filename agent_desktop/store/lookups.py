"""Reads for import and export: is it there, one row by its id, and everything in order."""

import json
from collections.abc import Collection, Iterator, Sequence

from agent_desktop.domain.ids import Id
from agent_desktop.domain.rows import E, Entity
from agent_desktop.store.database import Database
from agent_desktop.store.schema import ReplicaSchema

_AT_ONCE = 500


class Lookups:
    """Plain reads of any entity."""

    def __init__(self, database: Database, schema: ReplicaSchema) -> None:
        self._database = database
        self._tables = schema.tables

    def get(self, entity: type[E], row_id: Id) -> E | None:
        """The row with this id, or None."""
        mapping = self._tables[entity]
        found = self._database.query(mapping.select_sql, (row_id,))
        return mapping.row(found[0]) if found else None

    def known(self, entity: type[Entity], ids: Collection[Id]) -> set[Id]:
        """Which of these ids have a row."""
        sql = f'SELECT id FROM "{entity.table}" WHERE id IN (SELECT value FROM json_each(?))'  # noqa: S608 - names from code
        return {row[0] for row in self._database.query(sql, (json.dumps(list(ids)),))}

    def blocks(self, entity: type[E]) -> Iterator[list[E]]:
        """All rows in the order in which they came, some hundreds at a time.

        Between two blocks others may write; what they change behind is not seen again.
        """
        mapping, last = self._tables[entity], -1
        names = ", ".join(f'"{name}"' for name in mapping.columns)
        sql = f'SELECT {names}, pk FROM "{entity.table}" WHERE pk > ? ORDER BY pk LIMIT ?'  # noqa: S608 - names from code
        while found := self._database.query(sql, (last, _AT_ONCE)):
            last = found[-1][-1]
            yield [mapping.row(values) for values in found]

    def where(self, entity: type[E], column: str, values: Sequence[str]) -> list[E]:
        """The rows whose (indexed) column has one of these values."""
        mapping = self._tables[entity]
        sql = f'{mapping.select_all_sql} WHERE "{column}" IN (SELECT value FROM json_each(?))'  # noqa: S608 - names from code
        return [mapping.row(row) for row in self._database.query(sql, (json.dumps(list(values)),))]

    def count(self, entity: type[Entity]) -> int:
        """How many rows there are."""
        found = self._database.query(f'SELECT count(*) FROM "{entity.table}"')  # noqa: S608 - names from code
        return int(found[0][0])
