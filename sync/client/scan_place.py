"""Where a scan goes on, so that a first sync that was broken off is resumed."""

import json
from dataclasses import dataclass

SCANNED = "scanned"
"""Kept in place of a place once all pages were applied; the pull behind the scan is still to come."""


@dataclass(frozen=True, slots=True)
class ScanPlace:
    """Where a scan goes on: `upto` is the version it is pinned to (0: not yet), `scopes` empty for all."""

    upto: int = 0
    after: str | None = None
    scopes: tuple[str, ...] = ()
    done: int = 0
    """How many rows have come."""
    total: int = 0
    """How many there are, as far as the server knows."""
    anew: bool = False
    """Whether rows of before stay readable until these come."""

    def text(self) -> str:
        """As it is kept in the replica."""
        return json.dumps([self.upto, self.after, self.scopes, self.done, self.total, self.anew])

    @classmethod
    def parse(cls, text: str) -> "ScanPlace":
        """Read what `text` wrote."""
        upto, after, scopes, *more = json.loads(text)
        return cls(upto, after, tuple(scopes), *more)
