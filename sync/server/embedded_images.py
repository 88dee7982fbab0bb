"""The pictures of mails for the one user of an embedded server: what fetches them is loaded for the first one."""

import threading
from typing import TYPE_CHECKING

from agent_desktop.domain.ids import Id
from sync.server.database import ServerDatabase
from sync.server.ports import ReadFile

if TYPE_CHECKING:
    from sync.server.remote_images import RemoteImages


class EmbeddedImages:
    """Its method may be called on any thread, and waits for the network."""

    def __init__(self, database: ServerDatabase, read: ReadFile, user_id: Id) -> None:
        self._database = database
        self._read = read
        self._user_id = user_id
        self._images: RemoteImages | None = None
        self._lock = threading.Lock()

    def fetch(self, message_id: Id, url: str) -> bytes:
        """The picture that a message names by this address. Raises InputError in words."""
        return self._ready().fetch(self._user_id, message_id, url)

    def _ready(self) -> "RemoteImages":
        with self._lock:
            if self._images is None:
                # TLS and all that goes with it takes megabytes, and most programs never ask for a picture.
                from sync.server.remote_images import RemoteImages

                self._images = RemoteImages(self._database, self._read)
            return self._images
