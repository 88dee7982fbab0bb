"""Queries behind one open conversation: the page of its timeline."""

import json
from dataclasses import dataclass
from datetime import datetime

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.merging import MERGE_HOPS
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.store.database import Database, Value
from agent_desktop.store.merging import family_of
from agent_desktop.store.schema import TO_BE_SENT, ReplicaSchema

_TOGETHER = f"""WITH RECURSIVE
    up (id, into_id, hop) AS (SELECT id, merged_into, 0 FROM conversation WHERE id = ?
        UNION ALL SELECT c.id, c.merged_into, hop + 1 FROM up JOIN conversation c ON c.id = into_id
        WHERE hop < {MERGE_HOPS}),
    part (id, hop) AS (SELECT id, 0 FROM (SELECT id FROM up ORDER BY hop DESC LIMIT 1)
        UNION SELECT c.id, hop + 1 FROM part JOIN conversation c ON c.merged_into = part.id WHERE hop < {MERGE_HOPS})
    SELECT DISTINCT id FROM part"""  # noqa: S608 - a number from code

_MAIL_ADDRESSES = (
    f"{family_of('SELECT ?')} SELECT DISTINCT address FROM identity"  # noqa: S608 - from code
    " WHERE customer_id IN (SELECT id FROM family) AND kind = 'email' LIMIT 2"
)


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

    def together(self, conversation_id: Id) -> list[Id]:
        """The ids of everything that is one conversation with this one after merges; of itself alone, mostly."""
        return [row_id for (row_id,) in self._database.query(_TOGETHER, (conversation_id,))]

    def page(self, conversation_id: Id, before: tuple[datetime, Id] | None, limit: int) -> MessagePage:
        """The newest messages, or those before a time and id, with those of everything it was merged with."""
        ids = self.together(conversation_id) or [conversation_id]
        older = ""
        values: tuple[Value, ...] = tuple(ids)
        if before is not None:
            older = " AND (created_at, id) < (?, ?)"
            values = (*values, to_microseconds(before[0]), before[1])
        # Of one, the index has them in order; of several, which are few, they are sorted.
        here = "= ?" if len(ids) == 1 else f"IN ({', '.join('?' * len(ids))})"
        found = self._database.query(
            f"{self._message.select_all_sql} WHERE conversation_id {here}{older}"
            " ORDER BY created_at DESC, id DESC LIMIT ?",
            (*values, limit + 1),
        )
        messages = tuple(self._message.row(row) for row in reversed(found[:limit]))
        return MessagePage(messages, len(found) > limit)

    def only_mail_address(self, customer_id: Id) -> str:
        """The address of a customer, and of everybody merged with them, where there is one and no other."""
        found = self._database.query(_MAIL_ADDRESSES, (customer_id,))
        return found[0][0] if len(found) == 1 else ""

    def attachments(self, message_ids: list[Id]) -> dict[Id, list[Attachment]]:
        """Attachments by message."""
        result: dict[Id, list[Attachment]] = {}
        for row in self._database.query(
            f"{self._attachment.select_all_sql} WHERE message_id IN (SELECT value FROM json_each(?)) ORDER BY id",  # noqa: S608
            (json.dumps(message_ids),),
        ):
            attachment = self._attachment.row(row)
            result.setdefault(attachment.message_id, []).append(attachment)
        return result

    def waiting(self, author_id: Id) -> list[Message]:
        """Replies of one author that wait, were held or failed, the oldest first."""
        found = self._database.query(
            f"{self._message.select_all_sql} WHERE {TO_BE_SENT} AND author_id = ? ORDER BY created_at",
            (author_id,),
        )
        return [self._message.row(row) for row in found]
