"""Values of settings in `work.db`, as JSON by name."""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from agent_desktop.store.database import Database
from agent_desktop.store.schema import WorkSchema


class SettingStore:
    """Reads and writes plain values by name."""

    def __init__(self, database: Database, schema: WorkSchema) -> None:
        self._database = database
        self._table = schema.setting

    def get(self, name: str) -> Any:
        """The stored plain value, or None."""
        with self._database.read() as connection:
            text = connection.execute(select(self._table.c.value).where(self._table.c.name == name)).scalar()
        return None if text is None else json.loads(text)

    def set(self, name: str, value: Any) -> None:
        """Store a plain JSON value."""
        statement = sqlite.insert(self._table).values(name=name, value=json.dumps(value))
        statement = statement.on_conflict_do_update(
            index_elements=["name"], set_={"value": statement.excluded.value}
        )
        with self._database.write() as connection:
            connection.execute(statement)
