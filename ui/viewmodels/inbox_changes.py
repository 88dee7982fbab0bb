"""Gathers what changed about conversations until a list has time to look at it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from agent_desktop.domain.changes import ChangeSet, Origin
from agent_desktop.domain.conversation import Conversation, ReadMarker
from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import Channel, User


class Moved(NamedTuple):
    """A conversation before the first and after the last change. `local`: this person has a part in it."""

    old: Conversation | None
    new: Conversation | None
    local: bool


@dataclass(slots=True)
class InboxChanges:
    """Changes of several commits as one.

    `moved` may have another place in a list, `touched` says something else in it. `every_row` asks for all rows to
    be read again, `order` for the order too.
    """

    moved: dict[Id, Moved] = field(default_factory=dict)
    touched: set[Id] = field(default_factory=set)
    every_row: bool = False
    order: bool = False

    def add(self, changes: ChangeSet) -> None:
        """Take in one commit."""
        # Before anything changes, no list needs to know customers and messages.
        from agent_desktop.domain.customer import Customer
        from agent_desktop.domain.message import Message

        self.order = self.order or changes.bulk
        local = changes.origin is Origin.LOCAL
        for change in changes.of(Conversation):
            before = self.moved.get(change.id)
            self.moved[change.id] = (
                Moved(change.old, change.new, local)
                if before is None
                else Moved(before.old, change.new, local or before.local)
            )
        for marker in changes.of(ReadMarker):
            self.touch(row.conversation_id for row in (marker.old, marker.new) if row)
        for message in changes.of(Message):
            self.touch(row.conversation_id for row in (message.old, message.new) if row)
        shown_by_name = (Customer, User, Channel)
        self.every_row = self.every_row or any(change.entity in shown_by_name for change in changes.changes)

    def touch(self, ids: Iterable[Id]) -> None:
        """Note that rows say something else now."""
        self.touched.update(ids)

    @property
    def ids(self) -> tuple[Id, ...]:
        """The conversations that changed in one way or another."""
        return tuple(self.moved.keys() | self.touched)

    def __bool__(self) -> bool:
        return bool(self.moved or self.touched or self.every_row or self.order)
