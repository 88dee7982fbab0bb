"""Moves conversations and customers to where they belong after it changed who sees them: some at a time."""

from collections.abc import Collection, Iterator

from agent_desktop.domain.access import actor_of
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.scopes import Rescope
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.rows import INBOX_SCOPE, user_scope
from agent_desktop.domain.scopes import channel_scope, narrow_places, team_scope
from agent_desktop.domain.workspace import Channel, CustomRole, Team, User
from agent_desktop.store.database import Statements
from agent_desktop.store.rows import SqlRows
from sync.server.commit import ServerStore

BATCH = 50
"""So many conversations are moved in one transaction, with their messages and files."""
_IN_INBOX = f"(scope = '{INBOX_SCOPE}' OR scope LIKE '{INBOX_SCOPE}+%')"
_JOINED = "SELECT DISTINCT scope FROM scope_digest WHERE entity = ? AND \"rows\" > 0 AND scope LIKE '%+%'"
Condition = tuple[str, tuple[str, ...]]


class Rescoper:
    """Looks for what is not where it belongs whenever a user, a role, a team or a channel has changed."""

    def __init__(self, store: ServerStore) -> None:
        self._store = store
        self._tables = store.schema.tables
        self._looked_at = -1

    def run(self) -> bool:
        """Move one batch; whether there may be more to move."""
        with self._store.database.snapshot() as connection:
            changed = self._last_change(connection)
            if changed == self._looked_at:
                return False
            rows = SqlRows(connection, self._tables)
            narrow = narrow_places(rows)
            restricted = [
                user.id
                for user in rows.query(User)
                if not actor_of(rows, user).may(Permission.CONVERSATION_READ_ALL)
            ]
            shown = {*narrow, *map(user_scope, restricted)}
            # What was merged into another goes where that one goes.
            conversations = _Found(connection, "id", "conversation", "merged_into IS NULL")
            for condition in _misplaced(connection, rows, narrow, restricted):
                conversations.look(condition)
            customers = _Found(connection, "id", "customer")
            if not conversations.ids:
                # Where customers belong follows from where their conversations are.
                for condition in _people(connection, shown):
                    customers.look(condition)
        if conversations.ids or customers.ids:
            self._store.commit(
                [Rescope(conversation_ids=tuple(conversations.ids), customer_ids=tuple(customers.ids))]
            )
        else:
            self._looked_at = changed
        return bool(conversations.ids or customers.ids)

    def _last_change(self, connection: Statements) -> int:
        """The version in which a user, a role, a team or a channel changed last."""
        return max(
            connection.execute(f'SELECT max(ver) FROM "{entity.table}"').fetchone()[0] or 0  # noqa: S608 - names
            for entity in (User, CustomRole, Team, Channel)
        )


class _Found:
    """Up to a batch of rows of a table, each once."""

    def __init__(self, connection: Statements, column: str, table: str, which: str = "1 = 1") -> None:
        self._connection = connection
        self._select = f"SELECT {column} FROM {table} WHERE {which} AND "  # noqa: S608 - names from here
        self.ids: list[Id] = []

    def look(self, condition: Condition) -> None:
        """Add those of which this holds."""
        text, values = condition
        if len(self.ids) < BATCH:
            found = self._connection.execute(
                f"{self._select}{text} LIMIT ?", (*values, BATCH - len(self.ids))
            )
            self.ids = list(dict.fromkeys([*self.ids, *(row_id for (row_id,) in found)]))


def _misplaced(
    connection: Statements, rows: SqlRows, narrow: Collection[str], restricted: Collection[Id]
) -> Iterator[Condition]:
    """What holds of conversations that are not where they belong."""
    for team in rows.query(Team):
        own = team_scope(team.id)
        if team.private:
            # As two ranges, each is found by the index without walking through all that are right.
            yield "team_id = ? AND scope < ?", (team.id, own)
            yield "team_id = ? AND scope > ?", (team.id, own)
        else:
            yield "team_id = ? AND scope = ?", (team.id, own)
            if own in narrow:
                yield f"team_id = ? AND {_IN_INBOX} AND scope NOT LIKE ?", (team.id, f"%+{own}%")
    for channel in rows.query(Channel):
        own = channel_scope(channel.id)
        if channel.private:
            yield f"channel_id = ? AND {_IN_INBOX}", (channel.id,)
        else:
            yield "channel_id = ? AND scope = ?", (channel.id, own)
            if own in narrow:
                yield f"channel_id = ? AND {_IN_INBOX} AND scope NOT LIKE ?", (channel.id, f"%+{own}%")
    for user_id in restricted:
        wanted = (user_id, f"%+{user_scope(user_id)}%")
        yield f"assignee_id = ? AND {_IN_INBOX} AND scope NOT LIKE ?", wanted
    shown = {*narrow, *map(user_scope, restricted)}
    for scope in _joined(connection, "conversation"):
        if not shown.issuperset(scope.split("+")[1:]):
            yield "scope = ?", (scope,)


def _people(connection: Statements, shown: Collection[str]) -> Iterator[Condition]:
    """What holds of customers that are not where they belong, once all conversations are."""
    for scope in _joined(connection, "customer"):
        if not set(shown).issuperset(scope.split("+")[1:]):
            yield "scope = ?", (scope,)
    for part in sorted(shown):
        here = "SELECT customer_id FROM conversation WHERE scope = ?"
        homes = [scope for scope in _joined(connection, "conversation") if part in scope.split("+")]
        for scope in (part, *homes):
            yield f"id IN ({here}) AND scope NOT LIKE ?", (scope, f"%+{part}%")


def _joined(connection: Statements, table: str) -> list[str]:
    """The scopes of a table's rows that name several."""
    return [scope for (scope,) in connection.execute(_JOINED, (table,))]
