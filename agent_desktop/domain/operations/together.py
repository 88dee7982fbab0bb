"""Operations that are judged as one: all of them happen, or none does."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from agent_desktop.domain.ids import Id

MOST_TOGETHER = 100
"""So many operations go together at most: as many as go in one push."""
LARGEST_TOGETHER = 1_000_000
"""So many bytes their payloads have at most."""


LARGEST_OPERATION = 1_500_000
"""So many bytes one operation has on the wire at most: no server takes more over a network."""


class Grouped(Protocol):
    """What may go together with its neighbours, in whatever form it is kept."""

    @property
    def group(self) -> Id | None:
        """With what it was done in one go."""
        ...

    @property
    def together(self) -> bool:
        """Whether the group happens as a whole or not at all."""
        ...


G = TypeVar("G", bound=Grouped)


def units(items: Iterable[G]) -> Iterator[list[G]]:
    """The items in their order, those that must not be parted in one list. They were made as neighbours."""
    unit: list[G] = []
    before: Id | None = None
    for item in items:
        group = item.group if item.together else None
        if unit and (group is None or group != before):
            yield unit
            unit = []
        unit.append(item)
        before = group
    if unit:
        yield unit
