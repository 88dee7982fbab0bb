"""Keeps the connection over which a mail was sent for the next one of the account, for a short while.

Providers count connections, and beginning one takes several answers from far away.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_account import MailAccount
from sync.channels.mail.smtp import SmtpLine
from sync.server.ports import Dial, OpenMailAccount

IDLE_SECONDS: Final = 30.0
MOST_MAILS: Final = 100


@dataclass(frozen=True, slots=True)
class _Kept:
    settings: MailAccount
    line: SmtpLine
    mails: int
    end: threading.Timer


class KeptLines:
    """At most one connection that nobody uses for each channel. Its methods may be called on any thread."""

    def __init__(self, idle_seconds: float = IDLE_SECONDS, most_mails: int = MOST_MAILS) -> None:
        self._idle_seconds = idle_seconds
        self._most_mails = most_mails
        self._lock = threading.Lock()
        self._kept: dict[Id, _Kept] = {}

    @contextmanager
    def line(self, account: OpenMailAccount, dial: Dial) -> Iterator[SmtpLine]:
        """A connection for one mail, kept afterwards unless an exception went through here. Raises Trouble."""
        kept = self._taken(account)
        line, mails = (kept.line, kept.mails) if kept is not None else (SmtpLine(account, dial), 0)
        try:
            yield line
        except BaseException:
            line.close()
            raise
        if mails + 1 < self._most_mails:
            self._keep(account, line, mails + 1)
        else:
            line.close()

    def close(self) -> None:
        """Let go of all that nobody uses."""
        with self._lock:
            kept, self._kept = list(self._kept.values()), {}
        for one in kept:
            one.end.cancel()
            one.line.close()

    def _taken(self, account: OpenMailAccount) -> _Kept | None:
        with self._lock:
            kept = self._kept.pop(account.channel_id, None)
        if kept is None:
            return None
        kept.end.cancel()
        if kept.settings == account.settings and kept.line.again():
            return kept
        kept.line.close()
        return None

    def _keep(self, account: OpenMailAccount, line: SmtpLine, mails: int) -> None:
        end = threading.Timer(self._idle_seconds, self._end, (account.channel_id, line))
        end.daemon = True
        with self._lock:
            before = self._kept.get(account.channel_id)
            self._kept[account.channel_id] = _Kept(account.settings, line, mails, end)
            end.start()
        if before is not None:
            before.end.cancel()
            before.line.close()

    def _end(self, channel_id: Id, line: SmtpLine) -> None:
        with self._lock:
            kept = self._kept.get(channel_id)
            if kept is None or kept.line is not line:
                return  # somebody uses it
            del self._kept[channel_id]
        line.close()
