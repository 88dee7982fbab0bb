"""What a person types about a call: what is wrong with it, and what it means. Free of Qt."""

import re
from dataclasses import dataclass

from agent_desktop.domain.call import CallOutcome
from agent_desktop.domain.message import Direction
from agent_desktop.domain.operations.call import LONGEST_CALL

DIRECTIONS = ((Direction.OUT, "I called the customer"), (Direction.IN, "The customer called"))
OUTCOMES = (
    (CallOutcome.REACHED, "We spoke"),
    (CallOutcome.VOICEMAIL, "A voicemail was left"),
    (CallOutcome.NO_ANSWER, "No answer"),
)
DURATION_HELP = "4 for minutes, 4:12, or 1:02:03"
_CLOCK = re.compile(r"(?:(\d{1,2}):(?=\d{1,2}:))?(\d{1,4})(?::([0-5]?\d))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallForm:
    """A call as it was typed."""

    direction: Direction = Direction.OUT
    outcome: CallOutcome = CallOutcome.REACHED
    duration: str = ""
    notes: str = ""


def call_problem(form: CallForm) -> str:
    """Why the call cannot be written down as it is typed; "" when it can."""
    if form.duration.strip() and seconds_of(form.duration) is None:
        return f"“{form.duration.strip()}” is not a duration. Type {DURATION_HELP}."
    return ""


def seconds_of(duration: str) -> int | None:
    """How many seconds were typed; None when it cannot be told. Nothing typed is no duration."""
    text = duration.strip()
    if not text:
        return 0
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = (hours * 60 + minutes) * 60 + seconds
    return total if total <= LONGEST_CALL else None
