"""Subjects of mails without what answering and forwarding put before them."""

import re
from typing import Final

_MARK: Final = re.compile(
    r"\s*(?:re|aw|antwort|sv|vs|antw|rv|ref|rif|odp|ynt|fwd?|wg|tr|doorst|vl)\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]",
    re.IGNORECASE,
)
_ANSWER: Final = re.compile(
    r"\s*(?:\[[^\]\[]{1,80}\]\s*)?(?:re|aw|antwort|sv|vs|antw|rv|ref|rif|odp|ynt)\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]",
    re.IGNORECASE,
)
_LIST: Final = re.compile(r"\s*\[[^\]\[]{1,80}\]")


def without_answer_marks(subject: str) -> str:
    """The subject without "Re:", "Fwd:" and the like at its beginning, in whatever language."""
    start = 0
    while found := _MARK.match(subject, start):
        start = found.end()
    return subject[start:].strip()


def is_answer(subject: str) -> bool:
    """Whether a subject is that of an answer: "Re: ...", also behind the name of a list."""
    return _ANSWER.match(subject) is not None


def compared(subject: str) -> str:
    """The subject as it is compared with others: marks of answers and names of lists are left out."""
    start = 0
    while found := _MARK.match(subject, start) or _LIST.match(subject, start):
        start = found.end()
    left = " ".join(subject[start:].split()).casefold()
    return left or " ".join(subject.split()).casefold()
