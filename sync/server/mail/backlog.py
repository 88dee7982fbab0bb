"""How much mail waits, and for how long, for those who watch over a server."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.message import Delivery
from agent_desktop.store.database import Statements

_LEAVING = f"'{Delivery.QUEUED.value}', 'trying', '{Delivery.SENDING.value}', 'unconnected'"
_DUE = "coalesce(message.not_before, message.created_at)"
_TO_SEND: Final = (
    f"SELECT count(*), min({_DUE}) FROM outbound JOIN message ON message.id = outbound.message_id"  # noqa: S608 - from code
    f" WHERE outbound.state IN ({_LEAVING}) AND {_DUE} <= ?"
)
_TO_READ: Final = "SELECT count(*), min(turn) FROM inbound WHERE state = 'waiting'"
_HELD: Final = "SELECT count(*), min(received_at) FROM inbound WHERE state = 'held'"


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many there are, and since how many seconds the oldest waits (0: there is none)."""

    count: int
    seconds: float


def backlog(sql: Statements, now: datetime) -> dict[str, Waiting]:
    """Replies that should have left, raw mails that are no messages yet, and mails that were held back."""
    at = to_microseconds(now)

    def waiting(query: str, *values: int) -> Waiting:
        count, oldest = sql.execute(query, values).fetchone()
        return Waiting(int(count), 0.0 if oldest is None else max(0, at - int(oldest)) / 1_000_000)

    return {"to_send": waiting(_TO_SEND, at), "to_read": waiting(_TO_READ), "held": waiting(_HELD)}
