"""Keeps reading one mail account: told by its server (IDLE) where that works, asking again where it does not."""

import logging
import threading
from datetime import timedelta
from random import Random
from typing import Final

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.mail_account import MailServer
from sync.channels.mail.connecting import Refused, Step, Trouble
from sync.channels.mail.imap import MailboxReader, sign_in
from sync.channels.mail.imap_line import ImapLine
from sync.server.ports import Dial, InboundPort, MailPlacePort, OpenMailAccount

LISTEN: Final = timedelta(minutes=9)
"""So long is listened before the folder is looked at in any case: less than the 29 minutes after which servers end it,
and than the ten after which many routers forget a silent connection."""
FIRST_PAUSE, LAST_PAUSE = timedelta(seconds=2), timedelta(minutes=10)
LASTING_PAUSE: Final = timedelta(minutes=15)
"""After what only somebody can put right: asked more often, some providers lock the account."""
_BREATH = 0.2
_log = logging.getLogger("agent_desktop.server")


class ImapReceiver:
    """Reads an account as long as it may. Implements `Receiver`."""

    def __init__(
        self,
        account: OpenMailAccount,
        server: MailServer,
        inbound: InboundPort,
        places: MailPlacePort,
        clock: Clock,
        dial: Dial,
        random: Random,
        listen: timedelta = LISTEN,
    ) -> None:
        self._account = account
        self._server = server
        self._places = places
        self._reader = MailboxReader(account, inbound, places, clock)
        self._dial = dial
        self._random = random
        self._listen = listen
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._line: ImapLine | None = None
        self._failures = 0

    def run(self) -> None:
        """Read until `stop`."""
        while not self._stopped.is_set():
            try:
                self._session()
                pause = FIRST_PAUSE
            except Trouble as trouble:
                pause = self._told(str(trouble), trouble.lasting)
            except StoreError as error:
                pause = self._told(f"Mail cannot be stored now and stays at its server: {error.sentence}")
            except OSError as error:
                _log.info("a mail account could not be read: %s", type(error).__name__)
                pause = self._told(
                    "The provider cannot be reached to sign in. Mail stays at its server; it is tried again."
                )
            self._stopped.wait(pause.total_seconds())

    def stop(self) -> None:
        """End `run`, also while it waits for the server."""
        self._stopped.set()
        with self._lock:
            if self._line is not None:
                self._line.cut()

    def _session(self) -> None:
        """One connection, until it ends; raises Trouble and the like."""
        line = ImapLine(self._server, self._account.settings.authority, self._dial)
        with self._lock:
            self._line = line
        try:
            if self._stopped.is_set():
                return
            sign_in(line, self._account)
            idles = self._can_idle(line)
            while not self._stopped.is_set():
                self._reader.read_all(line)
                self._places.tell(self._account.channel_id, self._reader.problem)
                self._failures = 0
                idles = self._wait(line, idles)
        except Trouble:
            if not self._stopped.is_set():
                raise
        finally:
            with self._lock:
                self._line = None
            line.leave()

    def _wait(self, line: ImapLine, idles: bool) -> bool:
        """Until there may be something new; whether listening works."""
        settings = self._account.settings
        if not idles:
            self._stopped.wait(settings.poll_seconds)
            return False
        if self._reader.is_behind(line, settings.folders[0]):
            self._stopped.wait(_BREATH)
            return True
        # The server tells of the folder that is open alone.
        several = len(settings.folders) > 1
        seconds = self._listen.total_seconds()
        try:
            line.wait(min(seconds, settings.poll_seconds) if several else seconds)
        except Refused:
            return False
        return True

    def _can_idle(self, line: ImapLine) -> bool:
        with line.command(Step.SIGN_IN):
            return bool(line.has_capability("IDLE"))

    def _told(self, problem: str, lasting: bool = False) -> timedelta:
        """Say what is wrong; how long to wait before the next attempt."""
        self._failures += 1
        self._places.tell(self._account.channel_id, problem)
        if lasting:
            return LASTING_PAUSE
        longest: timedelta = min(FIRST_PAUSE * 2 ** min(self._failures - 1, 12), LAST_PAUSE)
        return longest * self._random.uniform(0.5, 1.0)
