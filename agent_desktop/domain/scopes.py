"""Who may see what: every row has one scope, and every user sees the rows of some scopes.

`w` is seen by everybody, `u:<user>` by one user, `t:<team>` and `c:<channel>` by those who belong to a private team or
channel. A conversation is in the scope of its team when that is private, else of its channel when that is, else
everybody's; its messages and files are where it is.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from agent_desktop.domain.access import Actor
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.rows import WORKSPACE_SCOPE, E, Entity, Rows, user_scope
from agent_desktop.domain.workspace import Channel, Team, User

_CHILDREN: tuple[type[Message] | type[Attachment], ...] = (Message, Attachment)


def team_scope(team_id: Id) -> str:
    """The scope of what only a team may see."""
    return f"t:{team_id}"


def channel_scope(channel_id: Id) -> str:
    """The scope of what only the members of a channel may see."""
    return f"c:{channel_id}"


def conversation_scope(rows: Rows, conversation: Conversation) -> str:
    """Where a conversation belongs, as its team and channel are now."""
    team = rows.get(Team, conversation.team_id) if conversation.team_id else None
    if team is not None and team.private:
        return team_scope(team.id)
    channel = rows.get(Channel, conversation.channel_id)
    if channel is not None and channel.private:
        return channel_scope(channel.id)
    return WORKSPACE_SCOPE


def scopes_of(user: User, actor: Actor, teams: Iterable[Team], channels: Iterable[Channel]) -> Iterator[str]:
    """The scopes that a user sees. One belongs to a team or channel before it is made private, and after."""
    yield WORKSPACE_SCOPE
    yield user_scope(user.id)
    if not user.active:
        return
    everything = actor.may(Permission.PRIVATE_READ)
    belongs = {*user.team_ids, *_read_by_grant(actor)}
    for team in teams:
        if everything or team.id in belongs:
            yield team_scope(team.id)
    for channel in channels:
        if everything or user.id in channel.member_ids or channel.team_id in belongs or channel.id in belongs:
            yield channel_scope(channel.id)


def _read_by_grant(actor: Actor) -> Iterator[Id]:
    """Teams and channels that somebody belongs to by a role they have there."""
    for place_id, held in actor.grants.items():
        if Permission.CONVERSATION_READ_ALL in held:
            yield place_id


class ScopedRows:
    """Rows as an operation may see and write them: each is put where it belongs.

    `visible` are the scopes of who acts; None: all, as on a client, which has no other rows. What is in other scopes
    is not there, and cannot be overwritten.
    """

    def __init__(self, rows: Rows, visible: Collection[str] | None) -> None:
        self._rows = rows
        self._visible = visible
        self._written: set[tuple[type[Entity], Id]] = set()

    def _sees(self, row: Entity) -> bool:
        # An operation may take a conversation out of its author's sight, and has still to end.
        return self._visible is None or row.scope in self._visible or (type(row), row.id) in self._written

    def get(self, entity: type[E], row_id: Id) -> E | None:
        """The row with this id, or None."""
        row = self._rows.get(entity, row_id)
        return row if row is None or self._sees(row) else None

    def query(self, entity: type[E], **equal: str | int | None) -> list[E]:
        """All rows whose fields equal the given values, ordered by id."""
        found = self._rows.query(entity, **equal)
        return found if self._visible is None else [row for row in found if self._sees(row)]

    def put(self, row: Entity) -> None:
        """Insert or replace the row, in the scope where it belongs."""
        before = self._writable(type(row), row.id)
        self._written.add((type(row), row.id))
        scope = self._scope_of(row)
        self._rows.put(row if row.scope == scope else replace(row, scope=scope))
        if isinstance(row, Conversation) and scope != (before.scope if before else WORKSPACE_SCOPE):
            self._take_along(row.id, scope)

    def delete(self, entity: type[Entity], row_id: Id) -> None:
        """Remove the row; nothing happens when there is none."""
        if self._writable(entity, row_id) is not None:
            self._rows.delete(entity, row_id)

    def _writable(self, entity: type[E], row_id: Id) -> E | None:
        before = self._rows.get(entity, row_id)
        if before is not None and not self._sees(before):
            raise Rejected(Reason.FORBIDDEN, "scope")
        return before

    def _scope_of(self, row: Entity) -> str:
        if isinstance(row, Conversation):
            return conversation_scope(self._rows, row)
        if isinstance(row, _CHILDREN):
            conversation = self._rows.get(Conversation, row.conversation_id)
            return row.scope if conversation is None else conversation.scope
        return row.scope

    def _take_along(self, conversation_id: Id, scope: str) -> None:
        for entity in _CHILDREN:
            for child in self._rows.query(entity, conversation_id=conversation_id):
                self._written.add((entity, child.id))
                self._rows.put(replace(child, scope=scope))
