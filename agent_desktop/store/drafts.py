"""Drafts: rows of their own in `work.db`, keyed by conversation and kind, that no remote change can touch."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.dialects import sqlite

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.records import from_plain, storable, to_plain
from agent_desktop.store.database import Database
from agent_desktop.store.schema import WorkSchema


class DraftKind(StrEnum):
    """Replies and notes are written in separate buffers; what is edited in the knowledge base is kept the same way."""

    REPLY = "reply"
    NOTE = "note"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody is writing. `conversation_id` is the id of the article, canned response or macro for those.

    `reply_id` becomes the id of the reply, so that the same draft is never sent twice.
    """

    conversation_id: Id
    kind: DraftKind
    text: str
    updated_at: datetime
    subject: str = ""
    channel_id: Id | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    files: tuple[AttachmentFile, ...] = ()
    canned_ids: tuple[Id, ...] = ()
    caret: int = 0
    reply_id: Id = ""


class Drafts:
    """The drafts of this profile's user."""

    def __init__(self, database: Database, schema: WorkSchema) -> None:
        self._database = database
        self._table = schema.draft

    def get(self, conversation_id: Id, kind: DraftKind) -> Draft | None:
        """The draft, or None."""
        c = self._table.c
        statement = select(c.content).where(c.conversation_id == conversation_id, c.kind == kind.value)
        with self._database.read() as connection:
            content = connection.execute(statement).scalar()
        return None if content is None else from_plain(Draft, json.loads(content))

    def save(self, draft: Draft) -> None:
        """Store the draft durably, over the one before."""
        statement = sqlite.insert(self._table).values(
            conversation_id=draft.conversation_id,
            kind=draft.kind.value,
            content=json.dumps(to_plain(storable(draft))),
            updated_at=to_microseconds(draft.updated_at),
        )
        statement = statement.on_conflict_do_update(
            index_elements=["conversation_id", "kind"],
            set_={"content": statement.excluded.content, "updated_at": statement.excluded.updated_at},
        )
        with self._database.write() as connection:
            connection.execute(statement)

    def delete(self, conversation_id: Id, kind: DraftKind) -> None:
        """Remove the draft if there is one."""
        c = self._table.c
        with self._database.write() as connection:
            connection.execute(
                delete(self._table).where(c.conversation_id == conversation_id, c.kind == kind.value)
            )

    def conversation_ids(self) -> tuple[Id, ...]:
        """Conversations in which something is being written, the newest first."""
        found = self._database.query(
            "SELECT conversation_id FROM draft WHERE kind != ? ORDER BY updated_at DESC",
            (DraftKind.ARTICLE.value,),
        )
        return tuple(dict.fromkeys(row[0] for row in found))

    def of_kind(self, kind: DraftKind) -> tuple[Draft, ...]:
        """All drafts of one kind, the newest first."""
        found = self._database.query(
            "SELECT content FROM draft WHERE kind = ? ORDER BY updated_at DESC", (kind.value,)
        )
        return tuple(from_plain(Draft, json.loads(row[0])) for row in found)
