"""Takes files that people send, and remembers who has sent what.

Whether a file is here already is told to those alone who may name it. Everybody else sends all of it, and has shown
thereby that they have it: a SHA-256, which can be learnt, is no proof of that.
"""

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.ids import Id
from sync.protocol.messages import BlobState
from sync.server.blobs import Uploads, given_up
from sync.server.database import ServerDatabase
from sync.server.file_rights import FileAccess, forget_sent_long_ago, note_sent


class Intake:
    """The way of files into the folder of a team server."""

    def __init__(self, database: ServerDatabase, uploads: Uploads, access: FileAccess, clock: Clock) -> None:
        self._database = database
        self._uploads = uploads
        self._access = access
        self._clock = clock

    def begin(self, user_id: Id, sha256: str, size: int) -> BlobState:
        """How much of a file this user need not send; announces it when that is not all. Raises a refusal."""
        if self._is_theirs(user_id, sha256):
            return self._uploads.whole(sha256, size)
        return self._finished(user_id, self._uploads.begin(user_id, sha256, size))

    def append(self, user_id: Id, sha256: str, offset: int, piece: bytes) -> BlobState:
        """Take a piece of what this user sends; how much is here. Raises a refusal."""
        state = self._uploads.append(user_id, sha256, offset, piece)
        if state is not None:
            return self._finished(user_id, state)
        if not self._is_theirs(user_id, sha256):
            raise given_up()
        size = self._uploads.path(sha256).stat().st_size
        return BlobState(sha256=sha256, size=size, offset=size)

    def sweep(self) -> None:
        """Give up what nobody goes on with, and forget uploads of long ago."""
        self._uploads.sweep(self._clock)
        with self._database.write() as connection:
            forget_sent_long_ago(connection, self._clock.now())

    def _is_theirs(self, user_id: Id, sha256: str) -> bool:
        return self._uploads.has(sha256) and self._access.may_name(sha256, user_id)

    def _finished(self, user_id: Id, state: BlobState) -> BlobState:
        if state.offset == state.size:
            self._uploads.verify(user_id, state.sha256, state.size)
            # Before it is put in its place: whoever asks in between, from another device, is told the truth.
            with self._database.write() as connection:
                note_sent(connection, state.sha256, user_id, self._clock.now())
            self._uploads.keep(user_id, state.sha256, state.size)
        return state
