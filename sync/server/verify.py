"""Looks whether a workspace is whole: what must agree, agrees."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, or_, select

from agent_desktop.domain.audit import AuditHead
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.message import Attachment, Message
from sync.server.audit import AuditLog
from sync.server.database import ServerDatabase
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
        yield Check("indexes", tuple(_indexes(connection, schema)))
        yield Check("versions", tuple(_versions(connection, schema)))
        yield Check("digests", tuple(_digests(connection, schema)))
        yield Check("orphans", tuple(_orphans(connection, schema)))
        yield Check("numbers", tuple(_numbers(connection, schema)))
        yield Check("audit log", tuple(AuditLog().wrong(connection, kept)))
        if files is not None:
            yield Check("files", tuple(_files(connection, schema, files)))


def _integrity(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        for row in connection.exec_driver_sql("PRAGMA integrity_check(10)"):
            if row[0] != "ok":
                yield "The file is damaged. Restore the newest backup."


def _indexes(connection: Connection, schema: ServerSchema) -> Iterator[str]:
    if connection.dialect.name == "postgresql":
        statement = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
    else:
        statement = "SELECT name FROM sqlite_master WHERE type = 'index'"
    there = set(connection.exec_driver_sql(statement).scalars())
    for table in schema.metadata.sorted_tables:
        for index in sorted(str(index.name) for index in table.indexes):
            if index not in there:
                yield f"Index {index} of {table.name} is missing."


def _versions(connection: Connection, schema: ServerSchema) -> Iterator[str]:
    head = connection.execute(select(schema.head.c.version)).scalar()
    if head is None:
        yield "There is no workspace here."
        return
    for mapping in schema.tables.all():
        highest = connection.execute(select(func.max(mapping.table.c.ver))).scalar() or 0
        if highest > head:
            yield f"{mapping.entity.table} has rows of version {highest}, above the head {head}."


def _digests(connection: Connection, schema: ServerSchema) -> Iterator[str]:
    kept = {
        (row.scope, row.entity): (int(row.rows), int(row.versions))
        for row in connection.execute(select(schema.digest))
        if row.rows or row.versions
    }
    for mapping in schema.tables.all():
        c, name = mapping.table.c, mapping.entity.table
        sums = select(c.scope, func.count(), func.sum(c.ver)).group_by(c.scope)
        for scope, rows, versions in connection.execute(sums):
            if kept.pop((scope, name), None) != (int(rows), int(versions)):
                yield f"The digest of {name} in scope {scope} does not agree with its rows."
    for scope, name in kept:
        yield f"The digest of {name} in scope {scope} counts rows that are not there."


def _orphans(connection: Connection, schema: ServerSchema) -> Iterator[str]:
    conversation, message, attachment = (
        schema.tables[entity].table for entity in (Conversation, Message, Attachment)
    )
    for child, column, parent in (
        (message, message.c.conversation_id, conversation),
        (attachment, attachment.c.message_id, message),
    ):
        joined = child.outerjoin(parent, column == parent.c.id)
        lost = connection.execute(
            select(func.count()).select_from(joined).where(parent.c.id.is_(None))
        ).scalar()
        if lost:
            yield f"{lost:,} rows of {child.name} belong to no {parent.name}."
    yield from _strays(connection, message, attachment)


def _strays(connection: Connection, message: Table, attachment: Table) -> Iterator[str]:
    joined = attachment.join(message, attachment.c.message_id == message.c.id)
    differ = or_(
        attachment.c.scope != message.c.scope, attachment.c.conversation_id != message.c.conversation_id
    )
    strays = connection.execute(select(func.count()).select_from(joined).where(differ)).scalar()
    if strays:
        yield f"{strays:,} attachments are seen by others than their messages."


def _numbers(connection: Connection, schema: ServerSchema) -> Iterator[str]:
    log, client = schema.operation.c, schema.client.c
    judged = (
        select(log.client_id, func.max(log.number).label("last"))
        .where(log.number.is_not(None))
        .group_by(log.client_id)
        .subquery()
    )
    ahead = (
        select(func.count())
        .select_from(judged.outerjoin(schema.client, client.client_id == judged.c.client_id))
        .where(or_(client.last_number.is_(None), client.last_number < judged.c.last))
    )
    if count := connection.execute(ahead).scalar():
        yield f"{count:,} clients have operations beyond what is noted of them."


def _files(connection: Connection, schema: ServerSchema, files: FilePort) -> Iterator[str]:
    attachment, message = schema.tables[Attachment].table.c, schema.tables[Message].table.c
    missing = 0
    for column in (attachment.sha256, message.html_blob, message.raw_blob):
        named = connection.execute(select(column).distinct().where(column.is_not(None)))
        missing += sum(not files.has(sha256) for sha256 in named.scalars())
    if missing:
        yield f"{missing:,} files that are named are not in the folder. Restore it from a backup."
