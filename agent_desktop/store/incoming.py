"""A file on its way here: grows piece by piece, survives a restart, and counts only when its content is right."""

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.disk import force, keep_once, sync_folder

if TYPE_CHECKING:
    from agent_desktop.store.data_key import DataKey

_PIECE = 1_048_576


class IncomingFile:
    """What is here so far of the file with this SHA-256 and size in bytes. One writer at a time.

    Where the store seals its files this one is sealed as it grows, frame by frame: what does not fill one waits in
    memory, and comes again after a restart.
    """

    def __init__(self, blobs: BlobStore, sha256: str, size: int) -> None:
        self._key = blobs.key
        self._target = blobs.path(sha256)
        self._part = self._target.with_name(f".part-{self._target.name}")
        self._sha256 = sha256
        self._rest = b""
        self.size = size

    @property
    def offset(self) -> int:
        """How many bytes are here."""
        try:
            length = self._part.stat().st_size
        except FileNotFoundError:
            length = 0
        if self._key is not None:
            length = self._content_of(length) + len(self._rest)
        return min(length, self.size)

    def _content_of(self, length: int) -> int:
        """How much content a sealed file of this length holds: whole frames, or everything."""
        from agent_desktop.store.sealing import FRAME, frames_in, length_of

        return self.size if length >= length_of(self.size) else frames_in(length) * FRAME

    def add(self, piece: bytes) -> None:
        """Put the next piece behind what is here. Raises StoreError when there is no room."""
        try:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            if self._key is None:
                with self._part.open("ab") as file:
                    file.write(piece)
            else:
                self._add_sealed(piece, self._key)
        except OSError as error:
            raise _no_room(error) from error

    def finish(self) -> bool:
        """Put the whole file in its place. False when the content is not right: then it begins anew."""
        try:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            if self._key is not None and self.size == 0:
                self._add_sealed(b"", self._key)
            with self._part.open("ab") as file:
                force(file.fileno())
            if self._digest() != self._sha256:
                self._part.unlink()
                return False
            keep_once(self._part, self._target)
            sync_folder(self._target.parent)
        except OSError as error:
            raise _no_room(error) from error
        return True

    def _add_sealed(self, piece: bytes, key: "DataKey") -> None:
        from agent_desktop.store.sealing import FRAME, HEAD, NotSealed, SealedFile, place_of

        content, self._rest = self._rest + piece, b""
        at = self.offset
        with self._part.open("r+b" if self._part.exists() else "w+b") as file:
            try:
                sealing = SealedFile(key, file.read(HEAD))
            except NotSealed:
                if at:
                    file.truncate(0)  # what was here is none of ours: everything comes again
                    return
                sealing = SealedFile.new(key, self.size)
                file.seek(0)
                file.write(sealing.head)
            file.seek(place_of(at // FRAME))
            file.truncate()
            for begin in range(0, len(content) or 1, FRAME):
                frame = content[begin : begin + FRAME]
                if len(frame) < FRAME and at + begin + len(frame) < self.size:
                    self._rest = frame
                    return
                file.write(sealing.seal((at + begin) // FRAME, frame))

    def _digest(self) -> str:
        digest = hashlib.sha256()
        with self._part.open("rb") as file:
            for piece in self._content(file):
                digest.update(piece)
        return digest.hexdigest()

    def _content(self, file: BinaryIO) -> Iterator[bytes]:
        if self._key is None:
            while piece := file.read(_PIECE):
                yield piece
            return
        from agent_desktop.store.sealing import NotSealed, SealedFile

        try:
            yield from SealedFile.of(self._key, file).read(file)
        except NotSealed:
            yield b"not what it was"


def _no_room(error: OSError) -> StoreError:
    return StoreError(
        "The file could not be stored here. Check the disk's free space and permissions.", str(error)
    )
