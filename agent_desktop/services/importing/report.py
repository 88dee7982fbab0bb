"""What an import says while it runs and when it is done."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class ItemKind(StrEnum):
    """What can be imported. `WORDS` has the words for people."""

    CONVERSATION = "conversation"
    MESSAGE = "message"
    CUSTOMER = "customer"
    ARTICLE = "article"
    CANNED_RESPONSE = "canned_response"


WORDS: dict[ItemKind, tuple[str, str]] = {
    ItemKind.CONVERSATION: ("conversation", "conversations"),
    ItemKind.MESSAGE: ("message", "messages"),
    ItemKind.CUSTOMER: ("customer", "customers"),
    ItemKind.ARTICLE: ("article", "articles"),
    ItemKind.CANNED_RESPONSE: ("canned response", "canned responses"),
}
"""One and several of each kind."""

MOST_LISTED = 10_000
"""How many skipped items are listed; the rest is only counted."""


@dataclass(frozen=True, slots=True)
class SkippedItem:
    """Something that was left out: in which source, where in it ("line 8", "mail 17", ""), and why."""

    source: str
    position: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is. `remaining_seconds` is None as long as nobody can know."""

    source: str
    stage: str
    done_bytes: int
    total_bytes: int
    added: int
    already_there: int
    skipped: int
    remaining_seconds: float | None


@dataclass(slots=True)
class ImportReport:
    """What an import has done, or in a dry run would have done."""

    added: Counter[ItemKind] = field(default_factory=Counter)
    already_there: Counter[ItemKind] = field(default_factory=Counter)
    skipped: list[SkippedItem] = field(default_factory=list)
    skipped_count: int = 0
    cancelled: bool = False
    dry_run: bool = False

    def skip(self, source: str, position: str, sentence: str) -> None:
        """Note something that is left out."""
        self.skipped_count += 1
        if len(self.skipped) < MOST_LISTED:
            self.skipped.append(SkippedItem(source, position, sentence))

    @property
    def nothing_new(self) -> bool:
        """Whether everything was there already."""
        return not self.added
