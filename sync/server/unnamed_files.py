"""Takes files away that nothing names any more: an attachment whose note was discarded, the picture of a text that was
saved without it. What was kept of somebody who is erased goes at once, by `erasing.py`.
"""

from datetime import datetime, timedelta

from agent_desktop.domain.clock import Clock
from sync.server.blobs import FOLDERS, Uploads
from sync.server.database import ServerDatabase
from sync.server.file_rights import named, sent_by_anybody
from sync.server.mail.erasing import named_by_mails

UNTOUCHED = timedelta(days=7)
"""So long a file that nothing names is left: what names it may be on its way."""
EVERY = timedelta(hours=1)


class UnnamedFiles:
    """A job of a team server: one of the folders of files an hour, so that each has its turn every eleven days.

    Whoever names such a file later is asked for it again. Processes that do it at once do no harm.
    """

    def __init__(self, database: ServerDatabase, uploads: Uploads, clock: Clock) -> None:
        self._database = database
        self._uploads = uploads
        self._clock = clock
        self._done = 0

    def run(self) -> bool:
        """Clear the folder whose turn it is, if that was not done; False, for there is no more until the next hour."""
        now = self._clock.now()
        turn = int(now.timestamp() / EVERY.total_seconds())
        if turn != self._done:
            self._clear(turn % FOLDERS, now)
            self._done = turn
        return False

    def _clear(self, folder: int, now: datetime) -> None:
        before = (now - UNTOUCHED).timestamp()
        names = set(self._uploads.untouched(folder, before))
        if not names:
            return
        # Nobody comes to name one of them meanwhile: whoever does has to write, too.
        with self._database.write() as connection:
            names -= named(connection, names)
            names -= sent_by_anybody(connection, names)
            names -= named_by_mails(connection, names)
            # What the server itself stores is named after that, so each is looked at again just before it goes.
            for sha256 in self._uploads.untouched(folder, before):
                if sha256 in names:
                    self._uploads.remove(sha256)
