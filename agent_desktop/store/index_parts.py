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
_FEWEST_PARTS = 2
"""So many parts of about one size are merged, or more. SQLite leaves three otherwise, and stops at three new ones while
it has only two others in hand.
"""


def merging_ddl() -> str:
    """The statement that makes the note of how many rows of an index came in blocks since its parts were merged."""
    return (
        "CREATE TABLE unmerged_text (name TEXT PRIMARY KEY, rows INTEGER NOT NULL,"
        " begun INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID"
    )


def note_block(connection: Statements, index: str, rows: int) -> None:
    """Note that so many rows were put into an index together."""
    connection.execute(
        "INSERT INTO unmerged_text (name, rows) VALUES (?, ?)"
        " ON CONFLICT DO UPDATE SET rows = rows + excluded.rows",
        (index, rows),
    )


def forget_blocks(connection: Statements) -> None:
    """Note that the indexes are empty."""
    connection.execute("DELETE FROM unmerged_text")


def merge_step(connection: Statements, index: str, table: str) -> bool:
    """Write a piece of an index of a table anew, as one part, where much came in blocks; True when more is left."""
    keys = f"(SELECT max(pk) FROM {table}) - (SELECT min(pk) FROM {table}) + 1"  # noqa: S608 - names from code
    due = connection.execute(
        f"SELECT begun FROM unmerged_text WHERE name = ? AND (begun OR rows * ? >= {keys})",  # noqa: S608 - names from code
        (index, SHARE),
    ).fetchone()
    if due is None:
        return False
    if not due[0]:
        connection.execute("UPDATE unmerged_text SET begun = 1, rows = 0 WHERE name = ?", (index,))
    if not merge(connection, index, PAGES, begins=not due[0]):
        connection.execute("UPDATE unmerged_text SET begun = 0 WHERE name = ?", (index,))
    return True


def merge(connection: Statements, index: str, pages: int, *, begins: bool) -> bool:
    """Write so many pages of an index anew; False when there was nothing to write any more.

    It is FTS5's `optimize` in steps (https://www.sqlite.org/fts5.html#the_merge_command). Who `begins` has all parts of
    now written as one. Who did so each time would begin again with each row that is indexed meanwhile, and never end.
    """
    if begins:
        _command(connection, index, "usermerge", _FEWEST_PARTS)
    before = _changes(connection)
    _command(connection, index, "merge", -pages if begins else pages)
    return _changes(connection) - before >= _SOMETHING_WAS_MERGED


def _command(connection: Statements, index: str, command: str, number: int) -> None:
    connection.execute(f"INSERT INTO {index}({index}, rank) VALUES (?, ?)", (command, number))  # noqa: S608 - names from code


def _changes(connection: Statements) -> int:
    return int(connection.execute("SELECT total_changes()").fetchone()[0])
