"""Drafts: rows of their own in `work.db`, keyed by conversation and kind, that no remote change can touch."""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agent_desktop.domain.attachment_file import AttachmentFile
from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.draft import BEGINS
from agent_desktop.domain.ids import Id
from agent_desktop.domain.records import from_plain, storable, to_plain
from agent_desktop.store.database import Database


class DraftKind(StrEnum):
    """Replies, notes and forwards are written in separate buffers; what is edited in the knowledge base is kept the
    same way.

    What stood in a buffer before another device's text was taken is kept beside it.
    """

    REPLY = "reply"
    NOTE = "note"
    FORWARD = "forward"
    NEW = BEGINS
    """A message that begins a conversation, whose id is the one of the conversation to be."""
    ARTICLE = "article"
    REPLY_BEFORE = "reply_before"
    NOTE_BEFORE = "note_before"
    FORWARD_BEFORE = "forward_before"
    NEW_BEFORE = "new_before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody is writing. `conversation_id` is the id of the article, canned response or macro for those.

    `reply_id` becomes the id of the reply, so that the same draft is never sent twice. It is `addressed` when its
    author has chosen the recipients; until then they follow the conversation. Of what begins a conversation, `name` is
    what a new customer will be called, and `customer_ids` whose addresses stand in it: it goes when they are erased.
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
    addressed: bool = False
    files: tuple[AttachmentFile, ...] = ()
    canned_ids: tuple[Id, ...] = ()
    caret: int = 0
    reply_id: Id = ""
    name: str = ""
    customer_ids: tuple[Id, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be lost with this draft."""
        begun = self.kind is DraftKind.NEW and (self.to or self.subject.strip())
        return not (self.text.strip() or self.files or self.cc or self.bcc or begun)


_WHERE = "WHERE conversation_id = ? AND kind = ?"
_SAVE = (
    "INSERT INTO draft (conversation_id, kind, content, updated_at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (conversation_id, kind) DO UPDATE SET content = excluded.content, updated_at = excluded.updated_at"
)


class Drafts:
    """The drafts of this profile's user."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, conversation_id: Id, kind: DraftKind) -> Draft | None:
        """The draft, or None."""
        found = self._database.query(f"SELECT content FROM draft {_WHERE}", (conversation_id, kind.value))  # noqa: S608 - from code
        return self._draft(found[0][0]) if found else None

    def together(self) -> AbstractContextManager[object]:
        """Everything that is done inside happens, or nothing of it."""
        return self._database.write()

    def save(self, draft: Draft) -> None:
        """Store the draft durably, over the one before."""
        content = json.dumps(to_plain(storable(draft)))
        values = (draft.conversation_id, draft.kind.value, content, to_microseconds(draft.updated_at))
        with self._database.write() as connection:
            connection.execute(_SAVE, values)

    def delete(self, conversation_id: Id, kind: DraftKind) -> None:
        """Remove the draft if there is one."""
        with self._database.write() as connection:
            connection.execute(f"DELETE FROM draft {_WHERE}", (conversation_id, kind.value))  # noqa: S608 - from code

    def conversation_ids(self) -> tuple[Id, ...]:
        """Conversations in which something is being written, the newest first."""
        found = self._database.query(
            "SELECT conversation_id FROM draft WHERE kind NOT IN (?, ?, ?) ORDER BY updated_at DESC",
            (DraftKind.ARTICLE.value, DraftKind.NEW.value, DraftKind.NEW_BEFORE.value),
        )
        return tuple(dict.fromkeys(row[0] for row in found))

    def of_kind(self, kind: DraftKind) -> tuple[Draft, ...]:
        """All drafts of one kind, the newest first."""
        found = self._database.query(
            "SELECT content FROM draft WHERE kind = ? ORDER BY updated_at DESC", (kind.value,)
        )
        return tuple(draft for draft in (self._draft(row[0]) for row in found) if draft is not None)

    def _draft(self, content: str) -> Draft | None:
        """None for one that a newer program wrote, which stays for it."""
        try:
            plain = json.loads(content)
        except (ValueError, TypeError) as error:
            raise self._database.damaged("a draft") from error
        try:
            return from_plain(Draft, plain)
        except (ValueError, TypeError, KeyError):
            return None
