"""Makes files durable: what was written, and that it has its name."""

import errno
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

_PIECE = 1_048_576
_PAUSES = (0.01, 0.05, 0.1, 0.25, 0.5)
"""Seconds."""
_NOT_OF_FOLDERS = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)
"""What file systems of other computers and other systems answer to who wants a folder on the disk."""


def force(handle: int) -> None:
    """Have what was written to an open file on the disk before this returns. Raises OSError."""
    if sys.platform == "darwin":
        import fcntl

        with suppress(OSError):  # not every disk knows this order
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)  # `fsync` of macOS leaves it in the cache of the disk
            return
    os.fsync(handle)


def sync_file(path: Path) -> None:
    """Force the content of a file to the disk."""
    handle = os.open(path, os.O_RDWR)
    try:
        force(handle)
    finally:
        os.close(handle)


def sync_folder(path: Path) -> None:
    """Force the names in a folder to the disk, where the system and the disk have this; Windows does so by itself."""
    if sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NOT_OF_FOLDERS:
            raise
    finally:
        os.close(handle)


def replace(source: Path, target: Path) -> None:
    """Give a file its name, whatever had that before. Raises OSError.

    Windows refuses while a scanner of viruses or an index looks at one of them, which is over in a moment.
    """
    for seconds in _PAUSES if sys.platform == "win32" else ():
        try:
            source.replace(target)
            return
        except PermissionError:
            threading.Event().wait(seconds)
    source.replace(target)


def keep_once(source: Path, target: Path) -> None:
    """Give a file a name that tells its content: where that is read just now, and so cannot be replaced, it stays."""
    try:
        replace(source, target)
    except PermissionError:
        if not target.is_file():
            raise
        source.unlink()


def overwrite_and_remove(path: Path) -> None:
    """Write zeros over a file, then remove it, so that its name leads nobody to what it held.

    What a disk that spreads its writes keeps elsewhere is out of reach. Raises OSError; a file that is gone is fine.
    """
    try:
        with path.open("r+b") as file:
            left = file.seek(0, os.SEEK_END)
            file.seek(0)
            while left > 0:
                left -= file.write(bytes(min(left, _PIECE)))
            file.flush()
            force(file.fileno())
    except FileNotFoundError:
        return
    path.unlink(missing_ok=True)
