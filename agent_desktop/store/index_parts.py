"""Merges the parts of which a full-text index consists (SQLite FTS5) while nobody waits.

Every block of rows leaves a part, and a search asks each of them, which made it nearly twice as dear at a million
conversations. A few rows are left to SQLite, which merges in powers of four.
"""

from agent_desktop.store.database import Statements

PAGES = 64
"""Pages of 4 KiB that one step writes, at least: a user's action never waits longer than for one step."""
SHARE = 8
"""Merged is when one of so many rows came in blocks since: so each is written anew at most so many times."""

_SOMETHING_WAS_MERGED = 2
"""So many changes SQLite counts at least in a step that did something."""


def merging_ddl() -> str:
    """The statement that makes the note of how many rows of an index came in blocks since its parts were merged."""
    return "CREATE TABLE unmerged_text (name TEXT PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID"


def note_block(connection: Statements, index: str, rows: int) -> None:
    """Note that so many rows were put into an index together."""
    connection.execute(
        "INSERT INTO unmerged_text VALUES (?, ?) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows",
        (index, rows),
    )


def forget_blocks(connection: Statements) -> None:
    """Note that the indexes are empty."""
    connection.execute("DELETE FROM unmerged_text")


def merge_step(connection: Statements, index: str, table: str) -> bool:
    """Write a piece of an index of a table anew, as one part, where much came in blocks; True when more is left.

    It is FTS5's `optimize` in steps (https://www.sqlite.org/fts5.html#the_merge_command).
    """
    keys = f"(SELECT max(pk) FROM {table}) - (SELECT min(pk) FROM {table}) + 1"  # noqa: S608 - names from code
    due = connection.execute(
        f"SELECT 1 FROM unmerged_text WHERE name = ? AND rows * ? >= {keys}",  # noqa: S608 - names from code
        (index, SHARE),
    ).fetchone()
    if due is None:
        return False
    before = _changes(connection)
    connection.execute(f"INSERT INTO {index}({index}, rank) VALUES ('merge', ?)", (-PAGES,))  # noqa: S608 - names from code
    if _changes(connection) - before >= _SOMETHING_WAS_MERGED:
        return True
    connection.execute("DELETE FROM unmerged_text WHERE name = ?", (index,))
    return False


def _changes(connection: Statements) -> int:
    return int(connection.execute("SELECT total_changes()").fetchone()[0])
