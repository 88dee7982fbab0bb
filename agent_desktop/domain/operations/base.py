"""What an operation is: an intent with a pure handler, the permission that it takes, and its inverse."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from agent_desktop.domain.access import Actor
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.message import Direction, Message, MessageKind
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.records import Record
from agent_desktop.domain.rows import E, Rows

P = TypeVar("P", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Under which circumstances a handler runs.

    `at` is when the operation was made. `authoritative` is True on the server, which alone takes numbers.
    `received_at` is when the server judges it, by its own clock. `narrow` are the places whose conversations have to
    say so in their scopes, which the server alone has to know: see `scopes`.
    """

    operation_id: Id
    actor: Actor
    at: datetime
    authoritative: bool
    received_at: datetime | None = None
    narrow: Collection[str] = frozenset()

    @property
    def actor_id(self) -> Id:
        """Whose operation it is."""
        return self.actor.user_id

    @property
    def now(self) -> datetime:
        """The present: by the server's clock where it judges, else when the operation is made."""
        return self.received_at or self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationKind(Generic[P]):
    """One way to change something.

    `apply` changes rows or raises `Rejected`; it is pure over `Rows`. `inverse`, asked before `apply`, gives the
    payloads that undo it (None: cannot be undone). `about` names the row that the operation is mainly about.
    `permission` is what the actor must hold (None: it is about their own things alone, or the handler says more).
    `upcasters[v]` turns the plain payload of version v into version v + 1.
    """

    name: str
    title: str
    payload: type[P]
    apply: Callable[[Rows, P, Context], None]
    about: Callable[[P], Id | None]
    permission: Permission | None
    inverse: Callable[[Rows, P, Context], tuple[Record, ...] | None] = lambda rows, payload, context: None
    version: int = 1
    upcasters: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An intent, durable in the outbox until the server has judged it.

    `seen` is the cursor of the replica when it was made. What was done in one go is one `group`; if that is judged
    `together`, all of it happens or nothing.
    """

    id: Id
    payload: Record
    created_at: datetime
    seen: int = 0
    group: Id | None = None
    together: bool = False


def need(rows: Rows, entity: type[E], row_id: Id) -> E:
    """The row, or the verdict that it is gone."""
    row = rows.get(entity, row_id)
    if row is None:
        raise Rejected(Reason.GONE, entity.table)
    return row


def put_event(rows: Rows, conversation_id: Id, text: str, context: Context) -> None:
    """Add a line to the timeline that says what was done."""
    rows.put(
        Message(
            id=derived_id(context.at, context.operation_id, conversation_id, "event"),
            conversation_id=conversation_id,
            kind=MessageKind.EVENT,
            direction=Direction.OUT,
            created_at=context.at,
            author_id=context.actor_id,
            text=text,
        )
    )
