"""Views: a saved filter over conversations, and the one definition of what it matches."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from agent_desktop.domain.audience import Audience
from agent_desktop.domain.conversation import Conversation, Priority, Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.rows import Entity

ANYBODY, NOBODY, ME = "", "nobody", "me"
"""Values of `ConversationFilter.assignee` beside a user id."""


class SortOrder(StrEnum):
    """Order of a list of conversations."""

    DUE = "due"
    NEWEST = "newest"
    OLDEST = "oldest"
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationFilter:
    """What a view shows. Empty tuples, "" and None do not restrict; everything given must hold.

    `snoozed`: False hides what sleeps, True shows only that. `due_within_minutes` includes what is overdue.
    """

    statuses: tuple[Status, ...] = ()
    assignee: str = ANYBODY
    team_id: Id | None = None
    channel_id: Id | None = None
    customer_id: Id | None = None
    priorities: tuple[Priority, ...] = ()
    tag: str = ""
    mentions_me: bool = False
    snoozed: bool | None = None
    due_within_minutes: int | None = None

    def matches(self, conversation: Conversation, viewer_id: Id, now: datetime) -> bool:
        """Whether the view of this user holds the conversation at this moment.

        The store compiles the same rule to SQL; a test holds both to each other.
        """
        if conversation.merged_into is not None:
            return False
        if self.statuses and conversation.status not in self.statuses:
            return False
        if self.assignee and conversation.assignee_id != self.assignee_id(viewer_id):
            return False
        if self.team_id and conversation.team_id != self.team_id:
            return False
        if self.channel_id and conversation.channel_id != self.channel_id:
            return False
        if self.customer_id and conversation.customer_id != self.customer_id:
            return False
        if self.priorities and conversation.priority not in self.priorities:
            return False
        if self.tag and self.tag not in conversation.tags:
            return False
        if self.mentions_me and viewer_id not in conversation.mentioned_ids:
            return False
        if self.snoozed is not None:
            sleeps = conversation.snoozed_until is not None and conversation.snoozed_until > now
            if sleeps is not self.snoozed:
                return False
        if self.due_within_minutes is not None:
            limit = now + timedelta(minutes=self.due_within_minutes)
            if conversation.due_at is None or conversation.due_at > limit:
                return False
        return True

    def assignee_id(self, viewer_id: Id) -> Id | None:
        """The assignee that is asked for: the viewer, nobody (None) or a given user."""
        if self.assignee == ME:
            return viewer_id
        return None if self.assignee == NOBODY else self.assignee

    @property
    def depends_on_time(self) -> bool:
        """Whether the passing of time alone can change what matches."""
        return self.snoozed is not None or self.due_within_minutes is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Entity):
    """A saved filter with a name, personal, of a team or of the workspace."""

    table: ClassVar[str] = "view"

    name: str
    filter: ConversationFilter
    sort: SortOrder = SortOrder.DUE
    audience: Audience = Audience.WORKSPACE
    owner_id: Id | None = None
    position: int = 0
