"""Who and what is in the workspace: small tables held in memory, refreshed when they change."""

import threading

from agent_desktop.domain.access import Actor, actor_of
from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.ids import Id
from agent_desktop.domain.policy import Policy, policy_of
from agent_desktop.domain.rows import E
from agent_desktop.domain.workspace import Channel, CustomRole, Tag, Team, User, Workspace
from agent_desktop.services.change_feed import ChangeFeed
from agent_desktop.store.database import Database
from agent_desktop.store.rows import SqlRows
from agent_desktop.store.schema import ReplicaSchema

_HELD = (Workspace, Policy, CustomRole, User, Team, Channel, Tag)


class Directory:
    """Workspace, users, teams, channels and tags by id, without a query."""

    def __init__(self, database: Database, schema: ReplicaSchema, feed: ChangeFeed, user_id: Id) -> None:
        self._database = database
        self._schema = schema
        self._user_id = user_id
        self._lock = threading.Lock()
        self._load()
        self._unsubscribe = feed.subscribe(self._on_changes)

    def _load(self) -> None:
        with self._database.snapshot() as connection:
            rows = SqlRows(connection, self._schema.tables)
            workspaces = rows.query(Workspace)
            users, teams = rows.query(User), rows.query(Team)
            channels, tags = rows.query(Channel), rows.query(Tag)
            me = rows.get(User, self._user_id) or User(id=self._user_id, name="You")
            actor = actor_of(rows, me)
            roles, policy = rows.query(CustomRole), policy_of(rows)
        with self._lock:
            self._me, self._actor = me, actor
            self._roles, self._policy = _by_id(roles), policy
            self._workspace = workspaces[0] if workspaces else None
            self._users = _by_id(users)
            self._teams = _by_id(teams)
            self._channels = _by_id(channels)
            self._tags = tuple(sorted((tag.name for tag in tags), key=str.casefold))

    def _on_changes(self, changes: ChangeSet) -> None:
        if changes.bulk or any(change.entity in _HELD for change in changes.changes):
            self._load()

    @property
    def me(self) -> User:
        """The user of this profile."""
        return self._me

    @property
    def actor(self) -> Actor:
        """The user of this profile, with what they may do."""
        return self._actor

    @property
    def workspace_name(self) -> str:
        """The name of the workspace."""
        return self._workspace.name if self._workspace else ""

    @property
    def workspace(self) -> Workspace | None:
        """The workspace itself; None before it is here."""
        return self._workspace

    @property
    def policy(self) -> Policy:
        """What the workspace has decided for all."""
        return self._policy

    def roles(self) -> tuple[CustomRole, ...]:
        """The roles of the workspace's own that are in use, by name."""
        return _active(self._roles)

    def all_roles(self) -> tuple[CustomRole, ...]:
        """The roles of the workspace's own by name, those too that are out of use."""
        return _by_name(self._roles)

    def users(self) -> tuple[User, ...]:
        """Active users by name."""
        return _active(self._users)

    def teams(self) -> tuple[Team, ...]:
        """Active teams by name."""
        return _active(self._teams)

    def channels(self) -> tuple[Channel, ...]:
        """Active channels by name."""
        return _active(self._channels)

    def everybody(self) -> tuple[User, ...]:
        """All users by name, those too who were disabled."""
        return _by_name(self._users)

    def all_teams(self) -> tuple[Team, ...]:
        """All teams by name, closed ones too."""
        return _by_name(self._teams)

    def all_channels(self) -> tuple[Channel, ...]:
        """All channels by name, closed ones too."""
        return _by_name(self._channels)

    def tags(self) -> tuple[str, ...]:
        """The names of all tags."""
        return self._tags

    def user(self, user_id: Id | None) -> User | None:
        """The user, or None."""
        return self._users.get(user_id) if user_id else None

    def team(self, team_id: Id | None) -> Team | None:
        """The team, or None."""
        return self._teams.get(team_id) if team_id else None

    def channel(self, channel_id: Id | None) -> Channel | None:
        """The channel, or None."""
        return self._channels.get(channel_id) if channel_id else None


def _by_id(rows: list[E]) -> dict[Id, E]:
    return {row.id: row for row in rows}


def _active(rows: dict[Id, E]) -> tuple[E, ...]:
    return tuple(row for row in _by_name(rows) if getattr(row, "active", True))


def _by_name(rows: dict[Id, E]) -> tuple[E, ...]:
    return tuple(sorted(rows.values(), key=lambda row: str(getattr(row, "name", "")).casefold()))
