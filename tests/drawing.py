"""Random choices for payloads: from a draw of Hypothesis, which shrinks, or a seeded generator, which is fast."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.rows import Entity
from agent_desktop.domain.workspace import User
from tests.world import World

T = TypeVar("T")
WORDS = ("Where is my refund?", "Thank you", "", " \n", "Straße 5 – “quoted”", "word " * 60)
TAGS = ("vip", "refund", "late", " two  words ", "")


class Choose(Protocol):
    """Where chance comes from: a draw of Hypothesis, which shrinks, or a seeded generator, which is fast."""

    def __call__(self, options: Sequence[T], /) -> T:
        """One of the options."""
        ...


@dataclass
class Draw:
    """Random choices of one payload, in a world, for one actor."""

    one: Choose
    world: World
    actor: User

    def some(self, options: Sequence[T], most: int = 2) -> tuple[T, ...]:
        """A few of the options."""
        return tuple(self.one(options) for _ in range(self.number(0, most)))

    def number(self, low: int, high: int) -> int:
        """A number between two, both included."""
        return self.one(range(low, high + 1))

    def chance(self, of: int = 2) -> bool:
        """Yes once in so many times."""
        return self.number(1, of) == of

    def row(self, entity: type[Entity], **equal: str) -> Id | None:
        """The id of a row that is there, or None."""
        rows = self.world.rows.query(entity, **equal)
        return self.one([row.id for row in rows]) if rows else None

    def need(self, entity: type[Entity]) -> Id:
        """The id of a row of which there is always one."""
        row_id = self.row(entity)
        assert row_id is not None
        return row_id

    def new_or(self, entity: type[Entity]) -> Id:
        """The id of a row that is there, or a new one."""
        return (None if self.chance() else self.row(entity)) or self.world.ids.new()

    def files(self) -> tuple[AttachmentFile, ...]:
        """No file, or one."""
        if not self.chance(of=4):
            return ()
        file = AttachmentFile(
            id=self.world.ids.new(), name="a.pdf", media_type="application/pdf", size=9, sha256="c" * 64
        )
        return (file,)
