"""The principals of the matrix, one of each kind, and the places that they see or do not see."""

from dataclasses import replace

from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.workspace import ChannelKind, CustomRole, Grant, Role, Team, User
from tests.factories import ADMIN, ANNA, SUPERVISOR, SYSTEM, an_id, make_channel, make_team, make_user

HR: Team = make_team(name="People and pay", private=True)
CHAT = make_channel(kind=ChannelKind.CHAT)
READER = CustomRole(
    id=an_id("role reader"),
    name="Reader",
    permissions=tuple(
        sorted(
            (
                Permission.CONVERSATION_READ_ALL,
                Permission.CONVERSATION_NOTE,
                Permission.CONVERSATION_EDIT,
                Permission.EXPORT,
                Permission.AUDIT_READ,
            )
        )
    ),
)
"""Reads and notes, but sees no customers."""
FIELD = make_user(name="Finn Field", role=Role.FIELD)
OTHER = make_user(name="Otto Other", team_ids=(HR.id,))
REVIEWER = make_user(name="Rita Review", role=Role.REVIEWER)
AUDITOR = make_user(name="Aldo Audit", role=Role.AUDITOR)
CUSTOM = make_user(name="Cleo Custom", role=Role.FIELD, custom_role_id=READER.id)
GRANTED = make_user(name="Gwen Grant", role=Role.FIELD, grants=(Grant(place_id=CHAT.id, role=Role.AGENT),))
DISABLED = replace(make_user(name="Dora Disabled"), active=False)
PEOPLE: dict[str, User] = {
    "field": FIELD,
    "agent": ANNA,
    "other": OTHER,
    "supervisor": SUPERVISOR,
    "reviewer": REVIEWER,
    "admin": ADMIN,
    "auditor": AUDITOR,
    "custom": CUSTOM,
    "granted": GRANTED,
    "disabled": DISABLED,
}
"""By their names in the tables. `other` is an agent of a private team; `granted` is an agent on one channel alone."""
NEW = (FIELD, OTHER, REVIEWER, AUDITOR, CUSTOM, GRANTED, DISABLED)
"""Those that the small workspace has not got."""
__all__ = ["CHAT", "HR", "NEW", "PEOPLE", "READER", "SYSTEM"]
