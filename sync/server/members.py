"""Who sees which scope, and since and until which version: so that a cursor of one integer tells what came and went."""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, insert, or_, select, update

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.ids import Id
from agent_desktop.domain.rows import WORKSPACE_SCOPE, Rows, user_scope
from agent_desktop.domain.scopes import channel_scope, scopes_of, team_scope
from agent_desktop.domain.workspace import Channel, Team, User
from sync.server.many import of_each
from sync.server.schema import ServerSchema


class Members:
    """The table of members, which follows from users, teams and channels. What everybody sees is not in it."""

    def __init__(self, schema: ServerSchema) -> None:
        self._schema = schema
        self._table = schema.member

    def scopes(self, connection: Connection, user_id: Id) -> frozenset[str]:
        """The scopes that a user sees now."""
        return self.scopes_of_each(connection, [user_id])[user_id]

    def scopes_of_each(self, connection: Connection, user_ids: Collection[Id]) -> dict[Id, frozenset[str]]:
        """The scopes that each of these users sees now."""
        found: dict[Id, list[str]] = {user_id: [] for user_id in user_ids}
        now = "SELECT user_id, scope FROM member WHERE until_ver IS NULL AND user_id"
        for user_id, scope in of_each(connection, now, user_ids):
            found[user_id].append(scope)
        return {user_id: self._with_own(user_id, scopes) for user_id, scopes in found.items()}

    def scopes_at(self, connection: Connection, user_id: Id, version: int) -> frozenset[str]:
        """The scopes that a user saw at a version."""
        c = self._table.c
        saw = select(c.scope).where(
            c.user_id == user_id, c.since_ver <= version, or_(c.until_ver.is_(None), c.until_ver > version)
        )
        return self._with_own(user_id, connection.execute(saw).scalars())

    @staticmethod
    def _with_own(user_id: Id, scopes: Iterable[str]) -> frozenset[str]:
        return frozenset((WORKSPACE_SCOPE, user_scope(user_id), *scopes))

    def fill(self, connection: Connection, rows: Rows, version: int) -> None:
        """Make the entries of a workspace that has none yet."""
        if connection.execute(select(self._table.c.user_id).limit(1)).first() is None:
            self._change(connection, set(), self._entries(rows, rows.query(User)), version)

    def follow(self, connection: Connection, rows: Rows, changes: ChangeSet, version: int) -> None:
        """Do what follows from changed users, teams and channels."""
        users = {change.id for change in changes.of(User)}
        scopes = {team_scope(change.id) for change in changes.of(Team)}
        scopes |= {channel_scope(change.id) for change in changes.of(Channel)}
        if not users and not scopes:
            return
        c = self._table.c
        touched = select(c.user_id, c.scope).where(
            c.until_ver.is_(None), or_(c.user_id.in_(users), c.scope.in_(scopes))
        )
        before = {(user_id, scope) for user_id, scope in connection.execute(touched)}
        after = {
            (user_id, scope)
            for user_id, scope in self._entries(rows, rows.query(User))
            if user_id in users or scope in scopes
        }
        self._change(connection, before, after, version)

    @staticmethod
    def _entries(rows: Rows, users: Iterable[User]) -> set[tuple[Id, str]]:
        teams, channels = rows.query(Team), rows.query(Channel)
        own = {WORKSPACE_SCOPE}
        return {
            (user.id, scope)
            for user in users
            for scope in scopes_of(user, teams, channels)
            if scope not in own and scope != user_scope(user.id)
        }

    def _change(
        self, connection: Connection, before: set[tuple[Id, str]], after: set[tuple[Id, str]], version: int
    ) -> None:
        c = self._table.c
        for user_id, scope in before - after:
            connection.execute(
                update(self._table)
                .where(c.user_id == user_id, c.scope == scope, c.until_ver.is_(None))
                .values(until_ver=version)
            )
        new = [
            {"user_id": user_id, "scope": scope, "since_ver": version}
            for user_id, scope in sorted(after - before)
        ]
        if new:
            connection.execute(insert(self._table), new)
