"""Reads for import and export: is it there, one row by its id, and everything in order."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import bindparam, select

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
        # Built once: asked for each mail of an import, building it would cost more than asking.
        self._known = {
            mapping.entity: select(mapping.table.c.id).where(
                mapping.table.c.id.in_(bindparam("ids", expanding=True))
            )
            for mapping in schema.tables.all()
        }

    def get(self, entity: type[E], row_id: Id) -> E | None:
        """The row with this id, or None."""
        mapping = self._tables[entity]
        with self._database.read() as connection:
            found = connection.execute(mapping.select_by_id, {"row_id": row_id}).first()
        return None if found is None else mapping.row(found)

    def known(self, entity: type[Entity], ids: Collection[Id]) -> set[Id]:
        """Which of these ids have a row."""
        statement, wanted, found = self._known[entity], list(ids), set[Id]()
        with self._database.read() as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                part = {"ids": wanted[start : start + _AT_ONCE]}
                found.update(connection.execute(statement, part).scalars())
        return found

    def blocks(self, entity: type[E]) -> Iterator[list[E]]:
        """All rows in the order in which they came, some hundreds at a time.

        Between two blocks others may write; what they change behind is not seen again.
        """
        mapping = self._tables[entity]
        key, last = mapping.table.c.pk, -1
        while True:
            statement = select(*mapping.fields, key).where(key > last).order_by(key).limit(_AT_ONCE)
            with self._database.read() as connection:
                found = connection.execute(statement).all()
            if not found:
                return
            last = found[-1][-1]
            yield [mapping.row(values) for values in found]

    def where(self, entity: type[E], column: str, values: Sequence[str]) -> list[E]:
        """The rows whose (indexed) column has one of these values."""
        mapping, found = self._tables[entity], list[E]()
        wanted = mapping.table.c[column]
        with self._database.read() as connection:
            for start in range(0, len(values), _AT_ONCE):
                statement = select(*mapping.fields).where(wanted.in_(values[start : start + _AT_ONCE]))
                found += [mapping.row(row) for row in connection.execute(statement)]
        return found

    def count(self, entity: type[Entity]) -> int:
        """How many rows there are at most: the last key that was given."""
        key = self._tables[entity].table.c.pk
        with self._database.read() as connection:
            return connection.execute(select(key).order_by(key.desc()).limit(1)).scalar() or 0
