"""Makes the files of this process behave as on Windows, where that can be told from /proc: what is open stays.

Windows refuses to remove, replace or rename a file that is open, a folder with such a file in it, and a file that is
read-only; a rename never replaces. SQLite's own removal of its journals is not seen here.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

_HANDLES = Path("/proc/self/fd")


def _refuse(path: str, reason: str) -> PermissionError:
    return PermissionError(errno.EACCES, f"{reason}, as Windows would", path)


def _is_open(path: str) -> bool:
    """Whether this process has the file open, or something in the folder."""
    for handle in _HANDLES.iterdir():
        try:
            target = str(handle.readlink())
        except FileNotFoundError:
            continue
        if target == path or target.startswith(f"{path}/"):
            return True
    return False


def _full(path: Any, folder: int | None) -> str:
    full = Path(path) if folder is None else (_HANDLES / str(folder)).readlink() / path
    return str(full.parent.resolve() / full.name)


def _check(path: str, *, goes: bool) -> None:
    try:
        found = os.lstat(path)
    except OSError:
        return
    if stat.S_ISREG(found.st_mode) and goes and not found.st_mode & stat.S_IWUSR:
        raise _refuse(path, "read-only")
    if not stat.S_ISLNK(found.st_mode) and _is_open(path):
        raise _refuse(path, "open")


def _unlink(real: Callable[..., None]) -> Callable[..., None]:
    def unlink(path: Any, *, dir_fd: int | None = None) -> None:
        _check(_full(path, dir_fd), goes=True)
        real(path, dir_fd=dir_fd)

    return unlink


def _moved(real: Callable[..., None], *, over: bool) -> Callable[..., None]:
    def moved(source: Any, target: Any, **folders: Any) -> None:
        start = _full(source, folders.get("src_dir_fd"))
        end = _full(target, folders.get("dst_dir_fd"))
        if os.path.lexists(end):
            if not over:
                raise FileExistsError(errno.EEXIST, "a rename replaces nothing on Windows", end)
            _check(end, goes=True)
        _check(start, goes=False)
        real(source, target, **folders)

    return moved


@contextmanager
def files_as_on_windows() -> Iterator[None]:
    """Meanwhile, files that are open cannot be removed, replaced or renamed. Without /proc all is as it is."""
    if not _HANDLES.is_dir():
        yield
        return
    unlink = _unlink(os.unlink)
    with (
        patch.object(os, "unlink", unlink),
        patch.object(os, "remove", unlink),
        patch.object(os, "replace", _moved(os.replace, over=True)),
        patch.object(os, "rename", _moved(os.rename, over=False)),
    ):
        yield


@pytest.fixture(autouse=True)
def windows_rules() -> Iterator[None]:
    """For the `conftest.py` of a folder: no test below it may count on what Windows refuses."""
    with files_as_on_windows():
        yield
