"""Values of settings in `work.db`, as JSON by name."""

import json
from typing import Any

from agent_desktop.store.database import Database

_SET = (
    "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


class SettingStore:
    """Reads and writes plain values by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> Any:
        """The stored plain value, or None."""
        found = self._database.query("SELECT value FROM setting WHERE name = ?", (name,))
        return self._value(found[0][0]) if found else None

    def all(self) -> dict[str, Any]:
        """All stored plain values by name."""
        return {
            name: self._value(value)
            for name, value in self._database.query("SELECT name, value FROM setting")
        }

    def _value(self, text: str) -> Any:
        try:
            return json.loads(text)
        except (ValueError, TypeError) as error:
            raise self._database.damaged("a setting") from error

    def set(self, name: str, value: Any) -> None:
        """Store a plain JSON value."""
        with self._database.write() as connection:
            connection.execute(_SET, (name, json.dumps(value)))
