"""Who a note asks for: `@Name` among the users of the workspace."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import User


@dataclass(frozen=True, slots=True)
class Mention:
    """A user named in a text, from the @ at `start` to `end`."""

    start: int
    end: int
    user_id: Id


def find_mentions(text: str, users: Iterable[User]) -> tuple[Mention, ...]:
    """The active users that the text names after an @, in order; of several names that fit, the longest counts.

    Capital letters do not matter. A first name is enough when only one user has it. Users who share a full name are
    all meant. The @ of an e-mail address is none of these.
    """
    by_name = _names(users)
    if "@" not in text or not by_name:
        return ()
    longest_first = sorted(by_name, key=len, reverse=True)
    names = "|".join(r"\s+".join(re.escape(word) for word in name.split()) for name in longest_first)
    pattern = re.compile(rf"(?<![\w.@])@(?P<name>{names})(?!\w)", re.IGNORECASE)
    return tuple(
        Mention(match.start(), match.end(), user_id)
        for match in pattern.finditer(text)
        for user_id in by_name.get(_key(match["name"]), ())
    )


def mentioned_ids(text: str, users: Iterable[User]) -> tuple[Id, ...]:
    """The ids of the users that the text names, each once."""
    return tuple(dict.fromkeys(mention.user_id for mention in find_mentions(text, users)))


def _key(name: str) -> str:
    return " ".join(name.split()).lower()


def _names(users: Iterable[User]) -> dict[str, tuple[Id, ...]]:
    full: dict[str, tuple[Id, ...]] = {}
    first: dict[str, tuple[Id, ...]] = {}
    for user in users:
        if user.active and user.name.strip():
            for names, name in ((full, user.name), (first, user.first_name)):
                names[_key(name)] = (*names.get(_key(name), ()), user.id)
    return {name: ids for name, ids in first.items() if len(ids) == 1} | full
