"""Steps of macros in words, and what can be chosen for each. Free of Qt widgets."""

from dataclasses import dataclass

from agent_desktop.domain.conversation import Priority, Status
from agent_desktop.domain.knowledge import MacroVerb
from agent_desktop.services.directory import Directory
from ui.models.timeline_text import STATUS_WORDS

VERB_WORDS: dict[MacroVerb, str] = {
    MacroVerb.SET_STATUS: "Set status",
    MacroVerb.SET_PRIORITY: "Set priority",
    MacroVerb.ASSIGN_TO_ME: "Assign to me",
    MacroVerb.ASSIGN: "Assign to",
    MacroVerb.SET_TEAM: "Move to team",
    MacroVerb.ADD_TAG: "Add tag",
    MacroVerb.REMOVE_TAG: "Remove tag",
    MacroVerb.SNOOZE_HOURS: "Snooze for hours",
    MacroVerb.NOTE: "Add internal note",
    MacroVerb.REPLY: "Put reply into draft",
}
CHOSEN = frozenset({MacroVerb.SET_STATUS, MacroVerb.SET_PRIORITY, MacroVerb.ASSIGN, MacroVerb.SET_TEAM})
"""Steps whose value is one of a list."""
TYPED = frozenset({MacroVerb.ADD_TAG, MacroVerb.REMOVE_TAG})
"""Steps whose value is a word, one of those that there are or a new one."""
WRITTEN = frozenset({MacroVerb.NOTE, MacroVerb.REPLY})
"""Steps whose value is a text with placeholders."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that a step can be done with: its value and the words for it."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen, by step."""

    users: tuple[Choice, ...] = ()
    teams: tuple[Choice, ...] = ()
    tags: tuple[Choice, ...] = ()

    def of(self, verb: MacroVerb) -> tuple[Choice, ...]:
        """What there is to choose for a step."""
        match verb:
            case MacroVerb.SET_STATUS:
                return tuple(Choice(status.value, STATUS_WORDS[status].text) for status in Status)
            case MacroVerb.SET_PRIORITY:
                return tuple(Choice(priority.value, priority.value.capitalize()) for priority in Priority)
            case MacroVerb.ASSIGN:
                return self.users
            case MacroVerb.SET_TEAM:
                return self.teams
            case MacroVerb.ADD_TAG | MacroVerb.REMOVE_TAG:
                return self.tags
            case _:
                return ()


def choices_of(directory: Directory) -> Choices:
    """Users, teams and tags as they are now."""
    return Choices(
        users=tuple(Choice(user.id, user.name) for user in directory.users()),
        teams=tuple(Choice(team.id, team.name) for team in directory.teams()),
        tags=tuple(Choice(tag, tag) for tag in directory.tags()),
    )
