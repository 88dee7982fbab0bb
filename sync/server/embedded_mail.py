"""The mail of a workspace on this computer alone: loaded when an account is set up, or is about to be."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import Channel
from sync.server.embedded import EmbeddedServer
from sync.server.keys import ServerKey
from sync.server.ports import ChannelPort

if TYPE_CHECKING:
    from sync.server.mail.post_office import PostOffice

_ANY = "SELECT 1 FROM mail_account LIMIT 1"
_OF = "SELECT 1 FROM mail_account WHERE channel_id = ?"


class EmbeddedMail:
    """What an embedded server asks about mail. `key` is made or read when the first account is set up.

    It is given to the server before there is one: `serve` names it.
    """

    def __init__(self, key: Callable[[], ServerKey], clock: Clock) -> None:
        self._key = key
        self._clock = clock
        self._lock = threading.Lock()
        self._server: EmbeddedServer | None = None
        self._office: PostOffice | None = None
        self._running = False

    def serve(self, server: EmbeddedServer) -> None:
        """This is the server."""
        self._server = server

    def office(self) -> "PostOffice":
        """Everything for mail, made when it is first asked for; it reads once the server runs."""
        with self._lock:
            if self._office is None:
                self._office = self._made()
                if self._running:
                    self._office.start()
            return self._office

    def port_of(self, channel: Channel) -> ChannelPort | None:
        """What sends for a channel; None while it is not connected."""
        return self.office().port_of(channel) if self._has(_OF, channel.id) else None

    def trusted_host(self, channel_id: Id) -> str:
        """The server whose word on senders is believed on a channel; empty for none."""
        return self.office().trusted_host(channel_id) if self._has(_OF, channel_id) else ""

    def named_reply(self, name: str) -> Id | None:
        """The reply that a name stands for, if it is one that we signed."""
        return self.office().named_reply(name) if self._has(_ANY) else None

    def start(self) -> None:
        """Begin to read what is set up."""
        with self._lock:
            self._running = True
            waiting = self._office
        if waiting is not None:
            waiting.start()
        elif self._has(_ANY):
            self.office()

    def stop(self) -> None:
        """Read no more."""
        with self._lock:
            self._running = False
            if self._office is not None:
                self._office.stop()

    def _has(self, question: str, *given: str) -> bool:
        assert self._server is not None
        with self._server.database.read() as connection:
            return connection.execute(question, given).fetchone() is not None

    def _made(self) -> "PostOffice":
        # It brings the libraries of mail and of sealing along.
        from sync.channels.mail.connecting import dial
        from sync.channels.mail.exchangers import exchangers_of
        from sync.server.mail.post_office import MailWays, PostOffice
        from sync.server.mail.registrations import registrations

        assert self._server is not None
        ways = MailWays(dial=dial, registrations=registrations(), exchangers=exchangers_of)
        inbound = self._server.inbound()
        return PostOffice(self._server.backend, self._key(), self._clock, inbound, ways, alone=True)
