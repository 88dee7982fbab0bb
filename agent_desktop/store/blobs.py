"""Files by the SHA-256 of their content: attachments, raw mails and mail HTML."""

import hashlib
import os
import tempfile
from pathlib import Path

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.disk import sync_folder


class BlobStore:
    """A folder of immutable files, two levels deep. A file is there in whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Where the content lies, if it is here. Raises ValueError for anything but 64 hexadecimal digits."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError("not a SHA-256 in hexadecimal")
        return self._folder / sha256[:2] / sha256[2:]

    def put(self, content: bytes) -> str:
        """Store the content durably; its SHA-256. The same content is stored once."""
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        if target.exists():
            return sha256
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(target)
                sync_folder(target.parent)
                sync_folder(self._folder)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StoreError(
                "The file could not be stored, so it was not attached. Check the disk's free space and permissions.",
                str(error),
            ) from error
        return sha256

    def put_file(self, source: Path) -> tuple[str, int]:
        """Copy a file into the store; its SHA-256 and size in bytes. Raises StoreError when it cannot be read."""
        try:
            content = source.read_bytes()
        except OSError as error:
            raise StoreError(
                f"{source.name} could not be read, so it was not attached.", str(error)
            ) from error
        return self.put(content), len(content)

    def read(self, sha256: str) -> bytes | None:
        """The content, or None when it is not here."""
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError:
            return None
