"""Operations that set up a workspace: itself, its users, teams and channels; and discarding of results."""

from dataclasses import dataclass, replace

from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.base import LEADERS, Context, OperationKind, need
from agent_desktop.domain.result import OperationResult
from agent_desktop.domain.rows import Rows, user_scope
from agent_desktop.domain.workspace import Channel, ChannelKind, Role, Team, User, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateWorkspace:
    """The first operation of a workspace."""

    workspace_id: Id
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveUser:
    """Add or change a user."""

    user_id: Id
    name: str
    email: str = ""
    role: Role = Role.AGENT
    team_ids: tuple[Id, ...] = ()
    signature: str = ""
    active: bool = True


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
    """Add or change a channel. None leaves `private` and `member_ids` as they are."""

    channel_id: Id
    kind: ChannelKind
    name: str
    address: str = ""
    team_id: Id | None = None
    signature: str = ""
    active: bool = True
    private: bool | None = None
    member_ids: tuple[Id, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardResult:
    """Remove one's own rejected operation from "Needs attention"."""

    operation_id: Id


_MAY_GIVE: dict[Role, frozenset[Role]] = {
    Role.SUPERVISOR: frozenset({Role.AGENT, Role.FIELD, Role.REVIEWER, Role.SUPERVISOR}),
    Role.ADMIN: frozenset(Role) - {Role.SYSTEM},
    Role.SYSTEM: frozenset(Role),
}
"""The roles that each role may give and take: nobody makes themselves more than they are."""


def _create(rows: Rows, payload: CreateWorkspace, context: Context) -> None:
    if rows.query(Workspace):
        raise Rejected(Reason.EXISTS, "workspace")
    rows.put(Workspace(id=payload.workspace_id, name=payload.name, created_at=context.at))


def _save_user(rows: Rows, payload: SaveUser, context: Context) -> None:
    _named(payload.name)
    before = rows.get(User, payload.user_id)
    roles = {payload.role, before.role} if before else {payload.role}
    if not roles <= _MAY_GIVE.get(context.role, frozenset()):
        raise Rejected(Reason.FORBIDDEN, "role")
    rows.put(
        User(
            id=payload.user_id,
            name=payload.name.strip(),
            email=payload.email,
            role=payload.role,
            team_ids=payload.team_ids,
            signature=payload.signature,
            active=payload.active,
        )
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
    private, member_ids = payload.private, payload.member_ids
    if private is None:
        private = before is not None and before.private
    if member_ids is None:
        member_ids = before.member_ids if before else ()
    rows.put(
        Channel(
            id=payload.channel_id,
            kind=payload.kind,
            name=payload.name.strip(),
            address=payload.address,
            team_id=payload.team_id,
            signature=payload.signature,
            active=payload.active,
            private=private,
            member_ids=member_ids,
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
    title="Create workspace",
    payload=CreateWorkspace,
    apply=_create,
    about=lambda payload: payload.workspace_id,
    roles=LEADERS,
)
SAVE_USER = OperationKind(
    name="user.save",
    title="Save user",
    payload=SaveUser,
    apply=_save_user,
    about=lambda payload: payload.user_id,
    roles=LEADERS,
)
EDIT_PROFILE = OperationKind(
    name="user.edit_profile",
    title="Edit my profile",
    payload=EditProfile,
    apply=_edit_profile,
    inverse=_inverse_profile,
    about=lambda payload: payload.user_id,
)
SAVE_TEAM = OperationKind(
    name="team.save",
    title="Save team",
    payload=SaveTeam,
    apply=_save_team,
    about=lambda payload: payload.team_id,
    roles=LEADERS,
)
SAVE_CHANNEL = OperationKind(
    name="channel.save",
    title="Save channel",
    payload=SaveChannel,
    apply=_save_channel,
    about=lambda payload: payload.channel_id,
    roles=LEADERS,
)
DISCARD_RESULT = OperationKind(
    name="result.discard",
    title="Discard",
    payload=DiscardResult,
    apply=_discard,
    about=lambda payload: payload.operation_id,
)
KINDS = (CREATE_WORKSPACE, SAVE_USER, EDIT_PROFILE, SAVE_TEAM, SAVE_CHANNEL, DISCARD_RESULT)
