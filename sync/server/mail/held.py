"""Mails that were held back: what they are, and letting them through."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agent_desktop.domain.clock import from_microseconds, to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.store.database import Statements
from sync.server.database import ServerDatabase
from sync.server.many import AMONG, Among

RELEASED = "released"
"""The reason of a mail that waits again because an administrator wants it to be a message in any case."""
REASONS = {
    "loop": "more than sixty mails of a person, or ten of a program, came to one conversation within an hour",
    "no channel": "its channel is not there any more",
    "lost": "its content is not where it was stored; the disk or a backup may have it",
    "failed": "it could not become a message, which is a defect; please report it",
}
"""Why a mail is held, for people."""
MOST_LISTED = 1_000
_LIST = (
    "SELECT inbound_id, channel_id, conversation_id, raw_blob, size, received_at, reason FROM inbound"  # noqa: S608 - a number
    f" WHERE state = 'held' ORDER BY received_at DESC LIMIT {MOST_LISTED}"
)
_RELEASE = (
    "UPDATE inbound SET state = 'waiting', reason = ?, lease_until = 0, attempts = 0, done_at = NULL"  # noqa: S608 - from code
    f" WHERE state = 'held' AND inbound_id {AMONG}"
)
_DISCARD = "UPDATE inbound SET state = 'discarded', done_at = ? WHERE state = 'held' AND inbound_id = ?"


@dataclass(frozen=True, slots=True)
class HeldMail:
    """A mail that nobody sees yet. `reason` is one of REASONS."""

    inbound_id: Id
    channel_id: Id
    conversation_id: Id | None
    raw_blob: str
    size: int
    received_at: datetime
    reason: str


def held_mails(database: ServerDatabase) -> list[HeldMail]:
    """What is held, the newest first."""
    with database.read() as connection:
        return list_held(connection)


def list_held(sql: Statements) -> list[HeldMail]:
    """As `held_mails`, for who reads other things with it."""
    return [
        HeldMail(row_id, channel, conversation, blob, size, from_microseconds(at), reason or "")
        for row_id, channel, conversation, blob, size, at, reason in sql.execute(_LIST)
    ]


def release_mails(database: ServerDatabase, inbound_ids: Sequence[Id]) -> int:
    """Let mails become messages after all, however many there are of their sender; how many were held."""
    with database.write() as connection:
        return release(connection, inbound_ids)


def release(sql: Statements, inbound_ids: Sequence[Id]) -> int:
    """As `release_mails`, for who writes other things with it."""
    return sql.execute(_RELEASE, (RELEASED, Among(inbound_ids))).rowcount


def discard(sql: Statements, inbound_id: Id, now: datetime) -> bool:
    """Let a held mail never become a message; whether it was held. Its row stays, so that it does not come again."""
    return sql.execute(_DISCARD, (to_microseconds(now), inbound_id)).rowcount == 1
