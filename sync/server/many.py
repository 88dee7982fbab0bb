"""Many rows in one statement, whichever database it is: a round trip costs more than the rows it carries."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from agent_desktop.store.database import Statements

AMONG = "IN (SELECT value FROM json_each(?))"
"""The condition, behind the name of a column, that its value is one of `Among`: the text is the same however many."""


class Among(list[Any]):
    """The values of AMONG. SQLite is given them as JSON, PostgreSQL as an array."""

    def __conform__(self, protocol: object) -> str:
        """What the standard library binds."""
        return json.dumps(self)


def is_postgres(statements: Statements) -> bool:
    """Whether these statements go to PostgreSQL, for the few texts that differ."""
    return getattr(statements, "is_postgres", False)


@dataclass(frozen=True, slots=True)
class Target:
    """Where rows are written: the columns they give, and what is done where one with the same keys is there."""

    table: str
    columns: tuple[str, ...]
    conflict: str = ""


def upserting(
    table: str, columns: Sequence[str], keys: Sequence[str], unchanged: Sequence[str] = ()
) -> Target:
    """A target where a row replaces the one with its keys; `unchanged` columns are only given to new rows."""
    kept = {*keys, *unchanged}
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name not in kept)
    return Target(table, tuple(columns), f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}")


def store_all(statements: Statements, target: Target, rows: Sequence[Sequence[Any]]) -> None:
    """Write rows, each with plain values in the order of the columns and keys of its own."""
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name in target.columns)
    into = f'INSERT INTO "{target.table}" ({names})'
    if len(rows) > 1 and is_postgres(statements):
        documents = [dict(zip(target.columns, row, strict=True)) for row in rows]
        # One value, which costs Python hardly more than one row of thirty values.
        source = f'json_populate_recordset(NULL::"{target.table}", ?)'
        statements.execute(
            f"{into} SELECT {names} FROM {source} {target.conflict}",  # noqa: S608 - names from code
            (msgspec.json.encode(documents).decode(),),
        )
        return
    insert = f"{into} VALUES ({', '.join('?' * len(target.columns))}) {target.conflict}"
    if len(rows) == 1:
        statements.execute(insert, rows[0])
    else:
        statements.executemany(insert, rows)
