"""The folder of files: uploads in pieces that survive a cut, verified by their hash.

A finished file lies under its SHA-256 and never changes. An unfinished one lies in `.uploads`, apart for each sender:
nobody finishes what somebody else has sent. What is written twice at the same place by two requests is the same, or the
hash tells.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

from agent_desktop.domain.clock import Clock
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.disk import force, keep_once, sync_folder
from sync.protocol.messages import BlobState
from sync.server.refusals import Refusal, invalid, not_found, too_large

UNFINISHED_SECONDS = 24 * 3600
"""After so long without a piece an upload is given up."""
RESERVE = 256_000_000
"""So many bytes of the disk are left free."""
FOLDERS = 256
"""A file lies in one of so many folders, by the beginning of its SHA-256."""
_PIECE = 1 << 20


class Uploads:
    """The folder of files of one server; several processes may share it. Implements `FilePort`."""

    def __init__(self, folder: Path, largest: int) -> None:
        self._store = BlobStore(folder)
        self._folder = folder
        self._unfinished = folder / ".uploads"
        self._largest = largest

    def has(self, sha256: str) -> bool:
        """Whether the whole file is here."""
        try:
            return self._store.path(sha256).is_file()
        except ValueError:
            return False

    def read(self, sha256: str) -> bytes | None:
        """The content of a file; None when it is not here."""
        return self._store.read(sha256)

    def put(self, content: bytes) -> str:
        """Store what the server itself was given; its SHA-256. It counts as touched, though it may have lain here."""
        sha256 = self._store.put(content)
        try:
            os.utime(self._store.path(sha256))
        except FileNotFoundError:
            self._store.put(content)  # it was taken away just before, for nothing had named it for long
        return sha256

    def untouched(self, folder: int, before: float) -> Iterator[str]:
        """The files of one of the folders that nobody has stored since this moment, in seconds since 1970."""
        name = f"{folder:02x}"
        for path in (self._folder / name).glob("[0-9a-f]*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    yield name + path.name

    def remove(self, sha256: str) -> None:
        """Take a file away for good."""
        self._store.remove(sha256)

    def path(self, sha256: str) -> Path:
        """Where a whole file lies. Raises a refusal for what is no SHA-256 or not here."""
        path = self._path(sha256)
        if not path.is_file():
            raise not_found("This file is not on the server.")
        return path

    def whole(self, sha256: str, size: int) -> BlobState:
        """What is said of a file that is here. Raises a refusal for another size than it has."""
        if self.path(sha256).stat().st_size != size:
            raise invalid("size: the file of this SHA-256 has another one")
        return BlobState(sha256=sha256, size=size, offset=size)

    def begin(self, sender: str, sha256: str, size: int) -> BlobState:
        """How much of a file is here from this sender; announces it when it is new."""
        self._path(sha256)
        if size > self._largest:
            raise too_large(f"A file may have {self._largest:,} bytes.")
        part = self._part(sender, sha256, size)
        try:
            self._unfinished.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(self._folder).free < size + RESERVE:
                raise no_room()
            for other in self._parts(sender, sha256):
                if other != part:
                    other.unlink(missing_ok=True)
            part.touch()
            return BlobState(sha256=sha256, size=size, offset=part.stat().st_size)
        except OSError as error:
            raise no_room() from error

    def append(self, sender: str, sha256: str, offset: int, piece: bytes) -> BlobState | None:
        """Write a piece where it belongs. A piece that leaves a gap is not taken; the answer says what is here, None
        that nothing was announced, or the upload is over.

        Raises a refusal for a piece beyond the end.
        """
        self._path(sha256)
        parts = self._parts(sender, sha256)
        if not parts:
            return None
        size = int(parts[0].name.rpartition("-")[2])
        if offset + len(piece) > size:
            raise too_large("The piece goes beyond the announced end of the file.")
        try:
            with parts[0].open("r+b") as file:
                here = file.seek(0, os.SEEK_END)
                if offset <= here:
                    file.seek(offset)
                    file.write(piece)
                    here = max(here, offset + len(piece))
        except FileNotFoundError:
            return None  # another request of theirs finished it, or it was given up just now
        except OSError as error:
            raise no_room() from error
        return BlobState(sha256=sha256, size=size, offset=here)

    def verify(self, sender: str, sha256: str, size: int) -> None:
        """Force what arrived to the disk. Raises a refusal when it is not what its hash says: then it has to be sent
        again from the start.
        """
        part = self._part(sender, sha256, size)
        digest = hashlib.sha256()
        try:
            with part.open("r+b") as file:
                while piece := file.read(_PIECE):
                    digest.update(piece)
                if digest.hexdigest() == sha256:
                    force(file.fileno())
                    return
            part.unlink(missing_ok=True)
        except FileNotFoundError:
            if self.has(sha256):
                return
            raise given_up() from None
        except OSError as error:
            raise no_room() from error
        raise Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "wrong_hash",
            "The file arrived damaged and was not kept. It is sent again from the start.",
        )

    def keep(self, sender: str, sha256: str, size: int) -> None:
        """Put a verified file where all files are."""
        part, path = self._part(sender, sha256, size), self._path(sha256)
        try:
            if path.is_file():
                part.unlink(missing_ok=True)  # somebody else has sent the same
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            keep_once(part, path)
            sync_folder(path.parent)
            sync_folder(self._folder)
        except FileNotFoundError:
            if not path.is_file():
                raise given_up() from None
        except OSError as error:
            raise no_room() from error

    def sweep(self, clock: Clock) -> int:
        """Remove uploads that nobody goes on with; how many there were."""
        if not self._unfinished.is_dir():
            return 0
        oldest, removed = clock.now().timestamp() - UNFINISHED_SECONDS, 0
        for part in self._unfinished.iterdir():
            try:
                if part.stat().st_mtime < oldest:
                    part.unlink()
                    removed += 1
            except FileNotFoundError:
                continue  # another process was quicker
        return removed

    def _path(self, sha256: str) -> Path:
        try:
            return self._store.path(sha256)
        except ValueError as error:
            raise invalid("sha256: 64 hexadecimal digits in small letters are expected") from error

    def _part(self, sender: str, sha256: str, size: int) -> Path:
        return self._unfinished / f"{_folded(sender)}-{sha256}-{size}"

    def _parts(self, sender: str, sha256: str) -> list[Path]:
        return sorted(self._unfinished.glob(f"{_folded(sender)}-{sha256}-*"))


def _folded(sender: str) -> str:
    """A sender as a part of the name of a file, whatever characters an id may have."""
    return hashlib.sha256(sender.encode()).hexdigest()[:32]


def given_up() -> Refusal:
    """Nothing of the file is here to go on with."""
    return not_found("This file was not announced, or its upload was given up. Announce it again.")


def no_room() -> Refusal:
    """The disk of the server is full or fails."""
    return Refusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "no_room",
        "The server has no room for the file now. It is kept here and sent later.",
        60.0,
    )
