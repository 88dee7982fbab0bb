"""Looks whether a workspace is whole: what must agree, agrees."""

from collections.abc import Iterator
from dataclasses import dataclass

from agent_desktop.domain.audit import AuditHead
from agent_desktop.store.database import Statements
from sync.server.audit import AuditLog
from sync.server.database import ServerDatabase
from sync.server.definitions import server_metadata
from sync.server.file_rights import NAMING
from sync.server.many import is_postgres
from sync.server.ports import FilePort
from sync.server.schema import ServerSchema


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `wrong` are sentences; none when all is well."""

    title: str
    wrong: tuple[str, ...]


def verify(
    database: ServerDatabase, schema: ServerSchema, files: FilePort | None, kept: AuditHead | None = None
) -> Iterator[Check]:
    """Look at everything, in one snapshot. Without `files` nothing is said of them.

    `kept` is an end of the audit log that was written down elsewhere.
    """
    with database.snapshot() as connection:
        yield Check("database", tuple(_integrity(connection)))
        yield Check("indexes", tuple(_indexes(connection)))
        yield Check("versions", tuple(_versions(connection, schema)))
        yield Check("digests", tuple(_digests(connection, schema)))
        yield Check("orphans", tuple(_orphans(connection)))
        yield Check("numbers", tuple(_numbers(connection)))
        yield Check("audit log", tuple(AuditLog().wrong(connection, kept)))
        if files is not None:
            yield Check("files", tuple(_files(connection, files)))


def _integrity(connection: Statements) -> Iterator[str]:
    if not is_postgres(connection):
        for row in connection.execute("PRAGMA integrity_check(10)"):
            if row[0] != "ok":
                yield "The file is damaged. Restore the newest backup."


def _indexes(connection: Statements) -> Iterator[str]:
    if is_postgres(connection):
        statement = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
    else:
        statement = "SELECT name FROM sqlite_master WHERE type = 'index'"
    there = {name for (name,) in connection.execute(statement)}
    for table in server_metadata().sorted_tables:
        for index in sorted(str(index.name) for index in table.indexes):
            if index not in there:
                yield f"Index {index} of {table.name} is missing."


def _versions(connection: Statements, schema: ServerSchema) -> Iterator[str]:
    found = connection.execute("SELECT version FROM head").fetchone()
    if found is None:
        yield "There is no workspace here."
        return
    (head,) = found
    for table in (mapping.entity.table for mapping in schema.tables.all()):
        highest = connection.execute(f'SELECT max(ver) FROM "{table}"').fetchone()[0] or 0  # noqa: S608 - names
        if highest > head:
            yield f"{table} has rows of version {highest}, above the head {head}."


def _digests(connection: Statements, schema: ServerSchema) -> Iterator[str]:
    kept = {
        (scope, table): (rows, versions)
        for scope, table, rows, versions in connection.execute(
            'SELECT scope, entity, "rows", versions FROM scope_digest'
        )
        if rows or versions
    }
    for name in (mapping.entity.table for mapping in schema.tables.all()):
        sums = f'SELECT scope, count(*), sum(ver) FROM "{name}" GROUP BY scope'  # noqa: S608 - names
        for scope, rows, versions in connection.execute(sums):
            if kept.pop((scope, name), None) != (int(rows), int(versions)):
                yield f"The digest of {name} in scope {scope} does not agree with its rows."
    for scope, name in kept:
        yield f"The digest of {name} in scope {scope} counts rows that are not there."


def _orphans(connection: Statements) -> Iterator[str]:
    for child, parent in (("message", "conversation"), ("attachment", "message")):
        (lost,) = connection.execute(
            f"SELECT count(*) FROM {child} AS child LEFT JOIN {parent} AS parent"  # noqa: S608 - names
            f" ON parent.id = child.{parent}_id WHERE parent.id IS NULL"
        ).fetchone()
        if lost:
            yield f"{lost:,} rows of {child} belong to no {parent}."
    (strays,) = connection.execute(
        "SELECT count(*) FROM attachment AS a JOIN message AS m ON m.id = a.message_id"
        " WHERE a.scope <> m.scope OR a.conversation_id <> m.conversation_id"
    ).fetchone()
    if strays:
        yield f"{strays:,} attachments are seen by others than their messages."


def _numbers(connection: Statements) -> Iterator[str]:
    (count,) = connection.execute(
        "SELECT count(*) FROM (SELECT client_id, max(number) AS last FROM operation WHERE number IS NOT NULL"
        " GROUP BY client_id) AS judged LEFT JOIN client ON client.client_id = judged.client_id"
        " WHERE client.last_number IS NULL OR client.last_number < judged.last"
    ).fetchone()
    if count:
        yield f"{count:,} clients have operations beyond what is noted of them."


def _files(connection: Statements, files: FilePort) -> Iterator[str]:
    missing = 0
    for table, column in NAMING:
        named = connection.execute(
            f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608 - names
        )
        missing += sum(not files.has(sha256) for (sha256,) in named)
    if missing:
        yield f"{missing:,} files that are named are not in the folder. Restore it from a backup."
