"""A file on its way here: grows piece by piece, survives a restart, and counts only when its content is right."""

import hashlib
import os
from pathlib import Path

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.disk import sync_folder

_PIECE = 1_048_576


class IncomingFile:
    """What is here so far of the file with this SHA-256 and size in bytes. One writer at a time."""

    def __init__(self, blobs: BlobStore, sha256: str, size: int) -> None:
        self._target = blobs.path(sha256)
        self._part = self._target.with_name(f".part-{self._target.name}")
        self._sha256 = sha256
        self.size = size

    @property
    def offset(self) -> int:
        """How many bytes are here."""
        try:
            return min(self._part.stat().st_size, self.size)
        except FileNotFoundError:
            return 0

    def add(self, piece: bytes) -> None:
        """Put the next piece behind what is here. Raises StoreError when there is no room."""
        try:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            with self._part.open("ab") as file:
                file.write(piece)
        except OSError as error:
            raise StoreError(
                "The file could not be stored here. Check the disk's free space and permissions.", str(error)
            ) from error

    def finish(self) -> bool:
        """Put the whole file in its place. False when the content is not right: then it begins anew."""
        try:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            with self._part.open("ab") as file:
                os.fsync(file.fileno())
            if _sha256(self._part) != self._sha256:
                self._part.unlink()
                return False
            self._part.replace(self._target)
            sync_folder(self._target.parent)
        except OSError as error:
            raise StoreError(
                "The file could not be stored here. Check the disk's free space and permissions.", str(error)
            ) from error
        return True


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
