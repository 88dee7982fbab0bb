"""Operations that set up a workspace: itself, its roles, users, teams and channels; and discarding of results."""

from dataclasses import dataclass, replace

from agent_desktop.domain.access import actor_of, everything_of, permissions_named
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.base import Context, OperationKind, need
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.result import OperationResult
from agent_desktop.domain.rows import Rows, user_scope
from agent_desktop.domain.workspace import (
    Channel,
    ChannelKind,
    CustomRole,
    Grant,
    Reopening,
    Role,
    Team,
    User,
    Workspace,
    compared,
)

MOST_REOPEN_DAYS = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateWorkspace:
    """The first operation of a workspace."""

    workspace_id: Id
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRole:
    """Add or change a role of the workspace's own. `permissions` are the names of what it allows."""

    role_id: Id
    name: str
    permissions: tuple[str, ...]
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveUser:
    """Add or change a user. None leaves `custom_role_id` ("": none) and `grants` as they are."""

    user_id: Id
    name: str
    email: str = ""
    role: Role = Role.AGENT
    team_ids: tuple[Id, ...] = ()
    signature: str = ""
    active: bool = True
    custom_role_id: Id | None = None
    grants: tuple[Grant, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditProfile:
    """Change what colleagues and customers see of oneself. None leaves a field as it is."""

    user_id: Id
    name: str | None = None
    signature: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveTeam:
    """Add or change a team. None leaves something as it is."""

    team_id: Id
    name: str
    active: bool = True
    private: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveChannel:
    """Add or change a channel. None leaves something as it is."""

    channel_id: Id
    kind: ChannelKind
    name: str
    address: str = ""
    team_id: Id | None = None
    signature: str = ""
    active: bool = True
    private: bool | None = None
    member_ids: tuple[Id, ...] | None = None
    reopening: Reopening | None = None
    reopen_days: int | None = None
    auto_reply: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardResult:
    """Remove one's own rejected operation from "Needs attention"."""

    operation_id: Id


def _create(rows: Rows, payload: CreateWorkspace, context: Context) -> None:
    if rows.query(Workspace):
        raise Rejected(Reason.EXISTS, "workspace")
    rows.put(Workspace(id=payload.workspace_id, name=payload.name, created_at=context.at))


def _save_user(rows: Rows, payload: SaveUser, context: Context) -> None:
    _named(payload.name)
    before = rows.get(User, payload.user_id)
    custom_role_id, grants = payload.custom_role_id, payload.grants
    if custom_role_id is None:
        custom_role_id = before.custom_role_id if before else None
    if grants is None:
        grants = before.grants if before else ()
    after = User(
        id=payload.user_id,
        name=payload.name.strip(),
        email=payload.email,
        role=payload.role,
        team_ids=payload.team_ids,
        signature=payload.signature,
        active=payload.active,
        custom_role_id=custom_role_id or None,
        grants=grants,
    )
    for named in {after.custom_role_id, *(grant.custom_role_id for grant in after.grants)} - {None}:
        need(rows, CustomRole, str(named))
    for user in (after,) if before is None else (before, after):
        # What `role` would allow counts, too: it is what an older program goes by.
        for held in (user, replace(user, custom_role_id=None)):
            if not context.actor.may_give(everything_of(actor_of(rows, held))):
                raise Rejected(Reason.FORBIDDEN, "role")
    _check_address(rows, before, after)
    _keeping_an_administrator(rows, after, context)


def _check_address(rows: Rows, before: User | None, after: User) -> None:
    """Two who sign in with one address would keep each other out: it stays with who has it."""
    wanted = compared(after.email)
    had = before is not None and before.active and compared(before.email) == wanted
    if had or not wanted or not after.active:
        return
    if any(
        user.active and user.id != after.id and compared(user.email) == wanted for user in rows.query(User)
    ):
        raise Rejected(Reason.EXISTS, "e-mail address")


def _keeping_an_administrator(rows: Rows, row: User | CustomRole, context: Context) -> None:
    """Write the row, unless nobody is left then who could let others in again. The server's own hands may do that."""
    had_one = not context.actor.is_system and _has_administrator(rows)
    rows.put(row)
    if had_one and not _has_administrator(rows):
        raise Rejected(Reason.FORBIDDEN, "last administrator")


def _has_administrator(rows: Rows) -> bool:
    actors = (actor_of(rows, user) for user in rows.query(User) if user.active)
    return any(actor.administers and not actor.is_system for actor in actors)


def _save_role(rows: Rows, payload: SaveRole, context: Context) -> None:
    _named(payload.name)
    permissions = permissions_named(payload.permissions)
    if len(permissions) != len(set(payload.permissions)):
        raise Rejected(Reason.INVALID, "permission")
    before = rows.get(CustomRole, payload.role_id)
    if not context.actor.may_give(permissions | permissions_named(before.permissions if before else ())):
        raise Rejected(Reason.FORBIDDEN, "permission")
    role = CustomRole(
        id=payload.role_id,
        name=payload.name.strip(),
        permissions=tuple(sorted(permission.value for permission in permissions)),
        active=payload.active,
    )
    _keeping_an_administrator(rows, role, context)


def _inverse_role(rows: Rows, payload: SaveRole, context: Context) -> tuple[SaveRole, ...] | None:
    before = rows.get(CustomRole, payload.role_id)
    if before is None:
        return None
    return (
        SaveRole(role_id=before.id, name=before.name, permissions=before.permissions, active=before.active),
    )


def _edit_profile(rows: Rows, payload: EditProfile, context: Context) -> None:
    me = need(rows, User, payload.user_id)
    if me.id != context.actor_id:
        raise Rejected(Reason.FORBIDDEN, "not oneself")
    if payload.name is not None:
        _named(payload.name)
        me = replace(me, name=payload.name.strip())
    if payload.signature is not None:
        me = replace(me, signature=payload.signature.strip())
    rows.put(me)


def _inverse_profile(rows: Rows, payload: EditProfile, context: Context) -> tuple[EditProfile, ...]:
    me = rows.get(User, payload.user_id)
    if me is None:
        return ()
    return (
        EditProfile(
            user_id=me.id,
            name=None if payload.name is None else me.name,
            signature=None if payload.signature is None else me.signature,
        ),
    )


def _save_team(rows: Rows, payload: SaveTeam, context: Context) -> None:
    _named(payload.name)
    before = rows.get(Team, payload.team_id)
    private = payload.private if payload.private is not None else before is not None and before.private
    rows.put(Team(id=payload.team_id, name=payload.name.strip(), active=payload.active, private=private))


def _save_channel(rows: Rows, payload: SaveChannel, context: Context) -> None:
    _named(payload.name)
    before = rows.get(Channel, payload.channel_id)
    if before is None:
        before = Channel(id=payload.channel_id, kind=payload.kind, name="")
    days = before.reopen_days if payload.reopen_days is None else payload.reopen_days
    if not 0 <= days <= MOST_REOPEN_DAYS:
        raise Rejected(Reason.INVALID, "days")
    rows.put(
        Channel(
            id=payload.channel_id,
            kind=payload.kind,
            name=payload.name.strip(),
            address=payload.address,
            team_id=payload.team_id,
            signature=payload.signature,
            active=payload.active,
            private=before.private if payload.private is None else payload.private,
            member_ids=before.member_ids if payload.member_ids is None else payload.member_ids,
            reopening=payload.reopening or before.reopening,
            reopen_days=days,
            auto_reply=before.auto_reply if payload.auto_reply is None else payload.auto_reply.strip(),
        )
    )


def _named(name: str) -> None:
    if not name.strip():
        raise Rejected(Reason.INVALID, "empty name")


def _discard(rows: Rows, payload: DiscardResult, context: Context) -> None:
    result = rows.get(OperationResult, payload.operation_id)
    if result is not None and result.scope != user_scope(context.actor_id):
        raise Rejected(Reason.FORBIDDEN)
    rows.delete(OperationResult, payload.operation_id)


CREATE_WORKSPACE = OperationKind(
    name="workspace.create",
    permission=Permission.WORKSPACE_MANAGE,
    title="Create workspace",
    payload=CreateWorkspace,
    apply=_create,
    about=lambda payload: payload.workspace_id,
)
SAVE_ROLE = OperationKind(
    name="role.save",
    permission=Permission.ROLES_MANAGE,
    title="Save role",
    payload=SaveRole,
    apply=_save_role,
    inverse=_inverse_role,
    about=lambda payload: payload.role_id,
)
SAVE_USER = OperationKind(
    name="user.save",
    permission=Permission.USERS_MANAGE,
    title="Save user",
    payload=SaveUser,
    apply=_save_user,
    about=lambda payload: payload.user_id,
    version=2,
    upcasters=(lambda plain: plain,),  # it has no word for roles of the workspace's own, and leaves them
)
EDIT_PROFILE = OperationKind(
    name="user.edit_profile",
    permission=None,
    title="Edit my profile",
    payload=EditProfile,
    apply=_edit_profile,
    inverse=_inverse_profile,
    about=lambda payload: payload.user_id,
)
SAVE_TEAM = OperationKind(
    name="team.save",
    permission=Permission.TEAMS_MANAGE,
    title="Save team",
    payload=SaveTeam,
    apply=_save_team,
    about=lambda payload: payload.team_id,
)
SAVE_CHANNEL = OperationKind(
    name="channel.save",
    permission=Permission.CHANNELS_MANAGE,
    title="Save channel",
    payload=SaveChannel,
    apply=_save_channel,
    about=lambda payload: payload.channel_id,
    version=2,
    upcasters=(lambda plain: plain,),  # it has no word for what happens to mail, and leaves that
)
DISCARD_RESULT = OperationKind(
    name="result.discard",
    permission=None,
    title="Discard",
    payload=DiscardResult,
    apply=_discard,
    about=lambda payload: payload.operation_id,
)
KINDS = (CREATE_WORKSPACE, SAVE_ROLE, SAVE_USER, EDIT_PROFILE, SAVE_TEAM, SAVE_CHANNEL, DISCARD_RESULT)
