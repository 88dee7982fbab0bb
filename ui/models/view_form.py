"""What can be asked for in a view, as named choices, and the view that follows from them. Free of Qt."""

from dataclasses import dataclass, replace

from agent_desktop.domain.conversation import ACTIVE, Priority, Status
from agent_desktop.domain.knowledge import Audience
from agent_desktop.domain.view import ANYBODY, ME, NOBODY, ConversationFilter, SortOrder
from agent_desktop.services.directory import Directory

AS_IT_IS = "As it is now"
"""For what a view asks for that none of the choices names: it can be kept."""


OPEN_CONVERSATIONS = ConversationFilter(statuses=ACTIVE, snoozed=False)
"""What a new view shows until something else is asked for."""


@dataclass(frozen=True, slots=True)
class ViewDraft:
    """A view as somebody describes it."""

    name: str = ""
    filter: ConversationFilter = OPEN_CONVERSATIONS
    sort: SortOrder = SortOrder.DUE
    audience: Audience = Audience.PERSONAL


@dataclass(frozen=True, slots=True)
class ViewField:
    """One line of the form: a field of the filter, and its values with their names."""

    name: str
    label: str
    choices: tuple[tuple[object, str], ...]

    def with_current(self, wanted: ConversationFilter) -> "ViewField":
        """The same field, able to keep what the filter has."""
        current = getattr(wanted, self.name)
        if any(current == value for value, _ in self.choices):
            return self
        return replace(self, choices=((current, AS_IT_IS), *self.choices))


SORTS = (
    (SortOrder.DUE, "By due time"),
    (SortOrder.NEWEST, "Newest first"),
    (SortOrder.OLDEST, "Oldest first"),
    (SortOrder.PRIORITY, "By priority"),
)
AUDIENCES = ((Audience.PERSONAL, "Only me"), (Audience.WORKSPACE, "Everybody"))


def view_fields(directory: Directory) -> tuple[ViewField, ...]:
    """The lines of the form in this workspace."""
    people = tuple((user.id, user.name) for user in directory.users())
    return (
        ViewField(
            "statuses",
            "Status",
            (
                (ACTIVE, "Not resolved"),
                ((Status.OPEN,), "Open"),
                ((Status.PENDING,), "Waiting on customer"),
                ((Status.ON_HOLD,), "On hold"),
                ((Status.SOLVED, Status.CLOSED), "Resolved"),
                ((), "Any"),
            ),
        ),
        ViewField("assignee", "Assignee", ((ANYBODY, "Anybody"), (ME, "Me"), (NOBODY, "Nobody"), *people)),
        ViewField("team_id", "Team", ((None, "Any"), *((team.id, team.name) for team in directory.teams()))),
        ViewField(
            "channel_id", "Channel", ((None, "Any"), *((item.id, item.name) for item in directory.channels()))
        ),
        ViewField(
            "priorities",
            "Priority",
            (
                ((), "Any"),
                ((Priority.URGENT,), "Urgent"),
                ((Priority.HIGH, Priority.URGENT), "High and urgent"),
                ((Priority.LOW,), "Low"),
            ),
        ),
        ViewField("tag", "Tag", (("", "Any"), *((tag, tag) for tag in directory.tags()))),
        ViewField(
            "due_within_minutes",
            "Answer due",
            ((None, "At any time"), (0, "Overdue"), (30, "Within 30 minutes"), (120, "Within 2 hours")),
        ),
        ViewField("snoozed", "Snoozed", ((False, "Not shown"), (True, "Only these"), (None, "Shown too"))),
    )
