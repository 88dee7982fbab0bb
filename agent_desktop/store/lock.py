"""One program per profile: a lock of the operating system, which ends with the process however it ends."""

import errno
import os
import sys
from pathlib import Path

from agent_desktop.domain.errors import InUse, StoreError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK)
"""What the systems answer where another program has the lock; anything else says that there are no locks."""


class ProfileLock:
    """Held from `take` to `release`. Raises InUse when another program holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def take(self) -> None:
        """Keep others out."""
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(
                "The folder of this profile cannot be written. Check that it belongs to you.", str(error)
            ) from error
        try:
            if sys.platform == "win32":
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            if error.errno not in _TAKEN:
                raise StoreError(
                    "The disk of this profile cannot keep two programs apart, as a shared folder may not. Choose a"
                    " folder on this computer for it.",
                    str(error),
                ) from error
            raise InUse(
                "Agent Desktop is already open with this profile. Use that window, or close it first.",
                str(error),
            ) from error
        self._handle = handle

    def release(self) -> None:
        """Let others in."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
