"""Completes addresses while they are typed, from who is known on this computer."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ui.icon_names import IconName
from ui.models.results import Result, ResultSection
from ui.tasks import Tasks

if TYPE_CHECKING:
    from agent_desktop.context import Desk

Offer = Callable[[str, list[ResultSection]], None]
"""Called with what was typed, and what fits: the value of each result is an address."""


class AddressBook:
    """Answers one question at a time: a later one takes the place of an earlier."""

    def __init__(self, desk: "Desk", tasks: Tasks) -> None:
        self._desk = desk
        self._tasks = tasks

    def find(self, typed: str, then: Offer) -> None:
        """Look for people whose name or address begins like what was typed."""
        words = typed.strip()
        if not words:
            then(typed, [])
            return
        customers = self._desk.customers

        def deliver(people: list[tuple[str, str]]) -> None:
            results = tuple(
                Result(name or address, address if name else "", IconName.USER, value=address)
                for name, address in people
            )
            then(typed, [ResultSection("", results)] if results else [])

        self._tasks.read(lambda: customers.mail_addresses(words), deliver, key=(id(self), "addresses"))
