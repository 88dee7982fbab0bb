"""Loads what reads mail when the first mail waits: a program that gets none starts and runs without it."""

from collections.abc import Callable

from sync.server.background import Job
from sync.server.database import ServerDatabase

_ANY = "SELECT 1 FROM inbound WHERE state = 'waiting' LIMIT 1"


class WhenMailWaits:
    """A job that another one does, which is made when it is needed."""

    def __init__(self, database: ServerDatabase, make: Callable[[], Job]) -> None:
        self._database = database
        self._make = make
        self._job: Job | None = None

    def run(self) -> bool:
        """Do a little of it; whether there may be more at once."""
        if self._job is None:
            with self._database.read() as connection:
                if connection.execute(_ANY).fetchone() is None:
                    return False
            self._job = self._make()
        return self._job.run()
