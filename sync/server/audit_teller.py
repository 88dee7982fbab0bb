"""Says once a day where the audit log ends, in the log of the server: who cuts the one off may not have the other."""

import logging
from datetime import timedelta

from agent_desktop.domain.clock import Clock
from sync.server.audit import AuditLog
from sync.server.database import ServerDatabase
from sync.server.logs import log

EVERY = timedelta(days=1)
_log = logging.getLogger("agent_desktop.server")


class AuditTeller:
    """Tells at the start, and then once a day."""

    def __init__(self, database: ServerDatabase, audit: AuditLog, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock
        self._next = clock.now()

    def run(self) -> bool:
        """Tell if a day has passed; there is never more to do at once."""
        now = self._clock.now()
        if now >= self._next:
            self._next = now + EVERY
            with self._database.read() as connection:
                head = self._audit.head(connection)
            log(_log, "the audit log ends", head=str(head), entries=head.count)
        return False
