"""Who sees which scope, and since and until which version: so that a cursor of one integer tells what came and went."""

from collections.abc import Collection, Iterable

from agent_desktop.domain.access import actor_of, sees
from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.ids import Id
from agent_desktop.domain.rows import INBOX_SCOPE, PEOPLE_SCOPE, WORKSPACE_SCOPE, Rows, user_scope
from agent_desktop.domain.scopes import channel_scope, scopes_of, team_scope
from agent_desktop.domain.workspace import Channel, CustomRole, Team, User
from agent_desktop.store.database import Statements
from sync.server.many import AMONG, Among, Target, store_all

_SEEN_NOW = f"SELECT user_id, scope FROM member WHERE until_ver IS NULL AND user_id {AMONG}"  # noqa: S608 - from code
_SEEN_AT = (
    "SELECT scope, until_ver IS NULL FROM member"
    " WHERE user_id = ? AND since_ver <= ? AND (until_ver IS NULL OR until_ver > ?)"
)
_TOUCHED = f"{_SEEN_NOW} UNION SELECT user_id, scope FROM member WHERE until_ver IS NULL AND scope {AMONG}"  # noqa: S608 - from code
_END = "UPDATE member SET until_ver = ? WHERE user_id = ? AND scope = ? AND until_ver IS NULL"
_NEW = Target("member", ("user_id", "scope", "since_ver"))
_ENTERED = Target("member", ("user_id", "scope", "since_ver", "until_ver"))
_ALL = (INBOX_SCOPE, PEOPLE_SCOPE)
_PARTED = f"SELECT 1 FROM member WHERE scope IN {_ALL} LIMIT 1"  # noqa: S608 - from code
_JOINED = "SELECT DISTINCT scope FROM scope_digest WHERE scope LIKE '%+%'"


class Members:
    """The table of members, which follows from users, roles, teams and channels. What everybody sees is not in it."""

    def scopes(self, connection: Statements, user_id: Id) -> frozenset[str]:
        """The scopes that a user sees now."""
        return self.scopes_of_each(connection, [user_id])[user_id]

    def scopes_of_each(self, connection: Statements, user_ids: Collection[Id]) -> dict[Id, frozenset[str]]:
        """The scopes that each of these users sees now."""
        found: dict[Id, list[str]] = {user_id: [] for user_id in user_ids}
        for user_id, scope in connection.execute(_SEEN_NOW, (Among(user_ids),)):
            found[user_id].append(scope)
        return {user_id: self._with_own(user_id, scopes) for user_id, scopes in found.items()}

    def scopes_at(self, connection: Statements, user_id: Id, version: int) -> frozenset[str]:
        """The scopes that a user saw at a version."""
        return self.scopes_since(connection, user_id, version)[0]

    def scopes_since(
        self, connection: Statements, user_id: Id, version: int
    ) -> tuple[frozenset[str], frozenset[str]]:
        """The scopes that a user saw at a version, and those of them that they have seen ever since.

        What was lost and gained again meanwhile may not have been on pages that were asked for in between.
        """
        saw = connection.execute(_SEEN_AT, (user_id, version, version)).fetchall()
        held = self._with_own(user_id, [scope for scope, _ in saw])
        return held, self._with_own(user_id, [scope for scope, kept in saw if kept])

    @staticmethod
    def _with_own(user_id: Id, scopes: Iterable[str]) -> frozenset[str]:
        return frozenset((WORKSPACE_SCOPE, user_scope(user_id), *scopes))

    def visible(self, connection: Statements, held: Collection[str]) -> frozenset[str]:
        """The scopes of all rows that somebody sees who sees these: those, too, that name one of them among others."""
        joined = (scope for (scope,) in connection.execute(_JOINED))
        return frozenset((*held, *(scope for scope in joined if sees(held, scope))))

    def fill(self, connection: Statements, rows: Rows, version: int) -> None:
        """Make the entries of a workspace that has none yet, but for those that `part` makes."""
        if connection.execute("SELECT 1 FROM member LIMIT 1").fetchone() is None:
            entries = self._entries(rows, rows.query(User))
            self._change(connection, set(), {entry for entry in entries if entry[1] not in _ALL}, version)

    def part(self, connection: Statements, rows: Rows, version: int) -> bool:
        """Make the entries of a workspace from before there were people who may not read all: they read all until
        `version`, everybody else still does. False when they were made before.
        """
        users = rows.query(User)
        if not users or connection.execute(_PARTED).fetchone() is not None:
            return False
        entries = self._entries(rows, users)
        entered = [
            (user.id, scope, 0, None if (user.id, scope) in entries else version)
            for user in users
            for scope in _ALL
        ]
        store_all(connection, _ENTERED, entered)
        return True

    def follow(self, connection: Statements, rows: Rows, changes: ChangeSet, version: int) -> None:
        """Do what follows from changed users, roles, teams and channels."""
        users = {change.id for change in changes.of(User)}
        scopes = {team_scope(change.id) for change in changes.of(Team)}
        scopes |= {channel_scope(change.id) for change in changes.of(Channel)}
        roles = {change.id for change in changes.of(CustomRole)}
        if not users and not scopes and not roles:
            return
        if roles:
            users |= {user.id for user in rows.query(User) if roles & _roles_of(user)}
        touched = connection.execute(_TOUCHED, (Among(users), Among(scopes)))
        before = {(user_id, scope) for user_id, scope in touched}
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
            for scope in scopes_of(user, actor_of(rows, user), teams, channels)
            if scope not in own and scope != user_scope(user.id)
        }

    def _change(
        self, connection: Statements, before: set[tuple[Id, str]], after: set[tuple[Id, str]], version: int
    ) -> None:
        for user_id, scope in before - after:
            connection.execute(_END, (version, user_id, scope))
        store_all(connection, _NEW, [(*entry, version) for entry in sorted(after - before)])


def _roles_of(user: User) -> set[Id | None]:
    """The workspace's own roles that somebody has, anywhere."""
    return {user.custom_role_id, *(grant.custom_role_id for grant in user.grants)}
