"""How the replica stands to the server, and what may be asked of whoever keeps them together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class SyncState(StrEnum):
    """How the replica stands to the server."""

    IN_SYNC = "in_sync"
    CATCHING_UP = "catching_up"
    OFFLINE = "offline"
    REFUSED = "refused"
    """The server answers, but does not talk to this client until a person does something."""


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """For the status line. `since` is when this state began; `waiting` counts unconfirmed operations.

    `problem` is a sentence when something other than the network keeps the exchange from going on; `sign_in` says
    that signing in again helps. Of a first sync `done` of `total` rows are here (0 of 0: none is under way); `anew`:
    it goes over rows of before, which stay readable until they come.
    `server_ahead` is how far the server's clock is ahead of this computer's.
    """

    state: SyncState
    since: datetime
    waiting: int = 0
    last_change_at: datetime | None = None
    problem: str = ""
    sign_in: bool = False
    done: int = 0
    total: int = 0
    anew: bool = False
    server_ahead: timedelta = timedelta()

    @property
    def hands_over(self) -> bool:
        """Whether what is done now goes to the server at once."""
        return self.state in (SyncState.IN_SYNC, SyncState.CATCHING_UP)


class SyncControl(Protocol):
    """The running exchange with a server."""

    @property
    def status(self) -> SyncStatus:
        """How things stand."""
        ...

    @property
    def online(self) -> bool:
        """Whether the user lets the program talk to the server."""
        ...

    def subscribe(self, listener: Callable[[SyncStatus], None]) -> None:
        """Call `listener` when the status changes, on the thread that changed it."""
        ...

    def set_online(self, online: bool) -> None:
        """Work offline, or go online again."""
        ...

    def exchange(self) -> None:
        """Bring replica and server together now, on this thread."""
        ...

    def poke(self) -> None:
        """Something may be new here or there."""
        ...
