"""What happens to mails at their server once they are stored here. Whatever it refuses there, mail comes in."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.mail_account import AfterReading, MailAccount
from sync.channels.mail.connecting import Refused, Step, Trouble
from sync.channels.mail.imap_line import ImapLine

MOST_BREAKS: Final = 3
"""So often a connection may break at the same step before that step is left out."""
LEFT_OUT: Final = timedelta(hours=1)
_CHECK: Final = "Check where read mail is moved to, and what this user may do there."

_Way = Callable[[ImapLine, list[int]], None]


class Afterwards:
    """Moves or marks mails as an account says; where the server does not let us, the next best is done.

    `problem` says so, in sentences for people; it is empty when all is done as it should.
    """

    def __init__(self, settings: MailAccount, clock: Clock) -> None:
        ways: Mapping[AfterReading, tuple[_Way, ...]] = {
            AfterReading.LEAVE: (),
            AfterReading.SEEN: (_mark,),
            AfterReading.MOVE: (self._move, _mark),
        }
        self.problem = ""
        self._settings = settings
        self._clock = clock
        self._ways = ways[settings.after_reading]
        self._left_out = 0
        self._breaks = 0
        self._all_again: datetime | None = None

    def __call__(self, line: ImapLine, uids: list[int]) -> None:
        """Do it with these mails of the open folder. Raises Trouble when the connection ends: do it again then."""
        if not uids or not self._ways:
            return
        if self._all_again is not None and self._clock.now() >= self._all_again:
            self._left_out, self._all_again = 0, None
        said = "" if self._left_out == 0 else "the connection breaks at it again and again"
        place = self._left_out
        while place < len(self._ways):
            try:
                self._ways[place](line, uids)
                break
            except Refused as refused:
                said, place = said or refused.said, place + 1
            except Trouble:
                self._broke(place)
                raise
        self._breaks = 0
        self.problem = self._words(line.host, said, marked=place < len(self._ways)) if said else ""

    def _broke(self, place: int) -> None:
        self._breaks += 1
        if self._breaks >= MOST_BREAKS:
            self._left_out, self._breaks = place + 1, 0
            self._all_again = self._clock.now() + LEFT_OUT

    def _words(self, host: str, said: str, *, marked: bool) -> str:
        moved = self._settings.after_reading is AfterReading.MOVE
        wanted = "moved to its folder" if moved else "marked as read"
        instead = "is marked as read instead" if moved and marked else "is left as it is"
        return f"Mail comes in, but {host} does not let it be {wanted} afterwards: {said}. It {instead}. {_CHECK}"

    def _move(self, line: ImapLine, uids: list[int]) -> None:
        target = self._settings.move_to
        with line.command(Step.FOLDER):
            target = target or str(line.find_special_folder(b"\\Archive") or "Archive")
            if not line.folder_exists(target):
                line.create_folder(target)
        with line.command():
            if line.has_capability("MOVE"):
                line.move(uids, target)
                return
            line.copy(uids, target)
            line.delete_messages(uids, silent=True)
            if line.has_capability("UIDPLUS"):
                line.uid_expunge(uids)


def _mark(line: ImapLine, uids: list[int]) -> None:
    with line.command():
        line.add_flags(uids, [b"\\Seen"], silent=True)
