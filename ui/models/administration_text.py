"""How people, roles, teams, channels and devices read in the tables of administration."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from agent_desktop.domain.ids import Id
from agent_desktop.domain.permissions import BUILT_IN, WORDS, Permission
from agent_desktop.domain.workspace import Channel, CustomRole, Role, Team, User
from agent_desktop.services.administration import Invitation, ManagedDevice
from ui.icon_names import IconName
from ui.models.cells import Cell, Column, TableRow
from ui.models.channel_icons import CHANNEL_ICONS
from ui.models.moment_text import date_text, full_text
from ui.models.timeline_text import channel_title
from ui.tokens import ChipTone, ColorRole

ROLE_TITLES: Mapping[Role, str] = {
    Role.AGENT: "Agent",
    Role.FIELD: "Field",
    Role.SUPERVISOR: "Supervisor",
    Role.REVIEWER: "Reviewer",
    Role.ADMIN: "Admin",
    Role.AUDITOR: "Auditor",
}
"""How the built-in roles are called, in the order of the matrix."""
ROLE_WORDS: Mapping[Role, str] = {
    Role.AGENT: "Answers customers and keeps the knowledge base.",
    Role.FIELD: "Works on what is assigned to them, and sees nothing else.",
    Role.SUPERVISOR: "Leads: sees private teams and channels, and manages people, teams and channels.",
    Role.REVIEWER: "Reads, and rates the work of colleagues.",
    Role.ADMIN: "Holds every permission.",
    Role.AUDITOR: "Reads everything, the audit log too, and changes nothing.",
}
_NOBODY = "—"
_RECENT = timedelta(minutes=5)
_FEW = 3

PEOPLE = (Column("Person", 4), Column("Role"), Column("Teams", 3), Column("State"))
TEAMS = (Column("Team", 3), Column("Members", 5), Column("Seen by"), Column("State"))
CHANNELS = (
    Column("Channel", 4),
    Column("Kind"),
    Column("Mailbox", 4),
    Column("Team", 2),
    Column("Seen by"),
    Column("State"),
)
INVITATIONS = (Column("For", 3), Column("Invited by", 2), Column("The link is good until"))
DEVICES = (
    Column("Device", 3),
    Column("Person", 3),
    Column("Version"),
    Column("Last contact"),
    Column("Waiting there"),
    Column("State"),
)

_TONES = {Role.ADMIN: ChipTone.ACCENT, Role.SUPERVISOR: ChipTone.ACCENT, Role.AUDITOR: ChipTone.WARN}


def role_title(role: Role) -> str:
    """How a built-in role is called."""
    return ROLE_TITLES.get(role, "Server")


def role_tone(role: Role) -> ChipTone:
    """The colour of a role's chip: those who may change or read more stand out."""
    return _TONES.get(role, ChipTone.NEUTRAL)


def person_row(
    user: User, teams: Mapping[Id, Team], mine: bool, roles: Mapping[Id, CustomRole] | None = None
) -> TableRow:
    """One person."""
    names = [teams[team_id].name for team_id in user.team_ids if team_id in teams]
    return TableRow(
        user.id,
        (
            Cell(
                text=f"{user.name} (you)" if mine else user.name,
                detail=user.email or "No e-mail address",
                avatar=user.name,
                color=ColorRole.TEXT if user.active else ColorRole.TEXT_3,
            ),
            _role(user, roles or {}),
            Cell(text=", ".join(sorted(names)) or _NOBODY, color=ColorRole.TEXT_2),
            _state(user.active, "Active", "Disabled"),
        ),
    )


def team_row(team: Team, users: Iterable[User]) -> TableRow:
    """One team, and who is in it."""
    members = sorted(user.name for user in users if user.active and team.id in user.team_ids)
    words = ", ".join(members[:_FEW])
    if len(members) > _FEW:
        words += f" and {len(members) - _FEW} more"
    return TableRow(
        team.id,
        (
            Cell(text=team.name, icon=IconName.USERS, strong=True),
            Cell(text=words or "Nobody yet", color=ColorRole.TEXT_2 if words else ColorRole.TEXT_3),
            _seen_by(team.private, "Members only"),
            _state(team.active, "Open", "Closed"),
        ),
    )


