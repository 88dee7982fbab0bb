"""Encrypts the files of a profile that were made without a key, in place, and may be killed at any point.

Each database is written anew beside itself, compared, and put in its place; then the plain one is overwritten. Until
all are done each start goes on, and `work.db`, by which a profile is known, comes last.
"""

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.crypto import driver_errors, export, is_plain
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.disk import force, overwrite_and_remove, replace, sync_file, sync_folder
from agent_desktop.store.rewriting import (
    JOURNALS,
    Unreadable,
    compare,
    is_for_now,
    remove_database,
    write_back,
)

_LATER = ".encrypting"
_BEFORE = ".plain"
_SEALED = ".sealed"
_log = logging.getLogger("agent_desktop.store")

Progress = Callable[[str], None]


def is_plain_in_part(databases: list[Path]) -> bool:
    """Whether something is left that anybody could read."""
    folder = databases[0].parent
    return any(is_plain(path) for path in databases) or bool(_left_open(folder, databases))


def encrypt_databases(
    databases: list[Path], key: DataKey, progress: Progress, *, replaceable: Path | None = None
) -> None:
    """Encrypt these files, in this order, and whatever lies beside them and was made of them.

    Where `replaceable` is damaged it is put under seal, for it can be had again. Raises StoreError in words when
    another one is damaged or in use, or when there is no room: what was not encrypted is as it was.
    """
    for path in databases:
        _finish(path)
        if is_plain(path):
            progress(f"Encrypting {path.name}")
            _encrypt(path, key, path == replaceable)
    for path in _left_open(databases[0].parent, databases):
        progress(f"Encrypting {path.name}")
        _put_under_seal(path, key)


def _encrypt(path: Path, key: DataKey, is_replaceable: bool) -> None:
    new = path.with_name(path.name + _LATER)
    try:
        remove_database(new)
        try:
            write_back(path, None)
            export(path, new, key)
            compare(path, None, new, key)
        except driver_errors(Unreadable) as error:
            remove_database(new)
            if is_for_now(error):
                raise StoreError(
                    f"{path.name} could not be encrypted now and was left as it is. Close other programs that use it,"
                    " free some space and start Agent Desktop again.",
                    str(error),
                ) from error
            if not is_replaceable:
                raise StoreError(
                    f"{path.name} is damaged, so it could not be encrypted. It was left as it is.", str(error)
                ) from error
            _log.warning("a database that is damaged was not encrypted, but sealed: %s", path.name)
            _put_under_seal(path, key)
            return
        sync_file(new)
        with suppress(OSError):  # where the disk has no second names, the plain file is removed all the same
            os.link(path, path.with_name(path.name + _BEFORE))
        replace(new, path)
        sync_folder(path.parent)
        _finish(path)
    except OSError as error:
        raise StoreError(
            f"{path.name} could not be encrypted and was left as it is. Free some space, check that the folder of the"
            " profile belongs to you, and start Agent Desktop again.",
            str(error),
        ) from error


def _finish(path: Path) -> None:
    """Remove what an encryption left that was broken off, or is done."""
    before = path.with_name(path.name + _BEFORE)
    if before.exists():
        if path.exists() and before.samefile(path):
            before.unlink()  # the same file under a second name: it is not encrypted yet
        else:
            overwrite_and_remove(before)
    if is_plain(path):
        return
    remove_database(path.with_name(path.name + _LATER))


def _left_open(folder: Path, databases: list[Path]) -> list[Path]:
    """Copies of before an upgrade, and damaged files that were put aside: nobody opens them but a person."""
    names = {path.name for path in databases}
    stems = {path.stem for path in databases}
    found = []
    for path in sorted(folder.glob("*")):
        is_of_one = path.name.split(".")[0] in stems and path.name not in names
        if is_of_one and path.is_file() and (is_plain(path) or _is_text_of_salvage(path)):
            found.append(path)
    return found


def _is_text_of_salvage(path: Path) -> bool:
    return path.suffix == ".txt" or (path.name.endswith("-wal") and ".damaged-" in path.name)


def _put_under_seal(path: Path, key: DataKey) -> None:
    """Put a file under seal as it is, with its journal, and overwrite it."""
    from agent_desktop.store.sealing import sealed

    for each in (path, *(path.with_name(path.name + suffix) for suffix in JOURNALS)):
        if not each.exists():
            continue
        target = each.with_name(each.name + _SEALED)
        partial = target.with_suffix(".partial")
        with partial.open("wb") as file:
            for piece in sealed(key, each.read_bytes()):
                file.write(piece)
            file.flush()
            force(file.fileno())
        replace(partial, target)
        sync_folder(each.parent)
        overwrite_and_remove(each)
