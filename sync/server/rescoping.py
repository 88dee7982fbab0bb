"""Moves conversations to where they belong after a team or channel became private or open: some at a time."""

from sqlalchemy import Connection, Select, func, select

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.scopes import Rescope
from agent_desktop.domain.rows import WORKSPACE_SCOPE
from agent_desktop.domain.scopes import channel_scope, team_scope
from agent_desktop.domain.workspace import Channel, Team
from agent_desktop.store.rows import SqlRows
from sync.server.commit import ServerStore

BATCH = 50
"""So many conversations are moved in one transaction, with their messages and files."""


class Rescoper:
    """Looks for conversations that are not where they belong whenever a team or channel has changed."""

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
            ids = self._misplaced(connection)
        if ids:
            self._store.commit([Rescope(conversation_ids=tuple(ids))])
        else:
            self._looked_at = changed
        return bool(ids)

    def _last_change(self, connection: Connection) -> int:
        """The version in which a team or channel changed last."""
        return max(
            connection.execute(select(func.max(self._tables[entity].table.c.ver))).scalar() or 0
            for entity in (Team, Channel)
        )

    def _misplaced(self, connection: Connection) -> list[Id]:
        rows = SqlRows(connection, self._tables)
        c = self._tables[Conversation].table.c
        found: list[Id] = []

        def look(statement: Select[str]) -> None:
            if len(found) < BATCH:
                found.extend(connection.execute(statement.limit(BATCH - len(found))).scalars())

        for team in rows.query(Team):
            own, of_team = team_scope(team.id), select(c.id).where(c.team_id == team.id)
            if team.private:
                # As two ranges, each is found by the index without walking through all that are right.
                look(of_team.where(c.scope < own))
                look(of_team.where(c.scope > own))
            else:
                look(of_team.where(c.scope == own))
        for channel in rows.query(Channel):
            wrong = WORKSPACE_SCOPE if channel.private else channel_scope(channel.id)
            look(select(c.id).where(c.channel_id == channel.id, c.scope == wrong))
        return list(dict.fromkeys(found))
