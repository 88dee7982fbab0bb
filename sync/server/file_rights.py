"""Who may read a file, and who may name one: nobody comes to a file by knowing its SHA-256.

A file is read by those who see a row that names it. An operation may name what its author may read, and what its author
has sent: whoever sends a file has shown the whole content. Everything else is as if it were not on the server.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import CannedResponse
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.store.database import Statements
from sync.server.database import ServerDatabase
from sync.server.many import AMONG, Among
from sync.server.members import Members

KEPT = timedelta(days=90)
"""So long an upload gives the right to name a file that nothing names which its sender may read."""
NAMING = (
    (Attachment.table, "sha256"),
    (Message.table, "html_blob"),
    (Message.table, "raw_blob"),
)
"""Columns that name a file each."""
_CANNED = f"SELECT files FROM {CannedResponse.table} WHERE files <> '[]'"  # noqa: S608 - from code
# A lookup by index each: OR over two tables would be a scan.
_SHOWN = " UNION ".join(
    f"SELECT {column} FROM {table} WHERE {column} {AMONG} AND scope {AMONG}"  # noqa: S608 - from code
    for table, column in NAMING
)
_NAMED = " UNION ".join(
    f"SELECT {column} FROM {table} WHERE {column} {AMONG}"  # noqa: S608 - from code
    for table, column in NAMING
)
_SENT = f"SELECT sha256 FROM upload WHERE user_id = ? AND sha256 {AMONG}"  # noqa: S608 - from code
_SENT_BY_ANYBODY = f"SELECT sha256 FROM upload WHERE sha256 {AMONG}"  # noqa: S608 - from code
_NOTE = (
    "INSERT INTO upload (sha256, user_id, at) VALUES (?, ?, ?)"
    " ON CONFLICT (sha256, user_id) DO UPDATE SET at = excluded.at"
)
_FORGET = f"DELETE FROM upload WHERE sha256 {AMONG}"  # noqa: S608 - from code


class _File(msgspec.Struct):
    sha256: str


_FILES = msgspec.json.Decoder(list[_File])


def shown(sql: Statements, names: Collection[str], scopes: Collection[str]) -> set[str]:
    """Those of these files that somebody may read who sees rows of these scopes."""
    found = {str(name) for (name,) in sql.execute(_SHOWN, (Among(names), Among(scopes)) * len(NAMING))}
    if found.issuperset(names):
        return found
    return found | _canned(sql.execute(f"{_CANNED} AND scope {AMONG}", (Among(scopes),)), names)


def named(sql: Statements, names: Collection[str]) -> set[str]:
    """Those of these files that any row names."""
    found = {str(name) for (name,) in sql.execute(_NAMED, (Among(names),) * len(NAMING))}
    return found | _canned(sql.execute(_CANNED), names)


def sent(sql: Statements, names: Collection[str], user_id: Id) -> set[str]:
    """Those of these files that somebody has sent."""
    return {str(name) for (name,) in sql.execute(_SENT, (user_id, Among(names)))}


def sent_by_anybody(sql: Statements, names: Collection[str]) -> set[str]:
    """Those of these files that somebody has sent, and may still name for that."""
    return {str(name) for (name,) in sql.execute(_SENT_BY_ANYBODY, (Among(names),))}


def note_sent(sql: Statements, sha256: str, user_id: Id, at: datetime) -> None:
    """Somebody has sent the whole of a file."""
    sql.execute(_NOTE, (sha256, user_id, to_microseconds(at)))


def forget_sent(sql: Statements, names: Collection[str]) -> None:
    """These files are no longer on the server."""
    sql.execute(_FORGET, (Among(names),))


def forget_sent_long_ago(sql: Statements, now: datetime) -> None:
    """Whoever names such a file now and may not read it sends it again."""
    sql.execute("DELETE FROM upload WHERE at < ?", (to_microseconds(now - KEPT),))


class FileAccess:
    """Who may read and name which file, for those who are not inside a transaction."""

    def __init__(self, database: ServerDatabase) -> None:
        self._database = database
        self._members = Members()

    def may_read(self, sha256: str, user_id: Id) -> bool:
        """Whether a row that this user sees names the file."""
        with self._database.snapshot() as connection:
            return self._is_shown(connection, sha256, user_id)

    def may_name(self, sha256: str, user_id: Id) -> bool:
        """Whether this user has sent the file, or may read it."""
        with self._database.snapshot() as connection:
            return bool(sent(connection, [sha256], user_id)) or self._is_shown(connection, sha256, user_id)

    def _is_shown(self, connection: Statements, sha256: str, user_id: Id) -> bool:
        scopes = self._members.visible(connection, self._members.scopes(connection, user_id))
        return bool(shown(connection, [sha256], scopes))


def _canned(rows: Iterable[Sequence[Any]], names: Collection[str]) -> set[str]:
    """Canned responses are few, and keep their files as JSON."""
    return {file.sha256 for row in rows for file in _FILES.decode(row[0])}.intersection(names)
