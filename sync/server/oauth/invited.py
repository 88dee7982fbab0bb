"""Who may be let in by the word of the company's provider on their e-mail address: those who were invited, once."""

from datetime import datetime, timedelta

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.store.database import Statements
from sync.server.database import ServerDatabase
from sync.server.many import AMONG, Among
from sync.server.sign_in.users import users_called

LASTS = timedelta(days=14)
_BY_LINK = (
    "SELECT invitation_id, user_id FROM invitation WHERE accepted_at IS NULL AND withdrawn_at IS NULL"  # noqa: S608 - from code
    f" AND expires_at > ? AND user_id {AMONG} ORDER BY made_at DESC LIMIT 1"
)
"""Somebody who has a link to choose a password may come by the company's provider instead."""
_BY_NAME = (
    f"SELECT user_id FROM company_invitation WHERE until > ? AND user_id {AMONG} ORDER BY user_id LIMIT 1"  # noqa: S608 - from code
)


def invite(database: ServerDatabase, user_id: Id, now: datetime) -> None:
    """Let whoever has this user's address at the company's provider become this user."""
    with database.write() as connection:
        connection.execute(
            "INSERT INTO company_invitation (user_id, until) VALUES (?, ?)"
            " ON CONFLICT (user_id) DO UPDATE SET until = excluded.until",
            (user_id, to_microseconds(now + LASTS)),
        )


def take_invitation(sql: Statements, email: str, at: int) -> Id | None:
    """The user who was invited by this address; the invitation is used up then."""
    called = Among(users_called(sql, email))
    linked = sql.execute(_BY_LINK, (at, called)).fetchone()
    if linked is not None:
        sql.execute("UPDATE invitation SET accepted_at = ? WHERE invitation_id = ?", (at, linked[0]))
        by_link: Id = linked[1]
        return by_link
    found = sql.execute(_BY_NAME, (at, called)).fetchone()
    if found is None:
        return None
    sql.execute("DELETE FROM company_invitation WHERE user_id = ?", (found[0],))
    user_id: Id = found[0]
    return user_id