def channel_row(channel: Channel, teams: Mapping[Id, Team], mailbox: Cell | None = None) -> TableRow:
    """One channel, and how its mailbox does where it has one."""
    team = teams.get(channel.team_id) if channel.team_id else None
    return TableRow(
        channel.id,
        (
            Cell(
                text=channel.name,
                detail=channel.address or "No address",
                icon=CHANNEL_ICONS[channel.kind],
                color=ColorRole.TEXT if channel.active else ColorRole.TEXT_3,
            ),
            Cell(text=channel_title(channel.kind), color=ColorRole.TEXT_2),
            mailbox or Cell(text=_NOBODY, color=ColorRole.TEXT_3),
            Cell(text=team.name if team else _NOBODY, color=ColorRole.TEXT_2),
            _seen_by(channel.private, "Members only"),
            _state(channel.active, "Open", "Closed"),
        ),
    )


def device_row(
    device: ManagedDevice, user: User | None, now: datetime, zone: tzinfo | None = None
) -> TableRow:
    """One device: when it was last here, and what would be lost with it."""
    pending = device.pending
    waiting = Cell(text="Not known", color=ColorRole.TEXT_3)
    if pending is not None:
        waiting = (
            Cell(text=f"{pending:,} change{'s' if pending != 1 else ''}", tone=ChipTone.WARN)
            if pending
            else Cell(text="Nothing", color=ColorRole.TEXT_2)
        )
    return TableRow(
        device.id,
        (
            Cell(text=device.name or "Computer", detail=device.os or "System not told", icon=IconName.WINDOW),
            Cell(text=user.name if user else "Somebody", avatar=user.name if user else "?"),
            Cell(text=device.version or _NOBODY, color=ColorRole.TEXT_2),
            Cell(text=contact_text(device.seen_at, now, zone), color=ColorRole.TEXT_2),
            waiting,
            _device_state(device),
        ),
    )


def invitation_row(
    invitation: Invitation, invited: User | None, by: User | None, zone: tzinfo | None = None
) -> TableRow:
    """One open invitation."""
    name = invited.name if invited else "Somebody"
    return TableRow(
        invitation.id,
        (
            Cell(text=f"{name} ({invited.email})" if invited and invited.email else name),
            Cell(text=by.name if by else "The server's own console", color=ColorRole.TEXT_2),
            Cell(text=full_text(invitation.expires_at, zone), color=ColorRole.TEXT_2),
        ),
    )


def role_columns(custom: Sequence[str] = ()) -> tuple[Column, ...]:
    """The columns of the matrix: what may be done, and each role."""
    titles = (*ROLE_TITLES.values(), *custom)
    return (Column("Permission", 1), *(Column(title, centered=True) for title in titles))


def role_rows(custom: Sequence[tuple[str, frozenset[Permission]]] = ()) -> tuple[TableRow, ...]:
    """A row for each permission, with a tick for each role that holds it."""
    held = [(ROLE_TITLES[role], BUILT_IN[role]) for role in ROLE_TITLES]
    held += list(custom)
    return tuple(
        TableRow(
            permission.value,
            (
                Cell(text=words.title, detail=words.explanation),
                *(_tick(title, permission in permissions) for title, permissions in held),
            ),
        )
        for permission, words in WORDS.items()
    )


def _role(user: User, roles: Mapping[Id, CustomRole]) -> Cell:
    if not user.custom_role_id:
        return Cell(text=role_title(user.role), tone=role_tone(user.role))
    own = roles.get(user.custom_role_id)
    return Cell(text=own.name if own is not None else "Unknown role", tone=ChipTone.OK)


def _tick(role: str, held: bool) -> Cell:
    return (
        Cell(text=f"{role}: yes", mark=IconName.CHECK, color=ColorRole.ACCENT)
        if held
        else Cell(text=f"{role}: no", mark=IconName.MINUS, color=ColorRole.TEXT_3)
    )


def _state(active: bool, yes: str, no: str) -> Cell:
    return Cell(text=yes, tone=ChipTone.OK) if active else Cell(text=no, tone=ChipTone.NEUTRAL)


def _seen_by(private: bool, words: str) -> Cell:
    return Cell(text=words, icon=IconName.LOCK) if private else Cell(text="Everybody", color=ColorRole.TEXT_2)


def _device_state(device: ManagedDevice) -> Cell:
    if device.wiped_at is not None:
        return Cell(text="Wiped", tone=ChipTone.NEUTRAL)
    if device.wipe_requested_at is not None:
        return Cell(text="Wipe asked for", tone=ChipTone.DANGER)
    if not device.signed_in:
        return Cell(text="Signed out", tone=ChipTone.NEUTRAL)
    return Cell(text="Signed in", tone=ChipTone.OK)


def contact_text(seen_at: datetime, now: datetime, zone: tzinfo | None) -> str:
    """When a device was last here."""
    return "Just now" if now - seen_at < _RECENT else date_text(seen_at, now, zone)
