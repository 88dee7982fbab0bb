"""Files by the SHA-256 of their content: attachments, raw mails and mail HTML."""

import hashlib
import hmac
import logging
import os
import re
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.disk import force, keep_once, overwrite_and_remove, sync_folder

_DAMAGED = ".damaged"
_SHA256 = re.compile("[0-9a-f]{64}")
_log = logging.getLogger("agent_desktop.store")


class BlobStore:
    """A folder of immutable files, two levels deep. A file is there in whole or not at all.

    With a key they are sealed, and lie under names that say nothing of their content. What was stored before there was
    a key is read as well, until `seal_plain_files` has been through.
    """

    def __init__(self, folder: Path, key: DataKey | None = None) -> None:
        self._folder = folder
        self.key = key
        self._settled: set[Path] = set()
        """Folders of which we know that a power cut leaves them where they are."""
        self._names = None if key is None else key.derive("file names")
        self._turn = threading.Lock()
        self._in_hand: set[str] = set()
        """Names of files: an import takes very many along."""

    def path(self, sha256: str) -> Path:
        """Where the content belongs. Raises ValueError for anything but 64 hexadecimal digits."""
        if not _is_sha256(sha256):
            raise ValueError("not a SHA-256 in hexadecimal")
        if self._names is None:
            return self._plain_path(sha256)
        name = hmac.digest(self._names, sha256.encode(), "sha256").hex()
        return self._folder.joinpath(name[:2], name[2:])

    def has(self, sha256: str) -> bool:
        """Whether the content is here, which it is under no name but a SHA-256."""
        return _is_sha256(sha256) and self._has(sha256)

    def _has(self, sha256: str) -> bool:
        return self.path(sha256).exists() or (self.key is not None and self._plain_path(sha256).exists())

    def put(self, content: bytes) -> str:
        """Store the content durably; its SHA-256. The same content is stored once."""
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        if not target.exists():
            self._store(target, self._pieces(content))
        return sha256

    def take(self, content: bytes) -> str:
        """The same for what a person took along and nothing names yet: `clear_away` leaves it until `release`."""
        with self._turn:
            self._in_hand.add(self.path(hashlib.sha256(content).hexdigest()).name)
        return self.put(content)

    def take_file(self, source: Path) -> tuple[str, int]:
        """Copy a file into the store as `take` does; its SHA-256 and size in bytes. Raises StoreError when it cannot be
        read.
        """
        try:
            content = source.read_bytes()
        except OSError as error:
            raise StoreError(
                f"{source.name} could not be read, so it was not attached.", str(error)
            ) from error
        return self.take(content), len(content)

    def read(self, sha256: str) -> bytes | None:
        """The content, or None when it is not here. A sealed file that is damaged is put aside as not here."""
        if not _is_sha256(sha256):
            return None
        path = self.path(sha256)
        try:
            return path.read_bytes() if self.key is None else self._unsealed(path)
        except FileNotFoundError:
            return None if self.key is None else self._before(sha256)

    def all_paths(self) -> Iterator[Path]:
        """Where all files lie that are here in whole."""
        for path in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            if not path.name.startswith("."):
                yield path

    @property
    def holds(self) -> bool:
        """Whether something was taken along that nothing may name yet."""
        return bool(self._in_hand)

    def release(self, sha256s: Iterable[str]) -> None:
        """Something names these files by now."""
        with self._turn:
            self._in_hand.difference_update(self.path(sha256).name for sha256 in sha256s)

    def clear_away(self, path: Path) -> bool:
        """Take a file away that nothing names; False for one that somebody has just taken along. Raises OSError."""
        with self._turn:
            if path.name in self._in_hand:
                return False
            overwrite_and_remove(path)
        return True

    def remove(self, sha256: str) -> None:
        """Take a file away so that it cannot be read any more; nothing happens when it is not here.

        Raises StoreError when the disk does not let it go.
        """
        try:
            for path in {self.path(sha256), self._plain_path(sha256)}:
                overwrite_and_remove(path)
        except OSError as error:
            raise StoreError("A file could not be removed. It is tried again later.", str(error)) from error

    def seal_plain_files(self) -> Iterator[int]:
        """Seal what was stored before there was a key, file by file; how many are left. May be broken off.

        Raises StoreError when there is no room.
        """
        assert self.key is not None
        left = [path for path in self._folder.glob("[0-9a-f][0-9a-f]/*") if self._is_plain(path)]
        for count, path in enumerate(left, 1):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            if hashlib.sha256(content).hexdigest() == path.parent.name + path.name:
                self.put(content)
            try:
                overwrite_and_remove(path)
            except OSError as error:
                raise _no_room(error) from error
            yield len(left) - count

    def _is_plain(self, path: Path) -> bool:
        from agent_desktop.store.sealing import MARK

        try:
            with path.open("rb") as file:
                return not path.name.endswith(_DAMAGED) and file.read(len(MARK)) != MARK
        except OSError:
            return False

    def _before(self, sha256: str) -> bytes | None:
        """What was stored without a key."""
        try:
            return self._plain_path(sha256).read_bytes()
        except FileNotFoundError:
            return None

    def _unsealed(self, path: Path) -> bytes | None:
        from agent_desktop.store.sealing import NotSealed, SealedFile

        assert self.key is not None
        try:
            with path.open("rb") as file:
                return b"".join(SealedFile.of(self.key, file).read(file))
        except NotSealed:
            _log.warning("a file was damaged and is put aside: %s", path.name[:12])
            path.replace(path.with_name(path.name + _DAMAGED))
            return None

    def _pieces(self, content: bytes) -> Iterable[bytes]:
        if self.key is None:
            return (content,)
        # Loaded where there is a key and something to store.
        from agent_desktop.store.sealing import sealed

        return sealed(self.key, content)

    def _plain_path(self, sha256: str) -> Path:
        return self._folder.joinpath(sha256[:2], sha256[2:])

    def _store(self, target: Path, pieces: Iterable[bytes]) -> None:
        try:
            if target.parent not in self._settled:
                target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    for piece in pieces:
                        file.write(piece)
                    file.flush()
                    force(file.fileno())
                keep_once(Path(name), target)
                sync_folder(target.parent)
                if target.parent not in self._settled:
                    sync_folder(self._folder)
                    self._settled.add(target.parent)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise _no_room(error) from error


def _is_sha256(name: str) -> bool:
    return _SHA256.fullmatch(name) is not None


def _no_room(error: OSError) -> StoreError:
    return StoreError(
        "The file could not be stored, so it was not attached. Check the disk's free space and permissions.",
        str(error),
    )
