"""Who else is in a conversation, in words. Free of Qt widgets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from agent_desktop.domain.ids import Id
from agent_desktop.domain.presence import Activity
from agent_desktop.services.presence import Present
from ui.models.local_time import time_words

UNKNOWN_AFTER = timedelta(seconds=10)
"""Not being told for a shorter time is not worth a word: the line may just be coming up."""
_NAMED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceWords:
    """What is said of others: in the `head` of the conversation, and to somebody who writes as a `warning`.

    `people` are their names, who write first.
    """

    head: str = ""
    warning: str = ""
    people: tuple[str, ...] = ()

    @property
    def is_busy(self) -> bool:
        """Whether somebody else is replying."""
        return bool(self.warning)


def presence_words(
    present: Present, name_of: Callable[[Id], str], now: datetime, zone: tzinfo
) -> PresenceWords:
    """Who is here; who replies comes first, for that is what one must know before answering oneself."""
    since = present.unknown_since
    if since is not None:
        if now - since < UNKNOWN_AFTER:
            return PresenceWords()
        return PresenceWords(head=f"Who else is here is unknown since {time_words(since, now, zone)}")
    writing = _names(present, Activity.TYPING, name_of)
    viewing = _names(present, Activity.VIEWING, name_of)
    people = (*writing, *viewing)
    short = _short(people)
    if not writing:
        return PresenceWords(head=_sentence(short, "viewing") if short else "", people=people)
    replying = _sentence(short[: len(writing)], "replying")
    rest = len(viewing)
    more = f" · {rest} more {'is' if rest == 1 else 'are'} here" if rest else ""
    return PresenceWords(head=replying + more, warning=f"{replying} to this customer just now", people=people)


def _names(present: Present, activity: Activity, name_of: Callable[[Id], str]) -> tuple[str, ...]:
    return tuple(
        name_of(sign.user_id) or "A colleague" for sign in present.signs if sign.activity is activity
    )


def _short(names: Sequence[str]) -> tuple[str, ...]:
    """First names, where they tell people apart."""
    first = [name if name == "A colleague" else name.split()[0] for name in names]
    return tuple(name if first.count(short) > 1 else short for name, short in zip(names, first, strict=True))


def _sentence(names: Sequence[str], doing: str) -> str:
    if len(names) == 1:
        return f"{names[0]} is {doing}"
    if len(names) == _NAMED:
        return f"{names[0]} and {names[1]} are {doing}"
    return f"{names[0]} and {len(names) - 1} others are {doing}"
