"""Files of messages: here, or to be fetched from the server when somebody wants them."""

from collections.abc import Callable
from typing import Protocol

from agent_desktop.domain.errors import InputError
from agent_desktop.store.blobs import BlobStore

Progress = Callable[[int], bool]
"""Told how many bytes are here; False breaks the fetching off, and what is here stays for the next time."""

NOT_HERE = "This file is not on this computer, and there is no server to fetch it from."


class RemoteFiles(Protocol):
    """Where files come from that are not here."""

    def fetch(self, sha256: str, size: int | None, progress: Progress) -> bool:
        """Put the file into the store; False when `progress` broke that off. `size` is None where nobody noted it.

        Raises InputError in words when it cannot be had now, StoreError when there is no room.
        """
        ...


class FileService:
    """Reads files, wherever they are."""

    def __init__(self, blobs: BlobStore, remote: Callable[[], RemoteFiles | None]) -> None:
        self._blobs = blobs
        self._remote = remote

    def is_here(self, sha256: str) -> bool:
        """Whether the file is on this computer. What is no SHA-256 is nowhere else either."""
        try:
            return self._blobs.has(sha256)
        except ValueError:
            return True

    def read(self, sha256: str) -> bytes | None:
        """The content, fetched first where it is not here. Not for the GUI thread; raises as `fetch` does."""
        if not self.is_here(sha256) and self._remote() is not None:
            self.fetch(sha256, None, lambda done: True)
        return self._blobs.read(sha256)

    def fetch(self, sha256: str, size: int | None, progress: Progress) -> bool:
        """Have the file on this computer; False when `progress` broke that off. Not for the GUI thread.

        Raises InputError in words when it cannot be had now, StoreError when there is no room.
        """
        if self.is_here(sha256):
            return True
        remote = self._remote()
        if remote is None:
            raise InputError(NOT_HERE)
        return remote.fetch(sha256, size, progress)
