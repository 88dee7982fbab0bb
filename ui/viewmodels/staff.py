"""Who and what is set up in the workspace: people, teams and channels, and saving them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.access import permissions_named
from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.ids import Id
from agent_desktop.domain.permissions import BUILT_IN, Permission
from agent_desktop.domain.policy import Policy
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import Channel, ChannelKind, CustomRole, Role, Team, User, Workspace
from agent_desktop.services.apply import Applied
from ui.models import administration_text as words
from ui.models.administration_forms import (
    ChannelForm,
    PersonForm,
    RoleForm,
    StaffForm,
    TeamForm,
    channel_problem,
    person_problem,
    role_problem,
    save_channel,
    save_person,
    save_role,
    save_team,
    team_problem,
)
from ui.models.cells import Cell, TableRow

if TYPE_CHECKING:
    from ui.context import UiContext

_SHOWN = (User, CustomRole, Team, Channel, Workspace, Policy)


class StaffViewModel(QObject):
    """People, teams and channels as they are now. `changed`: something of it is different."""

    changed = Signal()

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._directory = context.desk.directory
        context.changes.received.connect(self._on_changes)

    # ----- who may

    def may(self, permission: Permission) -> bool:
        """Whether this user's role holds a permission."""
        return self._directory.actor.may(permission)

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that this user may give: nobody gives what they do not hold."""
        actor = self._directory.actor
        return tuple(role for role in words.ROLE_TITLES if actor.may_give(BUILT_IN[role]))

    # ----- what there is

    @property
    def people(self) -> tuple[TableRow, ...]:
        """Everybody, those who work here first."""
        teams, me = self._teams(), self._directory.me.id
        users = sorted(self._directory.everybody(), key=lambda user: not user.active)
        roles = {role.id: role for role in self._directory.all_roles()}
        return tuple(words.person_row(user, teams, user.id == me, roles) for user in users)

    @property
    def teams(self) -> tuple[TableRow, ...]:
        """All teams."""
        users = self._directory.everybody()
        return tuple(words.team_row(team, users) for team in self._directory.all_teams())

    def channels(self, mailboxes: Mapping[Id, Cell]) -> tuple[TableRow, ...]:
        """All channels, and how their mailboxes do."""
        teams = self._teams()
        return tuple(
            words.channel_row(channel, teams, mailboxes.get(channel.id))
            for channel in self._directory.all_channels()
        )

    @property
    def mail_channels(self) -> tuple[Channel, ...]:
        """The channels that have mailboxes."""
        return tuple(
            channel for channel in self._directory.all_channels() if channel.kind is ChannelKind.EMAIL
        )

    def user(self, user_id: Id) -> User | None:
        """A person, or None."""
        return self._directory.user(user_id)

    def team(self, team_id: Id) -> Team | None:
        """A team, or None."""
        return self._directory.team(team_id)

    def channel(self, channel_id: Id) -> Channel | None:
        """A channel, or None."""
        return self._directory.channel(channel_id)

    def role(self, role_id: Id) -> CustomRole | None:
        """A role of the workspace's own, or None."""
        return next((role for role in self.own_roles if role.id == role_id), None)

    @property
    def open_teams(self) -> tuple[Team, ...]:
        """Teams that work can be given to."""
        return self._directory.teams()

    @property
    def colleagues(self) -> tuple[User, ...]:
        """People who work here."""
        return self._directory.users()

    @property
    def own_roles(self) -> tuple[CustomRole, ...]:
        """The roles of the workspace's own, those too that are out of use."""
        return self._directory.all_roles()

    @property
    def givable_roles(self) -> tuple[CustomRole, ...]:
        """Those of them that this user may give."""
        actor = self._directory.actor
        return tuple(
            role for role in self._directory.roles() if actor.may_give(permissions_named(role.permissions))
        )

    @property
    def held(self) -> frozenset[Permission]:
        """What this user may put into a role: what they hold themselves."""
        return self._directory.actor.held

    @property
    def matrix(self) -> tuple[tuple[str, frozenset[Permission]], ...]:
        """The workspace's own roles in use, with what each allows."""
        return tuple((role.name, permissions_named(role.permissions)) for role in self._directory.roles())

    # ----- changing it

    def new_id(self) -> Id:
        """An id for something new."""
        return self._context.desk.ids.new()

    def problem(self, row_id: Id, form: StaffForm) -> str:
        """Why a person, role, team or channel cannot be saved so, or ""."""
        directory = self._directory
        match form:
            case PersonForm():
                return person_problem(row_id, form, directory.everybody(), directory.me.id)
            case RoleForm():
                return role_problem(row_id, form, directory.all_roles())
            case TeamForm():
                return team_problem(row_id, form, directory.all_teams())
            case ChannelForm():
                return channel_problem(row_id, form, directory.all_channels())

    def save(self, row_id: Id, form: StaffForm) -> None:
        """Save a person, role, team or channel."""
        name = form.name.strip()
        match form:
            case PersonForm():
                self._save(save_person(row_id, form), f"{name} saved.")
            case RoleForm():
                self._save(save_role(row_id, form), f"Role {name} saved.")
            case TeamForm():
                self._save(save_team(row_id, form), f"Team {name} saved.")
            case ChannelForm():
                self._save(save_channel(row_id, form), f"Channel {name} saved.")

    def _save(self, payload: Record, message: str) -> None:
        apply, navigator = self._context.desk.apply, self._context.navigator

        def done(applied: Applied) -> None:
            navigator.notify(message, applied)

        self._context.tasks.write(lambda: apply(payload), done)

    def _teams(self) -> dict[Id, Team]:
        return {team.id: team for team in self._directory.all_teams()}

    def _on_changes(self, change_set: ChangeSet) -> None:
        if change_set.bulk or any(change.entity in _SHOWN for change in change_set.changes):
            self.changed.emit()
