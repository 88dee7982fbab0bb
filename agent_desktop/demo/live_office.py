"""The office while the demo is open: customers who keep writing, and a colleague who looks in and begins to answer."""

from collections.abc import Callable
from datetime import datetime, timedelta

from agent_desktop.demo.company import Company
from agent_desktop.demo.front import Front
from agent_desktop.demo.live import Arrivals, LiveCustomers
from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.ids import Id
from agent_desktop.domain.presence import Activity
from agent_desktop.domain.records import Record

Hear = Callable[[Id, Id, Activity], None]
"""Is told who does what in which conversation."""

BEAT_SECONDS = 5.0
_STAYS = 30
"""Seconds for which the colleague does one thing."""
_DOINGS = (Activity.VIEWING, Activity.TYPING, Activity.AWAY, Activity.AWAY)
_PLACES = ("kettle", "checkout", "installation")
"""Where, by turns: conversations that everybody opens first."""


class LiveOffice:
    """What happens next, deterministic for a seed and the times at which it is asked.

    `hear` is to be set once somebody can be told who is where.
    """

    def __init__(self, seed: int) -> None:
        self.hear: Hear | None = None
        self._customers = LiveCustomers(seed)
        self._due = EPOCH
        company = Company(seed)
        threads = {thread.key: thread.conversation_id for thread in Front(company).threads()}
        self._places = [threads[key] for key in _PLACES]
        self._colleague = next(user.id for user in company.users.values() if user.id != company.me.id)
        self._at: Id | None = None

    def next_event(self, now: datetime) -> Arrivals:
        """What arrives now, and when to ask again; who is where is told by the way."""
        arriving: tuple[Record, ...] = ()
        if now >= self._due:
            wait, arriving = self._customers.next_event(now)
            self._due = now + timedelta(seconds=wait)
        self._tell(now)
        return min(BEAT_SECONDS, max(0.1, (self._due - now).total_seconds())), arriving

    def _tell(self, now: datetime) -> None:
        if self.hear is None:
            return
        turn = int(now.timestamp()) // _STAYS
        doing = _DOINGS[turn % len(_DOINGS)]
        place = self._places[turn // len(_DOINGS) % len(self._places)]
        if self._at is not None and (doing is Activity.AWAY or self._at != place):
            self.hear(self._colleague, self._at, Activity.AWAY)
            self._at = None
        if doing is not Activity.AWAY:
            self.hear(self._colleague, place, doing)
            self._at = place
