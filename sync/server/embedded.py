"""The backend inside the desktop program, for one person or a trial: no socket, no set-up."""

from collections.abc import Callable
from pathlib import Path

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.ids import IdSource
from agent_desktop.domain.workspace import Channel
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.upgrade import prepare
from sync.server.backend import Backend
from sync.server.background import Background, NextArrivals, not_connected
from sync.server.database import SqliteServerDatabase
from sync.server.outbound import OutboundWorker
from sync.server.ports import ChannelPort, FileShelf, no_files
from sync.server.schema import ServerSchema


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
        shelf: FileShelf | None = None,
    ) -> None:
        schema = ServerSchema()
        self.database = SqliteServerDatabase(path, key=key)
        self.backend = Backend(self.database, schema, clock, ids, shelf=shelf)
        try:
            prepare(self.database, schema.version())
            self.backend.store.start()
        except StoreError:
            self.database.close()
            raise
        self.outbound = OutboundWorker(self.backend.store, clock, port_of, shelf.read if shelf else no_files)
        self._background = Background(
            self.backend.store, self.outbound, clock, arrivals, jobs=self.backend.jobs
        )

    def start(self) -> None:
        """Begin to send and receive."""
        self._background.start()

    def stop(self) -> None:
        """Finish the attempt that is running and close the file."""
        self._background.stop()
        self.database.close()
