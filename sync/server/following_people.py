"""What follows for those whose rights were changed: who is disabled is signed out, and no link gives too much.

A link by which somebody chooses a password makes whoever has it that user, for days: it has to be good at each moment
for what it would give then, by what whoever made it may give then.
"""

from agent_desktop.domain.access import SYSTEM_ID, actor_of, everything_of
from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.workspace import CustomRole, User
from sync.server.audit import AuditLog
from sync.server.sign_in import invitations
from sync.server.sign_in.devices import sign_out_everywhere
from sync.server.transaction import Transaction

_FORGET = "DELETE FROM company_invitation WHERE user_id = ?"


def follow_people(transaction: Transaction, changes: ChangeSet) -> None:
    """Do what follows from changed users and roles, in the transaction that changes them."""
    users = list(changes.of(User))
    if not users and not any(changes.of(CustomRole)):
        return
    sql = transaction.connection
    for change in users:
        if change.old is not None and change.old.active and (change.new is None or not change.new.active):
            # For good: who is let in again later proves who they are, and a lost computer stays signed out.
            sign_out_everywhere(sql, change.id, to_microseconds(transaction.time))
            sql.execute(_FORGET, (change.id,))
    for invitation_id, user_id, made_by in invitations.still_open(sql, transaction.time):
        if not _is_theirs_to_give(transaction.rows, user_id, made_by):
            invitations.withdraw(sql, invitation_id, transaction.time)
            AuditLog().record(
                sql, transaction.time, SYSTEM_ID, None, AuditAction.INVITATION_WITHDRAWN, invitation_id
            )


def _is_theirs_to_give(rows: Rows, user_id: Id, made_by: Id) -> bool:
    """Whether who made a link for somebody could make it now."""
    invited = rows.get(User, user_id)
    if invited is None or not invited.active:
        return False
    if made_by == SYSTEM_ID:
        return True
    maker = rows.get(User, made_by)
    if maker is None or not maker.active:
        return False
    actor = actor_of(rows, maker)
    return actor.may(Permission.USERS_MANAGE) and actor.may_give(everything_of(actor_of(rows, invited)))
