"""Queries behind one open conversation: the page of its timeline."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select, text

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.store.database import Database
from agent_desktop.store.schema import TO_BE_SENT, ReplicaSchema


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages oldest first; `more` says that there are older ones."""

    messages: tuple[Message, ...]
    more: bool


class ConversationQueries:
    """Reads of messages and attachments."""

    def __init__(self, database: Database, schema: ReplicaSchema) -> None:
        self._database = database
        self._message = schema.tables[Message]
        self._attachment = schema.tables[Attachment]

    def page(self, conversation_id: Id, before: tuple[datetime, Id] | None, limit: int) -> MessagePage:
        """The newest messages, or those before a time and id."""
        c = self._message.table.c
        statement = select(*self._message.fields).where(c.conversation_id == conversation_id)
        if before is not None:
            at = to_microseconds(before[0])
            statement = statement.where(or_(c.created_at < at, and_(c.created_at == at, c.id < before[1])))
        statement = statement.order_by(c.created_at.desc(), c.id.desc()).limit(limit + 1)
        with self._database.read() as connection:
            found = [self._message.row(row) for row in connection.execute(statement)]
        return MessagePage(tuple(reversed(found[:limit])), len(found) > limit)

    def attachments(self, message_ids: list[Id]) -> dict[Id, list[Attachment]]:
        """Attachments by message."""
        c = self._attachment.table.c
        statement = select(*self._attachment.fields).where(c.message_id.in_(message_ids)).order_by(c.id)
        result: dict[Id, list[Attachment]] = {}
        with self._database.read() as connection:
            for row in connection.execute(statement):
                attachment = self._attachment.row(row)
                result.setdefault(attachment.message_id, []).append(attachment)
        return result

    def waiting(self) -> list[Message]:
        """Our replies that wait, were held or failed, the oldest first."""
        statement = (
            select(*self._message.fields).where(text(TO_BE_SENT)).order_by(self._message.table.c.created_at)
        )
        with self._database.read() as connection:
            return [self._message.row(row) for row in connection.execute(statement)]
