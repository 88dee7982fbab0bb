"""What is typed about people, teams and channels, what is wrong with it, and the operations that save it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from agent_desktop.domain.access import is_administrator
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.workspace import SaveChannel, SaveRole, SaveTeam, SaveUser
from agent_desktop.domain.workspace import Channel, ChannelKind, CustomRole, Reopening, Role, Team, User
from ui.models.administration_text import ROLE_TITLES
from ui.models.mail_account_text import reply_problem

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[^@\s]+@localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonForm:
    """A person: `signature` is their own and stays as it is."""

    name: str = ""
    email: str = ""
    role: Role = Role.AGENT
    team_ids: tuple[Id, ...] = ()
    signature: str = ""
    active: bool = True
    custom_role_id: Id = ""
    """A role of the workspace's own, which counts then; "": `role` does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleForm:
    """A role of the workspace's own."""

    name: str = ""
    permissions: tuple[str, ...] = ()
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamForm:
    """A team."""

    name: str = ""
    private: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelForm:
    """A channel."""

    kind: ChannelKind = ChannelKind.EMAIL
    name: str = ""
    address: str = ""
    team_id: Id | None = None
    signature: str = ""
    private: bool = False
    member_ids: tuple[Id, ...] = ()
    active: bool = True
    reopening: Reopening = Reopening.ALWAYS
    reopen_days: int = 30
    auto_reply: str = ""


StaffForm = PersonForm | RoleForm | TeamForm | ChannelForm


def person_form(user: User) -> PersonForm:
    """A person as they are."""
    return PersonForm(
        name=user.name,
        email=user.email,
        role=user.role,
        team_ids=user.team_ids,
        signature=user.signature,
        active=user.active,
        custom_role_id=user.custom_role_id or "",
    )


def role_form(role: CustomRole) -> RoleForm:
    """A role as it is."""
    return RoleForm(name=role.name, permissions=role.permissions, active=role.active)


def team_form(team: Team) -> TeamForm:
    """A team as it is."""
    return TeamForm(name=team.name, private=team.private, active=team.active)


def channel_form(channel: Channel) -> ChannelForm:
    """A channel as it is."""
    return ChannelForm(
        kind=channel.kind,
        name=channel.name,
        address=channel.address,
        team_id=channel.team_id,
        signature=channel.signature,
        private=channel.private,
        member_ids=channel.member_ids,
        active=channel.active,
        reopening=channel.reopening,
        reopen_days=channel.reopen_days,
        auto_reply=channel.auto_reply,
    )


def person_problem(row_id: Id, form: PersonForm, others: Iterable[User], me: Id) -> str:
    """Why a person cannot be saved so, or ""."""
    email = form.email.strip().casefold()
    if not form.name.strip():
        return "Type a name."
    if email and not _EMAIL.fullmatch(email):
        return "This is no e-mail address."
    others = [user for user in others if user.id != row_id]
    if email and any(user.email.strip().casefold() == email for user in others):
        return "Somebody has this e-mail address already."
    if row_id == me and not form.active:
        return "You cannot disable yourself. Ask another administrator."
    admins = any(user.active and is_administrator(user.role, user.custom_role_id) for user in others)
    if not admins and not (form.active and is_administrator(form.role, form.custom_role_id)):
        return "Somebody has to be an active admin. Make somebody else one first."
    return ""


def role_problem(row_id: Id, form: RoleForm, others: Iterable[CustomRole]) -> str:
    """Why a role cannot be saved so, or ""."""
    built_in = {title.casefold() for title in ROLE_TITLES.values()}
    if " ".join(form.name.split()).casefold() in built_in:
        return "A built-in role has this name."
    problem = _name_problem(form.name, (role.name for role in others if role.id != row_id), "role")
    return problem or ("" if form.permissions else "Choose what the role allows.")


def team_problem(row_id: Id, form: TeamForm, others: Iterable[Team]) -> str:
    """Why a team cannot be saved so, or ""."""
    return _name_problem(form.name, (team.name for team in others if team.id != row_id), "team")


def channel_problem(row_id: Id, form: ChannelForm, others: Iterable[Channel]) -> str:
    """Why a channel cannot be saved so, or ""."""
    others = [channel for channel in others if channel.id != row_id]
    problem = _name_problem(form.name, (channel.name for channel in others), "channel")
    if problem:
        return problem
    address = form.address.strip().casefold()
    if form.kind is ChannelKind.EMAIL and address and not _EMAIL.fullmatch(address):
        return "This is no e-mail address."
    taken = any(
        channel.active and channel.kind is form.kind and channel.address.strip().casefold() == address
        for channel in others
    )
    if address and form.active and taken:
        return "Another channel has this address already."
    return reply_problem(form.auto_reply)


def save_person(row_id: Id, form: PersonForm) -> SaveUser:
    """The operation that saves a person."""
    return SaveUser(
        user_id=row_id,
        name=form.name.strip(),
        email=form.email.strip(),
        role=form.role,
        team_ids=form.team_ids,
        signature=form.signature,
        active=form.active,
        custom_role_id=form.custom_role_id,
    )


def save_role(row_id: Id, form: RoleForm) -> SaveRole:
    """The operation that saves a role."""
    return SaveRole(role_id=row_id, name=form.name.strip(), permissions=form.permissions, active=form.active)


def save_team(row_id: Id, form: TeamForm) -> SaveTeam:
    """The operation that saves a team."""
    return SaveTeam(team_id=row_id, name=form.name.strip(), active=form.active, private=form.private)


def save_channel(row_id: Id, form: ChannelForm) -> SaveChannel:
    """The operation that saves a channel."""
    return SaveChannel(
        channel_id=row_id,
        kind=form.kind,
        name=form.name.strip(),
        address=form.address.strip(),
        team_id=form.team_id,
        signature=form.signature,
        active=form.active,
        private=form.private,
        member_ids=form.member_ids,
        reopening=form.reopening,
        reopen_days=form.reopen_days,
        auto_reply=form.auto_reply.strip(),
    )


def _name_problem(name: str, taken: Iterable[str], noun: str) -> str:
    wanted = " ".join(name.split()).casefold()
    if not wanted:
        return "Type a name."
    if any(" ".join(other.split()).casefold() == wanted for other in taken):
        return f"Another {noun} has this name already."
    return ""
