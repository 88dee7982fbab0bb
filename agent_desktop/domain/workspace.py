"""The company that uses the program: workspace, users, teams, channels and tags."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from agent_desktop.domain.ids import Id
from agent_desktop.domain.rows import Entity


class Role(StrEnum):
    """What a user is; `permissions` says what each of them may do."""

    AGENT = "agent"
    FIELD = "field"
    SUPERVISOR = "supervisor"
    REVIEWER = "reviewer"
    ADMIN = "admin"
    AUDITOR = "auditor"
    SYSTEM = "system"
    """The server itself: channels, imports and timers."""


class ChannelKind(StrEnum):
    """The kinds of channel that a customer can be reached on."""

    EMAIL = "email"
    CHAT = "chat"
    PHONE = "phone"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    SOCIAL = "social"
    PORTAL = "portal"


class Reopening(StrEnum):
    """What becomes of a solved conversation when its customer writes again. A closed one is never opened again."""

    ALWAYS = "always"
    NEVER = "never"
    """A new conversation follows it."""
    WITHIN = "within"
    """As `ALWAYS`, so many days long after it was solved; as `NEVER` afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace(Entity):
    """The tenant: everything belongs to exactly one workspace. `next_number` is taken by the server only."""

    table: ClassVar[str] = "workspace"

    name: str
    created_at: datetime
    next_number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomRole(Entity):
    """A role that this workspace has made for itself, of permissions by their names.

    One that is out of use stays, for people may have it still: it allows nothing.
    """

    table: ClassVar[str] = "custom_role"

    name: str
    permissions: tuple[str, ...] = ()
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A further role of somebody for the conversations of one team or channel, `place_id`."""

    place_id: Id
    role: Role = Role.AGENT
    custom_role_id: Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Entity):
    """Somebody who works in the workspace. With `custom_role_id` that role counts, not `role`."""

    table: ClassVar[str] = "user"

    name: str
    email: str = ""
    role: Role = Role.AGENT
    team_ids: tuple[Id, ...] = ()
    signature: str = ""
    active: bool = True
    custom_role_id: Id | None = None
    grants: tuple[Grant, ...] = ()

    @property
    def first_name(self) -> str:
        """The first word of the name."""
        return self.name.split(" ", 1)[0]


def compared(email: str) -> str:
    """The address of a user as it is compared: by it they sign in."""
    return email.strip().lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Team(Entity):
    """A group of users that conversations can be given to. What is given to a private one is seen by it alone."""

    table: ClassVar[str] = "team"

    name: str
    active: bool = True
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel(Entity):
    """A configured account of a channel kind, such as one mailbox or one phone number.

    What comes on a private one is seen by its members and its team alone. `reopen_days` counts for
    `Reopening.WITHIN`. `auto_reply` is what whoever begins a conversation is answered at once ("": nothing), with
    placeholders.
    """

    table: ClassVar[str] = "channel"

    kind: ChannelKind
    name: str
    address: str = ""
    team_id: Id | None = None
    signature: str = ""
    active: bool = True
    private: bool = False
    member_ids: tuple[Id, ...] = ()
    reopening: Reopening = Reopening.ALWAYS
    reopen_days: int = 30
    auto_reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag(Entity):
    """A word that conversations can be marked with; its id derives from the name."""

    table: ClassVar[str] = "tag"

    name: str
