"""Rows: what every replicated thing has in common, and the small port through which handlers see them."""

from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

from agent_desktop.domain.ids import Id

WORKSPACE_SCOPE = "w"
"""The scope of rows that everybody in the workspace may see."""
INBOX_SCOPE = "i"
"""The scope of conversations that everybody sees who may read all."""
PEOPLE_SCOPE = "p"
"""The scope of customers that everybody sees who may see all."""


def user_scope(user_id: Id) -> str:
    """The scope of rows that only this user may see."""
    return f"u:{user_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One replicated row. `ver` is the server's version of the transaction that last wrote it (0: not yet)."""

    table: ClassVar[str]

    id: Id
    ver: int = 0
    scope: str = WORKSPACE_SCOPE


E = TypeVar("E", bound=Entity)


class Rows(Protocol):
    """What a handler may do: look up and write rows by entity. No SQL, no clock, no randomness behind it."""

    def get(self, entity: type[E], row_id: Id) -> E | None:
        """The row with this id, or None."""
        ...

    def put(self, row: Entity) -> None:
        """Insert the row, or replace the one with its id."""
        ...

    def delete(self, entity: type[Entity], row_id: Id) -> None:
        """Remove the row; nothing happens when there is none."""
        ...

    def query(self, entity: type[E], **equal: str | int | None) -> list[E]:
        """All rows whose fields equal the given values, ordered by id. Use indexed fields only."""
        ...
