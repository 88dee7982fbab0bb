"""A damaged work file: what can still be read of it goes into a new one, and the damaged one is kept beside it.

What waits, what is being written and the settings exist nowhere else. They are read from both ends up to what
SQLite cannot read, and beyond that from the pages themselves. Those of an encrypted file are decrypted in memory.
"""

import json
import logging
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.crypto import connect, driver_errors, unread_pages
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.database import Database, Durability
from agent_desktop.store.disk import replace, sync_file, sync_folder
from agent_desktop.store.outbox import is_sound
from agent_desktop.store.pages import Pages, plain_pages, rows_of
from agent_desktop.store.sealed_pages import decrypted_pages, image

Row = Sequence[str | int | None]
_SPARE_POSITIONS = 1_000_000
"""Where rows of the outbox may be lost, new ones get numbers that none of those had."""
_IDENTITY = re.compile(rb'((?:profile|server)\.[a-z_]{2,30})("(?:[^"\\\x00-\x1f]|\\.){1,2000}")')
"""A setting by which the profile knows whose it is, as it stands in a page whatever became of the rest of it."""
_log = logging.getLogger("agent_desktop.store")


@dataclass(frozen=True, slots=True)
class _Kind:
    """One table: what a sound row of it looks like, and by what it is known."""

    table: str
    columns: tuple[str, ...]
    is_sound: Callable[[Row], bool]
    key: Callable[[Row], object]
    absent: Row = ()
    """What the last columns of a row hold that an older program has written without them."""


def _is_json(value: object, kind: type = object) -> bool:
    try:
        return isinstance(value, str) and isinstance(json.loads(value), kind)
    except (ValueError, RecursionError):
        return False


def _is_operation(row: Row) -> bool:
    *values, numbered_at, epoch, deaths, together = row
    timed = numbered_at is None or isinstance(numbered_at, int)
    return timed and is_sound((*values, epoch, deaths, together)) and _is_json(row[4], dict)


def _is_draft(row: Row) -> bool:
    return (
        isinstance(row[0], str)
        and isinstance(row[1], str)
        and isinstance(row[3], int)
        and _is_json(row[2], dict)
    )


_OUTBOX = _Kind(
    "outbox",
    (
        "position",
        "operation_id",
        "kind",
        "version",
        "payload",
        "created_at",
        "seen",
        "group_id",
        "number",
        "numbered_at",
        "epoch",
        "deaths",
        "together",
    ),
    _is_operation,
    lambda row: row[1],
    (None, 0, 0),
)
_DRAFT = _Kind(
    "draft", ("conversation_id", "kind", "content", "updated_at"), _is_draft, lambda row: tuple(row[:2])
)
_SETTING = _Kind(
    "setting",
    ("name", "value"),
    lambda row: isinstance(row[0], str) and _is_json(row[1]),
    lambda row: row[0],
)
_KINDS = (_OUTBOX, _DRAFT, _SETTING)


@dataclass(slots=True)
class _Found:
    """What was read of one table."""

    rows: dict[object, Row] = field(default_factory=dict)
    unsound: list[Row] = field(default_factory=list)
    whole: bool = True


def is_whole(path: Path, key: DataKey | None = None) -> bool:
    """Whether everything in a work file can be read, and is what was stored."""
    try:
        with closing(connect(path, key)) as connection:
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                return False
            if key is not None and unread_pages(connection):
                return False
            found = [_read(connection, kind) for kind in _KINDS]
    except driver_errors(ValueError):
        return False
    return all(each.whole and not each.unsound for each in found)


def salvage(
    path: Path, into: Path, make: Callable[[Path], None], aside: Path, key: DataKey | None = None
) -> str:
    """Copy a damaged work file to `aside`, and what can be read of it to a new file, which `make` makes: `into` is
    there once it is complete.

    What happened, as a sentence; empty when nothing of use could be read, and nothing was done. Raises StoreError when
    there is no room.
    """
    found = _read_all(path, key)
    if not found[_SETTING.table].rows:
        return ""
    partial = into.with_suffix(".partial")
    try:
        for suffix in ("", "-wal", "-shm"):
            partial.with_name(partial.name + suffix).unlink(missing_ok=True)
        make(partial)
        _fill(partial, found, key)
        for suffix in ("", "-wal"):
            damaged = path.with_name(path.name + suffix)
            if damaged.exists():
                sync_file(Path(shutil.copy2(damaged, aside.with_name(aside.name + suffix))))
        _keep_the_rest(found, aside, key)
        sync_file(partial)
        replace(partial, into)
        sync_folder(into.parent)
    except OSError as error:
        raise StoreError(
            f"{path.name} is damaged, and there is no room to keep what can be read of it. It was left as it is."
            " Free some space and start Agent Desktop again.",
            str(error),
        ) from error
    return _told(found, aside)


def _told(found: dict[str, _Found], aside: Path) -> str:
    operations, drafts = len(found[_OUTBOX.table].rows), len(found[_DRAFT.table].rows)
    _log.warning(
        "work file was damaged: %d operations and %d drafts were read, old file %s",
        operations,
        drafts,
        aside.name,
    )
    lost = not all(each.whole and not each.unsound for each in found.values())
    return (
        f"The file with your drafts and unsent changes was damaged. {drafts:,} drafts and {operations:,} changes could"
        f" be read and are here.{' Others may be missing: look whether your last replies are there.' if lost else ''}"
        f" The damaged file is kept as {aside.name}."
    )


