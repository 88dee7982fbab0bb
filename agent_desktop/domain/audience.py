"""Who may use what somebody has prepared: a canned response, a macro or a view."""

from enum import StrEnum

from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import User


class Audience(StrEnum):
    """Who may use a canned response, macro or view."""

    PERSONAL = "personal"
    TEAM = "team"
    WORKSPACE = "workspace"


def may_use(audience: Audience, owner_id: Id | None, user: User) -> bool:
    """Whether a user may use what belongs to this audience and owner (a user or a team)."""
    if audience is Audience.PERSONAL:
        return owner_id == user.id
    return audience is Audience.WORKSPACE or owner_id in user.team_ids
