"""Finds users by what they type as their e-mail address."""

from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import compared
from agent_desktop.store.database import Statements


def users_called(sql: Statements, email: str, *, disabled: bool = False) -> list[Id]:
    """The users with this address, ordered by id; nobody has an empty one. `disabled`: those, too, who are.

    It is compared here: which letters have a small form, and what a text may hold at all, differs from database to
    database. All addresses are read, as they would be for any comparison: there is no index for it.
    """
    wanted = compared(email)
    if not wanted:
        return []
    found = sql.execute('SELECT id, email, active FROM "user" ORDER BY id')
    return [
        user_id for user_id, address, active in found if (active or disabled) and compared(address) == wanted
    ]