def _read_all(path: Path, key: DataKey | None) -> dict[str, _Found]:
    found = {kind.table: _Found(whole=False) for kind in _KINDS}
    pages = decrypted_pages(path, key) if key is not None else plain_pages(path)
    try:
        with closing(_connect(path, pages if key is not None else None)) as connection:
            for kind in _KINDS:
                found[kind.table] = _read(connection, kind)
    except (sqlite3.Error, ValueError) as error:
        _log.info("the work file cannot be opened: %s", type(error).__name__)
    if not all(each.whole for each in found.values()):
        for number, row in rows_of(pages):
            _sort_in(found, number, row)
        for name, value in _identity(pages):
            found[_SETTING.table].rows.setdefault(name, (name, value))
    return found


def _connect(path: Path, pages: Pages | None) -> sqlite3.Connection:
    """Takes text as it is, with a mark where it is none. Of an encrypted file what was decrypted is read, in memory."""
    connection = sqlite3.connect(path if pages is None else ":memory:", isolation_level=None)
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    if pages is not None:
        connection.deserialize(image(pages))
    return connection


def _read(connection: sqlite3.Connection, kind: _Kind) -> _Found:
    """The rows of a table before and behind those that cannot be read."""
    found = _Found()
    columns = ", ".join(kind.columns)
    select = f"SELECT {columns} FROM {kind.table} NOT INDEXED"  # noqa: S608 - names from code
    _scan(connection, f"{select} ORDER BY rowid", found, kind)
    if not found.whole:
        _scan(connection, f"{select} ORDER BY rowid DESC", found, kind)
    return found


def _scan(connection: sqlite3.Connection, sql: str, found: _Found, kind: _Kind) -> None:
    """Read until the end, or what cannot be read."""
    try:
        for row in connection.execute(sql):
            if kind.is_sound(row):
                found.rows.setdefault(kind.key(row), row)
            else:
                found.unsound.append(row)
    except (sqlite3.Error, ValueError):
        found.whole = False


def _sort_in(found: dict[str, _Found], number: int, row: Row) -> None:
    """A row of a page of nobody knows which table: of that whose rows look like it."""
    if len(row) == 2:
        kind = _SETTING
    elif len(row) == 4:
        kind = _DRAFT
    elif row and row[0] is None and (lacking := len(_OUTBOX.columns) - len(row)) <= len(_OUTBOX.absent):
        kind = _OUTBOX
        row = [number, *row[1:], *(kind.absent[-lacking:] if lacking > 0 else ())][: len(kind.columns)]
    else:
        return
    if kind.is_sound(row):
        found[kind.table].rows.setdefault(kind.key(row), row)


def _identity(pages: Pages) -> Iterator[tuple[str, str]]:
    for page in pages.content.values():
        for match in _IDENTITY.finditer(page):
            name, value = (part.decode("utf-8", "replace") for part in match.groups())
            if _is_json(value):
                yield name, value


def _fill(new: Path, found: dict[str, _Found], key: DataKey | None) -> None:
    outbox = found[_OUTBOX.table]
    outbox.rows = {row[1]: row for row in _placed(list(outbox.rows.values()))}
    with closing(Database(new, Durability.FULL, key)) as database, database.write() as connection:
        for kind in _KINDS:
            marks = ", ".join("?" * len(kind.columns))
            connection.executemany(
                f"INSERT OR IGNORE INTO {kind.table} ({', '.join(kind.columns)}) VALUES ({marks})",  # noqa: S608 - names from code
                [tuple(row) for row in found[kind.table].rows.values()],
            )
        if not outbox.whole:
            highest = max((int(row[0] or 0) for row in outbox.rows.values()), default=0)
            connection.execute("DELETE FROM sqlite_sequence WHERE name = 'outbox'")
            connection.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', ?)",
                (highest + _SPARE_POSITIONS,),
            )


def _placed(operations: list[Row]) -> list[Row]:
    """In their order, where no two have one place or number: damage may have given one that of another."""
    places, numbers, placed, displaced = set[object](), set[object](), list[Row](), list[Row]()
    for row in operations:
        (displaced if row[0] in places else placed).append(row)
        places.add(row[0])
    highest = max((int(row[0] or 0) for row in placed), default=0)
    placed += [(highest + number, *row[1:]) for number, row in enumerate(displaced, 1)]
    for at, row in enumerate(placed):
        if row[8] is not None and row[8] in numbers:
            placed[at] = (*row[:8], None, *row[9:])
        numbers.add(row[8])
    return placed


def _keep_the_rest(found: dict[str, _Found], aside: Path, key: DataKey | None) -> None:
    """Texts that could be read, but are no longer what the program wrote, for a person to look at.

    Pages of an encrypted file are as they were written or are not read, so there this cannot be; and nothing is
    written in plain text beside it.
    """
    rows = [row for kind in (_OUTBOX, _DRAFT) for row in found[kind.table].unsound]
    if rows and key is None:
        path = aside.with_suffix(".txt")
        texts = ["\n".join(value for value in row if isinstance(value, str)) for row in rows]
        path.write_text("\n\n".join(texts), "utf-8")
        sync_file(path)
