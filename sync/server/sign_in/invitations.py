"""Invitations: a link by which somebody chooses a password, once, until it expires. Only its SHA-256 is kept.

A user has one link at a time: a new one makes the others good no longer, as does disabling the user, or what lets who
made it give less than it would (`following_people`).
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.store.database import Statements
from sync.protocol.administration import Invitation

PREFIX = "ad_in_"
_ALL = (
    "SELECT invitation_id, user_id, made_by, made_at, expires_at, accepted_at, withdrawn_at FROM invitation"
    " ORDER BY made_at DESC, invitation_id DESC LIMIT 1000"
)
_GOOD = (
    'SELECT i.invitation_id, i.user_id FROM invitation i JOIN "user" u ON u.id = i.user_id'
    " WHERE i.token_sha256 = ? AND i.accepted_at IS NULL AND i.withdrawn_at IS NULL AND i.expires_at > ?"
    " AND u.active = 1"
)
_OPEN = "accepted_at IS NULL AND withdrawn_at IS NULL"


def make(
    sql: Statements, invitation_id: Id, user_id: Id, made_by: Id, at: datetime, days: int
) -> tuple[Invitation, str]:
    """A new invitation and the token of its link, which nobody can find out afterwards."""
    token = f"{PREFIX}{secrets.token_urlsafe(32)}"
    now, until = to_microseconds(at), to_microseconds(at + timedelta(days=days))
    sql.execute(
        f"UPDATE invitation SET withdrawn_at = ? WHERE user_id = ? AND {_OPEN}",  # noqa: S608 - from code
        (now, user_id),
    )
    sql.execute(
        "INSERT INTO invitation (invitation_id, user_id, token_sha256, made_by, made_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (invitation_id, user_id, _digest(token), made_by, now, until),
    )
    made = Invitation(id=invitation_id, user_id=user_id, made_by=made_by, made_at=now, expires_at=until)
    return made, token


def listed(sql: Statements) -> list[Invitation]:
    """All of them, the newest first."""
    return [
        Invitation(
            id=invitation_id,
            user_id=user_id,
            made_by=made_by,
            made_at=made_at,
            expires_at=expires_at,
            accepted_at=accepted_at,
            withdrawn_at=withdrawn_at,
        )
        for invitation_id, user_id, made_by, made_at, expires_at, accepted_at, withdrawn_at in sql.execute(
            _ALL
        )
    ]


def good(sql: Statements, token: str, at: datetime) -> tuple[Id, Id] | None:
    """The invitation of a link and whom it is for; None where the link is not, or no longer, good."""
    found = sql.execute(_GOOD, (_digest(token), to_microseconds(at))).fetchone()
    return None if found is None else (str(found[0]), str(found[1]))


def still_open(sql: Statements, at: datetime) -> list[tuple[Id, Id, Id]]:
    """The invitations whose links are good: each with whom it is for, and who made it."""
    found = sql.execute(
        f"SELECT invitation_id, user_id, made_by FROM invitation WHERE {_OPEN} AND expires_at > ?",  # noqa: S608 - from code
        (to_microseconds(at),),
    )
    return [(invitation_id, user_id, made_by) for invitation_id, user_id, made_by in found.fetchall()]


def use_up(sql: Statements, invitation_id: Id, at: datetime) -> None:
    """The link was followed to its end."""
    sql.execute(
        "UPDATE invitation SET accepted_at = ? WHERE invitation_id = ?", (to_microseconds(at), invitation_id)
    )


def withdraw(sql: Statements, invitation_id: Id, at: datetime) -> bool:
    """Make a link good no longer; False when there is none that is."""
    changed = sql.execute(
        f"UPDATE invitation SET withdrawn_at = ? WHERE invitation_id = ? AND {_OPEN}",  # noqa: S608 - from code
        (to_microseconds(at), invitation_id),
    )
    return changed.rowcount > 0


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
