"""The full-text indexes of small columns (SQLite FTS5, external content): subjects, customers, identities, articles.

Triggers keep them, but for what is fetched in bulk: indexing while loading costs more than all the rest. So each is
complete up to a key, which is beyond all keys except after a first sync; what is above it is indexed in blocks.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from agent_desktop.store.database import Statements
from agent_desktop.store.index_parts import note_block

BLOCK = 3_000
"""Rows indexed in one step of the background work."""
BEYOND = 2**63 - 1
"""Above every key."""

LONGEST_BEGINNING = 5
"""Of beginnings up to this length an index holds all matches ready."""
_BEGINNINGS = f"prefix='{' '.join(str(length) for length in range(2, LONGEST_BEGINNING + 1))}'"
WORDS = f"tokenize='unicode61 remove_diacritics 2', {_BEGINNINGS}"
STEMS = f"tokenize='porter unicode61 remove_diacritics 2', {_BEGINNINGS}"


@dataclass(frozen=True, slots=True)
class SmallIndex:
    """An index that triggers keep: of which table and columns, and how words are told apart."""

    name: str
    table: str
    columns: tuple[str, ...]
    options: str = WORDS

    @property
    def names(self) -> str:
        """The columns, as SQL lists them."""
        return ", ".join(self.columns)

    def statements(self) -> list[str]:
        """The index itself and its triggers."""
        table = self.table
        content = f"content='{table}', content_rowid='pk', {self.options}"
        return [
            f"CREATE VIRTUAL TABLE {self.name} USING fts5({self.names}, {content})",
            words_of(self.name),
            *self.triggers(),
        ]

    def triggers(self) -> list[str]:
        """What keeps the index, up to the key to which it is complete."""
        index, table, names = self.name, self.table, self.names
        new = ", ".join(f"new.{column}" for column in self.columns)
        old = ", ".join(f"old.{column}" for column in self.columns)
        put = f"INSERT INTO {index}(rowid, {names}) VALUES (new.pk, {new});"  # noqa: S608 - names from code
        drop = f"INSERT INTO {index}({index}, rowid, {names}) VALUES ('delete', old.pk, {old});"  # noqa: S608 - names from code
        held = f"pk <= (SELECT upto FROM small_text WHERE name = '{index}')"  # noqa: S608 - names from code
        changed = f"({new}) IS NOT ({old}) AND old.{held}"
        return [
            f"CREATE TRIGGER {index}_insert AFTER INSERT ON {table} WHEN new.{held} BEGIN {put} END",
            f"CREATE TRIGGER {index}_update AFTER UPDATE OF {names} ON {table} WHEN {changed} BEGIN {drop} {put} END",
            f"CREATE TRIGGER {index}_delete AFTER DELETE ON {table} WHEN old.{held} BEGIN {drop} END",
        ]


INDEXES = (
    SmallIndex("conversation_text", "conversation", ("subject",)),
    SmallIndex("customer_text", "customer", ("name", "note")),
    SmallIndex("identity_text", "identity", ("display",)),
    # Two indexes, for SQLite weighs all columns of one index by their common length.
    SmallIndex("article_title_text", "article", ("title",), STEMS),
    SmallIndex("article_body_text", "article", ("body", "category"), STEMS),
)


def words_of(index: str) -> str:
    """The statement that lets the words of an index be asked for; it stores nothing."""
    return f"CREATE VIRTUAL TABLE {index}_words USING fts5vocab({index}, instance)"


def ranges() -> Iterator[str]:
    """The statements that make the table of how far each index is complete: wholly."""
    yield "CREATE TABLE small_text (name TEXT PRIMARY KEY, upto INTEGER NOT NULL) WITHOUT ROWID"
    for index in INDEXES:
        yield f"INSERT INTO small_text VALUES ('{index.name}', {BEYOND})"  # noqa: S608 - names from code


def small_text_ddl() -> tuple[str, ...]:
    """The statements that make the indexes and their triggers."""
    return (*ranges(), *(statement for index in INDEXES for statement in index.statements()))


def forget_small(connection: Statements) -> None:
    """Index nothing until `index_small_block` does."""
    for index in INDEXES:
        connection.execute(f"INSERT INTO {index.name}({index.name}) VALUES ('delete-all')")  # noqa: S608 - names from code
    connection.execute("UPDATE small_text SET upto = 0")


def rebuild(connection: Statements) -> None:
    """Index everything anew, after rows were loaded without triggers."""
    for index in INDEXES:
        connection.execute(f"INSERT INTO {index.name}({index.name}) VALUES ('rebuild')")  # noqa: S608 - names from code
    connection.execute("UPDATE small_text SET upto = ?", (BEYOND,))


def index_small_block(connection: Statements) -> bool:
    """Index one block of what is missing; True when more may be left."""
    for index in INDEXES:
        upto = _upto(connection, index)
        if upto == BEYOND:
            continue
        last = connection.execute(
            f"SELECT max(pk) FROM (SELECT pk FROM {index.table} WHERE pk > ? ORDER BY pk LIMIT ?)",  # noqa: S608 - names
            (upto, BLOCK),
        ).fetchone()[0]
        if last is not None:
            connection.execute(
                f"INSERT INTO {index.name}(rowid, {index.names})"  # noqa: S608 - names from code
                f" SELECT pk, {index.names} FROM {index.table} WHERE pk > ? AND pk <= ?",
                (upto, last),
            )
            note_block(connection, index.name, last - upto)
        connection.execute(
            "UPDATE small_text SET upto = ? WHERE name = ?", (BEYOND if last is None else last, index.name)
        )
        return True
    return False


def _upto(connection: Statements, index: SmallIndex) -> int:
    return int(connection.execute("SELECT upto FROM small_text WHERE name = ?", (index.name,)).fetchone()[0])
