"""Removes what is kept no longer, as the workspace has decided: once a day, a little at a time, by one process."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent_desktop.domain.access import SYSTEM_ID
from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.clock import Clock, from_microseconds, to_microseconds
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.conversation_merging import merged_with
from agent_desktop.domain.erasing import remove_conversation
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.domain.policy import LEGAL_HOLD, Policy, policy_of
from agent_desktop.store.database import Statements
from agent_desktop.store.rows import SqlRows
from sync.protocol.administration import RetentionPreview
from sync.server.commit import ServerStore
from sync.server.erasing import note
from sync.server.mail.raw_mails import count_unnamed
from sync.server.transaction import Transaction

SLICE = 100
"""So many conversations, files or mails are looked at in one transaction."""
EVERY = timedelta(days=1)
LEASE = timedelta(minutes=5)
_JOB = "retention"
_FREE = f"tags NOT LIKE '%{LEGAL_HOLD}%'"
_HELD = f"tags LIKE '%{LEGAL_HOLD}%'"
"""As JSON text: a tag that only begins so keeps its conversation, too, which is the safe side."""
_OVER = "status IN ('solved', 'closed') AND last_message_at < ?"
_WHOLE = "merged_into IS NULL"
"""What was merged goes with what it is part of."""
_PART_HELD = "SELECT 1 FROM conversation part WHERE part.merged_into = conversation.id AND part.{}"
_CONVERSATIONS = (
    f"SELECT id FROM conversation WHERE {_OVER} AND {_FREE} AND {_WHOLE}"  # noqa: S608 - from code
    f" AND NOT EXISTS ({_PART_HELD.format(_HELD)})"
)
# What a file or mail was addressed to, and what that is part of: what was merged more than once keeps its own.
_PART_OF = "JOIN conversation p ON p.id = {} JOIN conversation c ON c.id = coalesce(p.merged_into, p.id)"
_BOTH_FREE = f"p.{_FREE} AND c.{_FREE} AND c.{_WHOLE}"
_FILES = (
    f"SELECT a.id FROM attachment a {_PART_OF.format('a.conversation_id')}"  # noqa: S608 - from code
    f" WHERE c.status IN ('solved', 'closed') AND c.last_message_at < ? AND {_BOTH_FREE}"
)
_RAW = (
    f"SELECT m.id FROM message m {_PART_OF.format('m.conversation_id')}"  # noqa: S608 - from code
    f" WHERE m.raw_blob IS NOT NULL AND m.created_at < ? AND {_BOTH_FREE}"
)
_TAKE = (
    "INSERT INTO job (name, lease_until, next_at) VALUES (?, ?, 0)"
    " ON CONFLICT (name) DO UPDATE SET lease_until = excluded.lease_until"
)


@dataclass(frozen=True, slots=True)
class _Limits:
    """What is older goes; None: nothing does."""

    conversations: int | None
    files: int | None
    raw: int | None

    @classmethod
    def of(cls, policy: Policy, now: datetime) -> "_Limits":
        def before(days: int) -> int | None:
            return to_microseconds(now - timedelta(days=days)) if days else None

        return cls(before(policy.conversations_days), before(policy.files_days), before(policy.raw_days))


def preview(sql: Statements, policy: Policy, now: datetime) -> RetentionPreview:
    """What these times would take away now."""
    limits = _Limits.of(policy, now)

    def count(query: str, limit: int | None) -> int:
        if limit is None:
            return 0
        return int(sql.execute(f"SELECT count(*) FROM ({query}) AS found", (limit,)).fetchone()[0])  # noqa: S608 - ours

    messages = f"SELECT m.id FROM message m WHERE m.conversation_id IN ({_CONVERSATIONS})"  # noqa: S608 - from code
    held = f"SELECT id FROM conversation WHERE {_OVER} AND {_HELD}"  # noqa: S608 - from code
    return RetentionPreview(
        conversations=count(_CONVERSATIONS, limits.conversations),
        messages=count(messages, limits.conversations),
        files=count(_FILES, limits.files),
        raw=count(_RAW, limits.raw) + (0 if limits.raw is None else count_unnamed(sql, limits.raw)),
        held=count(held, limits.conversations),
    )


class Retention:
    """Does what the policy says, and nothing before it says something. What is held for the law stays."""

    def __init__(self, store: ServerStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._look_at = clock.now()
        self._places = {Conversation.table: "", Attachment.table: "", Message.table: ""}
        """Up to which id each kind was looked at in this round."""

    def run(self) -> bool:
        """Remove one slice if a day has passed since the last round; whether there may be more."""
        now = self._clock.now()
        if now < self._look_at:
            return False
        database = self._store.database
        with database.snapshot() as connection:
            policy = policy_of(SqlRows(connection, self._store.schema.tables))
            next_at = connection.execute("SELECT next_at FROM job WHERE name = ?", (_JOB,)).fetchone()
        if next_at is not None and to_microseconds(now) < next_at[0]:
            self._look_at = min(from_microseconds(next_at[0]), now + timedelta(hours=1))
            return False
        if not policy.removes_something:
            self._look_at = now + timedelta(minutes=5)
            return False
        with self._store.transaction() as transaction:
            return self._slice(transaction, policy, now)

    def _slice(self, transaction: Transaction, policy: Policy, now: datetime) -> bool:
        sql = transaction.connection
        taken = sql.execute("SELECT lease_until FROM job WHERE name = ?", (_JOB,)).fetchone()
        at = to_microseconds(now)
        mine = any(self._places.values())
        if taken is not None and taken[0] > at and not mine:
            self._look_at = now + LEASE  # another process does it
            return False
        sql.execute(_TAKE, (_JOB, to_microseconds(now + LEASE)))
        limits = _Limits.of(policy, now)
        counts = {
            "conversations": self._conversations(transaction, limits.conversations),
            "files": self._files(transaction, limits.files),
            "raw": self._raw(transaction, limits.raw),
        }
        if any(counts.values()):
            details = {name: count for name, count in counts.items() if count}
            self._store.audit.record(sql, now, SYSTEM_ID, None, AuditAction.RETENTION_RAN, None, details)
            return True
        self._places = dict.fromkeys(self._places, "")
        sql.execute(
            "UPDATE job SET lease_until = 0, next_at = ? WHERE name = ?", (to_microseconds(now + EVERY), _JOB)
        )
        self._look_at = now + timedelta(hours=1)
        return False

    def _conversations(self, transaction: Transaction, limit: int | None) -> int:
        ids = self._next(transaction, Conversation.table, f"{_CONVERSATIONS} AND id > ? ORDER BY id", limit)
        files: set[str] = set()
        removed: list[Id] = []
        for conversation_id in ids:
            conversation = transaction.rows.get(Conversation, conversation_id)
            parts = [] if conversation is None else merged_with(transaction.rows, conversation)
            if not any(LEGAL_HOLD in part.tags for part in parts):
                removed += [part.id for part in parts]
                for part in parts:
                    files.update(remove_conversation(transaction.rows, part))
        self._note(transaction, "conversations", removed, files)
        return len(removed)

    def _files(self, transaction: Transaction, limit: int | None) -> int:
        ids = self._next(transaction, Attachment.table, f"{_FILES} AND a.id > ? ORDER BY a.id", limit)
        files: set[str] = set()
        removed = 0
        for attachment_id in ids:
            attachment = transaction.rows.get(Attachment, attachment_id)
            if attachment is None:
                continue  # it went with its conversation
            files.add(attachment.sha256)
            removed += 1
            transaction.rows.delete(Attachment, attachment.id)
            message = transaction.rows.get(Message, attachment.message_id)
            if message is not None:
                left = max(message.attachment_count - 1, 0)
                transaction.rows.put(replace(message, attachment_count=left))
        self._note(transaction, "files", (), files)
        return removed

    def _raw(self, transaction: Transaction, limit: int | None) -> int:
        ids = self._next(transaction, Message.table, f"{_RAW} AND m.id > ? ORDER BY m.id", limit)
        files: set[str] = set()
        removed = 0
        for message_id in ids:
            message = transaction.rows.get(Message, message_id)
            if message is not None and message.raw_blob is not None:
                files.add(message.raw_blob)
                removed += 1
                transaction.rows.put(replace(message, raw_blob=None))
        self._note(transaction, "raw", (), files)
        return removed

    def _next(self, transaction: Transaction, table: str, query: str, limit: int | None) -> list[Id]:
        if limit is None:
            return []
        place = self._places[table]
        found = transaction.connection.execute(f"{query} LIMIT ?", (limit, place, SLICE)).fetchall()
        ids = [row[0] for row in found]
        if ids:
            self._places[table] = ids[-1]
        return ids

    @staticmethod
    def _note(transaction: Transaction, kind: str, ids: Iterable[Id], files: set[str]) -> None:
        ids = list(ids)
        if ids or files:
            note(transaction, f"{_JOB}-{kind}-{transaction.version}", ids, files)
