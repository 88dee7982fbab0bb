"""Telephone calls as they are written down: which way, how long, what came of it."""

from enum import StrEnum

from agent_desktop.domain.message import Direction


class CallOutcome(StrEnum):
    """What came of a call."""

    REACHED = "reached"
    """Customer and agent spoke."""
    VOICEMAIL = "voicemail"
    """Whoever called left a message."""
    NO_ANSWER = "no_answer"


_TITLES = {Direction.IN: "Incoming call", Direction.OUT: "Outgoing call"}
_WORDS = {CallOutcome.REACHED: "", CallOutcome.VOICEMAIL: "voicemail", CallOutcome.NO_ANSWER: "no answer"}
_MINUTE, _HOUR = 60, 3600


def call_line(direction: Direction, outcome: CallOutcome, seconds: int) -> str:
    """A call on one line: "Outgoing call · 4:12", "Incoming call · no answer"."""
    title = _TITLES[direction]
    parts = [title, duration_words(seconds) if seconds > 0 else "", _WORDS[outcome]]
    return " · ".join(part for part in parts if part)


def duration_words(seconds: int) -> str:
    """A duration as telephones show it: "0:42", "4:12", "1:02:03"."""
    hours, rest = divmod(seconds, _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def ends_waiting(direction: Direction, outcome: CallOutcome) -> bool:
    """Whether the customer has heard from us in this call."""
    return outcome is CallOutcome.REACHED or (direction is Direction.OUT and outcome is CallOutcome.VOICEMAIL)
