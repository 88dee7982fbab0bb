"""The backend inside the desktop program, for one person or a trial: no socket, no set-up."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.workspace import Channel
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.upgrade import prepare
from sync.server.backend import Backend
from sync.server.background import Background, NextArrivals, not_connected
from sync.server.database import SqliteServerDatabase
from sync.server.mail.waiting import WhenMailWaits
from sync.server.outbound import OutboundWorker
from sync.server.ports import ChannelPort, FileKeeper, no_files
from sync.server.schema import ServerSchema

if TYPE_CHECKING:
    from sync.server.mail.inbound import InboundStore
    from sync.server.mail.ingesting import Ingester
    from sync.server.mail.threads import NamedReply


class EmbeddedServer:
    """A backend with its own thread for what is due: replies to send, and messages that arrive. `key` is its file's."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        ids: IdSource,
        port_of: Callable[[Channel], ChannelPort | None] = not_connected,
        arrivals: NextArrivals | None = None,
        key: DataKey | None = None,
        shelf: FileKeeper | None = None,
        named_reply: "NamedReply | None" = None,
        trusted_host: "Callable[[Id], str] | None" = None,
    ) -> None:
        schema = ServerSchema()
        self._clock, self._shelf = clock, shelf
        self._named_reply, self._trusted_host = named_reply, trusted_host
        self._ingester: Ingester | None = None
        self.database = SqliteServerDatabase(path, key=key)
        self.backend = Backend(self.database, schema, clock, ids, shelf=shelf)
        try:
            prepare(self.database, schema.version())
            self.backend.store.start()
        except StoreError:
            self.database.close()
            raise
        self.outbound = OutboundWorker(self.backend.store, clock, port_of, shelf.read if shelf else no_files)
        mail = (WhenMailWaits(self.database, self._new_ingester),) if shelf else ()
        jobs = (*self.backend.jobs, *mail)
        self._background = Background(self.backend.store, self.outbound, clock, arrivals, jobs=jobs)

    def inbound(self) -> "InboundStore":
        """What takes mail over; only with a shelf."""
        from sync.server.mail.inbound import InboundStore

        assert self._shelf is not None
        inbound = InboundStore(self.database, self._shelf, self._clock)
        inbound.subscribe(self._background.wake)
        return inbound

    def _new_ingester(self) -> "Ingester":
        # What reads mail is loaded when there is some.
        from sync.server.mail.ingesting import Ingester, no_trusted_host, nothing_signed

        assert self._shelf is not None
        self._ingester = Ingester(
            self.backend.store,
            self._shelf,
            self._clock,
            named_reply=self._named_reply or nothing_signed,
            trusted_host=self._trusted_host or no_trusted_host,
        )
        return self._ingester

    def start(self) -> None:
        """Begin to send and receive."""
        self._background.start()

    def stop(self) -> None:
        """Finish the attempt that is running and close the file."""
        self._background.stop()
        if self._ingester is not None:
            self._ingester.close()
        self.database.close()
