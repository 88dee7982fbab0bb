"""How long a profile may be used without its server, and that a clock which is set back is noticed.

What is noted here lies in the encrypted work file. It keeps somebody who uses the program to it; whoever has the key
and other tools can read the files all the same.
"""

from datetime import datetime, timedelta

from agent_desktop.domain.clock import from_microseconds, to_microseconds
from agent_desktop.domain.key_trouble import KeyProblem, KeyTrouble
from agent_desktop.store.settings import SettingStore

_DAYS, _LAST, _SEEN = "lease.days", "lease.last", "lease.seen"
_TOLERANCE = timedelta(minutes=5)
"""So far clocks may differ."""


class Lease:
    """The lease of one profile."""

    def __init__(self, store: SettingStore) -> None:
        self._store = store

    def renew(self, days: int, server: int, now: datetime) -> None:
        """The server was reached, at this time of its own in microseconds, and lets the profile be used for so many
        days, or with 0 for ever.
        """
        known = (self._store.get(_DAYS) or 0, self._store.get(_LAST) or 0)
        if not days and not known[0]:
            return
        self._store.set(_DAYS, days)
        self._store.set(_LAST, server)
        self._store.set(_SEEN, max(server, to_microseconds(now)))

    def check(self, now: datetime) -> None:
        """Raise KeyProblem when the days are over, or the clock says less than it has said before."""
        days = self._store.get(_DAYS) or 0
        if not days:
            return
        last, seen = int(self._store.get(_LAST) or 0), int(self._store.get(_SEEN) or 0)
        if now + _TOLERANCE < from_microseconds(seen):
            raise KeyProblem(KeyTrouble.CLOCK)
        if now > from_microseconds(last) + timedelta(days=days):
            raise KeyProblem(KeyTrouble.LEASE_OVER)
        self._store.set(_SEEN, max(seen, to_microseconds(now)))
