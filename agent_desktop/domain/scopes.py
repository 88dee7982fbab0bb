"""Where rows are, so that everybody is given what they may see and nothing else.

Every row has one scope, which names those who see it: `w` everybody, `u:<user>` one user, `t:<team>` and `c:<channel>`
those who belong to a private team or channel, `i` those who may read all conversations, `p` those who may see all
customers. A `+` joins several of these: `i+u:<user>` is seen by whoever sees one of them. So somebody who may not read
all is shown what they are assigned to, and what their teams and channels have, while it stays in the inbox of the rest.

A conversation is in the scope of its team when that is private, else of its channel when that is, else in the inbox;
its messages and files are where it is. One that was merged into another is where that one is. A customer is shown
besides to those who see one of their conversations without reading all.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from agent_desktop.domain.access import Actor, actor_of, sees
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer, Identity
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.merging import MERGE_HOPS
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.rows import (
    INBOX_SCOPE,
    PEOPLE_SCOPE,
    WORKSPACE_SCOPE,
    E,
    Entity,
    Rows,
    user_scope,
)
from agent_desktop.domain.workspace import Channel, CustomRole, Team, User

SIGHT_TABLES = frozenset({User.table, CustomRole.table, Team.table, Channel.table})
"""The tables from which it follows who sees which scopes: where one of their rows changes, somebody may see others."""
_CHILDREN: tuple[type[Message] | type[Attachment], ...] = (Message, Attachment)
_USER = user_scope("")


def team_scope(team_id: Id) -> str:
    """The scope of what only a team may see."""
    return f"t:{team_id}"


def channel_scope(channel_id: Id) -> str:
    """The scope of what only the members of a channel may see."""
    return f"c:{channel_id}"


def conversation_scope(rows: Rows, conversation: Conversation, narrow: Collection[str] = ()) -> str:
    """Where a conversation belongs, as its team, channel and assignee are now.

    `narrow` is as `narrow_places` gives it.
    """
    conversation = part_of(rows, conversation)
    team = rows.get(Team, conversation.team_id) if conversation.team_id else None
    if team is not None and team.private:
        return team_scope(team.id)
    channel = rows.get(Channel, conversation.channel_id)
    if channel is not None and channel.private:
        return channel_scope(channel.id)
    besides = {channel_scope(conversation.channel_id)}
    if conversation.team_id is not None:
        besides.add(team_scope(conversation.team_id))
    besides &= set(narrow)
    assignee = rows.get(User, conversation.assignee_id) if conversation.assignee_id else None
    if assignee is not None and not actor_of(rows, assignee).may(Permission.CONVERSATION_READ_ALL):
        besides.add(user_scope(assignee.id))
    return "+".join((INBOX_SCOPE, *sorted(besides)))


def part_of(rows: Rows, conversation: Conversation) -> Conversation:
    """What a conversation is part of after merges: itself, unless it was merged into another."""
    for _ in range(MERGE_HOPS):
        above = rows.get(Conversation, conversation.merged_into) if conversation.merged_into else None
        if above is None:
            break
        conversation = above
    return conversation


def people_scope(rows: Rows, customer_id: Id, narrow: Collection[str] = ()) -> str:
    """Where a customer belongs, as their conversations are now, and those of customers that were merged into them."""
    group, last = {customer_id}, {customer_id}
    for _ in range(MERGE_HOPS):
        last = {row.id for one in last for row in rows.query(Customer, merged_into=one)} - group
        group |= last
    besides = {
        shown
        for one in group
        for conversation in rows.query(Conversation, customer_id=one)
        for shown in _shown_to(conversation.scope, narrow)
    }
    return "+".join((PEOPLE_SCOPE, *sorted(besides)))


def _shown_to(scope: str, narrow: Collection[str]) -> set[str]:
    """Those who see a conversation in this scope without reading all."""
    return {part for part in scope.split("+") if part in narrow or part.startswith(_USER)}


def scopes_of(user: User, actor: Actor, teams: Iterable[Team], channels: Iterable[Channel]) -> Iterator[str]:
    """What a user sees. One belongs to a team or channel before it is made private, and after."""
    yield WORKSPACE_SCOPE
    yield user_scope(user.id)
    if not user.active:
        return
    if actor.may(Permission.CONVERSATION_READ_ALL):
        yield INBOX_SCOPE
    if actor.may(Permission.CUSTOMER_READ):
        yield PEOPLE_SCOPE
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


def narrow_places(rows: Rows) -> frozenset[str]:
    """The teams and channels of people who may not read all: what these have, has to say so.

    Nobody sees more by it, whoever it names: those who belong to a team see what it has.
    """
    teams, channels = rows.query(Team), rows.query(Channel)
    found: set[str] = set()
    for user in rows.query(User):
        actor = actor_of(rows, user)
        if user.active and not actor.may(Permission.CONVERSATION_READ_ALL):
            found.update(scopes_of(user, actor, teams, channels))
            found -= {WORKSPACE_SCOPE, PEOPLE_SCOPE, user_scope(user.id)}
    return frozenset(found)


class ScopedRows:
    """Rows as an operation may see and write them: each is put where it belongs.

    `visible` is what who acts sees; None: all, as on a client, which has no other rows. What is in other scopes is not
    there, and cannot be overwritten. `narrow` is as `narrow_places` gives it; a client need not know.
    """

    def __init__(
        self, rows: Rows, visible: Collection[str] | None, narrow: Collection[str] = frozenset()
    ) -> None:
        self._rows = rows
        self._visible = visible
        self._narrow = narrow
        self._written: set[tuple[type[Entity], Id]] = set()

    def _sees(self, row: Entity) -> bool:
        # An operation may take a conversation out of its author's sight, and has still to end.
        return self._visible is None or sees(self._visible, row.scope) or (type(row), row.id) in self._written

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
        scope = self._scope_of(row, before)
        self._write(row, scope)
        was = before.scope if before is not None else None
        if isinstance(row, Conversation):
            if scope != (was or INBOX_SCOPE):
                self._take_along(_CHILDREN, scope, conversation_id=row.id)
                for merged in self._rows.query(Conversation, merged_into=row.id):
                    self.put(merged)
            if _shown_to(scope, self._narrow) != _shown_to(was or "", self._narrow):
                self._follow_people(row.customer_id)
        elif isinstance(row, Customer):
            if scope != (was or PEOPLE_SCOPE):
                self._take_along((Identity,), scope, customer_id=row.id)
            merged_before = before.merged_into if isinstance(before, Customer) else None
            for survivor in {row.merged_into, merged_before} - {None}:
                if row.merged_into != merged_before or scope != was:
                    self._follow_people(survivor)

    def delete(self, entity: type[Entity], row_id: Id) -> None:
        """Remove the row; nothing happens when there is none."""
        before = self._writable(entity, row_id)
        if before is None:
            return
        self._rows.delete(entity, row_id)
        if isinstance(before, Conversation) and _shown_to(before.scope, self._narrow):
            self._follow_people(before.customer_id)

    def _writable(self, entity: type[E], row_id: Id) -> E | None:
        before = self._rows.get(entity, row_id)
        if before is not None and not self._sees(before):
            raise Rejected(Reason.FORBIDDEN, "scope")
        return before

    def _scope_of(self, row: Entity, before: Entity | None) -> str:
        if isinstance(row, Conversation):
            return conversation_scope(self._rows, row, self._narrow)
        if isinstance(row, _CHILDREN):
            conversation = self._rows.get(Conversation, row.conversation_id)
            return row.scope if conversation is None else conversation.scope
        if isinstance(row, Customer):
            # A new one has no conversations yet.
            return PEOPLE_SCOPE if before is None else people_scope(self._rows, row.id, self._narrow)
        if isinstance(row, Identity):
            customer = self._rows.get(Customer, row.customer_id)
            return row.scope if customer is None else customer.scope
        return row.scope

    def _write(self, row: Entity, scope: str) -> None:
        self._written.add((type(row), row.id))
        self._rows.put(row if row.scope == scope else replace(row, scope=scope))

    def _take_along(
        self, entities: Iterable[type[Message] | type[Attachment] | type[Identity]], scope: str, **owner: Id
    ) -> None:
        for entity in entities:
            for child in self._rows.query(entity, **owner):
                if child.scope != scope:
                    self._write(child, scope)

    def _follow_people(self, customer_id: Id | None) -> None:
        """Show a customer, and those they were merged into, to whoever sees their conversations now."""
        for _ in range(MERGE_HOPS):
            customer = self._rows.get(Customer, customer_id) if customer_id else None
            if customer is None:
                return
            scope = people_scope(self._rows, customer.id, self._narrow)
            if scope != customer.scope:
                self._write(customer, scope)
                self._take_along((Identity,), scope, customer_id=customer.id)
            customer_id = customer.merged_into
