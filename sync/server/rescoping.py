"""Moves conversations to where they belong after a team or channel became private or open: some at a time."""

from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.scopes import Rescope
from agent_desktop.domain.rows import WORKSPACE_SCOPE
from agent_desktop.domain.scopes import channel_scope, team_scope
from agent_desktop.domain.workspace import Channel, Team
from agent_desktop.store.database import Statements
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

    def _last_change(self, connection: Statements) -> int:
        """The version in which a team or channel changed last."""
        return max(
            connection.execute(f'SELECT max(ver) FROM "{entity.table}"').fetchone()[0] or 0  # noqa: S608 - names
            for entity in (Team, Channel)
        )

    def _misplaced(self, connection: Statements) -> list[Id]:
        rows = SqlRows(connection, self._tables)
        found: list[Id] = []

        def look(condition: str, *values: str) -> None:
            if len(found) < BATCH:
                wanted = f"SELECT id FROM conversation WHERE {condition} LIMIT ?"  # noqa: S608 - ours
                found.extend(
                    row_id for (row_id,) in connection.execute(wanted, (*values, BATCH - len(found)))
                )

        for team in rows.query(Team):
            own = team_scope(team.id)
            if team.private:
                # As two ranges, each is found by the index without walking through all that are right.
                look("team_id = ? AND scope < ?", team.id, own)
                look("team_id = ? AND scope > ?", team.id, own)
            else:
                look("team_id = ? AND scope = ?", team.id, own)
        for channel in rows.query(Channel):
            wrong = WORKSPACE_SCOPE if channel.private else channel_scope(channel.id)
            look("channel_id = ? AND scope = ?", channel.id, wrong)
        return list(dict.fromkeys(found))
