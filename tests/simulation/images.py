"""Rows of a database as dicts, read fast: a row that was seen before is the same object again."""

import json
import sqlite3

from agent_desktop.domain.entities import ENTITY_BY_TABLE
from agent_desktop.domain.rows import Entity
from agent_desktop.store.mapping import EntityTables
from tests.fakes import DictRows


class Images:
    """Reads all rows of a file. Rows are decoded once, so that comparing them is comparing objects."""

    def __init__(self, tables: EntityTables) -> None:
        self._mappings = tables.all()
        self._tables = tables
        self._known: dict[tuple[object, ...], Entity] = {}

    def read(self, connection: sqlite3.Connection) -> DictRows:
        """Everything that is visible in the file."""
        rows = DictRows()
        for mapping in self._mappings:
            for values in connection.execute(mapping.select_all_sql):
                rows.put(self._row(mapping.entity, values))
        return rows

    def confirmed(self, connection: sqlite3.Connection, visible: DictRows) -> DictRows:
        """The visible rows under the images that pending operations have changed."""
        rows = visible.copy()
        for table, row_id, text in connection.execute('SELECT entity, id, "row" FROM base'):
            entity = ENTITY_BY_TABLE[table]
            if text is None:
                rows.delete(entity, row_id)
            else:
                plain = json.loads(text)
                # An older program may have stored it, which knew less of it.
                arrange = self._tables[entity].arranged(list(plain))
                rows.put(self._row(entity, arrange(list(plain.values()))))
        return rows

    def _row(self, entity: type[Entity], values: tuple[object, ...]) -> Entity:
        key = (entity, *values)
        row = self._known.get(key)
        if row is None:
            row = self._known[key] = self._tables[entity].row(values)
        return row
