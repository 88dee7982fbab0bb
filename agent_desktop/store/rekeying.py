"""Writes the files of an encrypted profile anew under another key, and may be killed at any point.

First each database is written beside itself, and nothing of what is there changes. Then, once the note of the key says
that the new one counts, these are put in their places, and every sealed file is sealed anew, one after the other: until
all are done each start goes on.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.crypto import connect, driver_errors, export, is_plain
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.disk import replace, sync_file, sync_folder
from agent_desktop.store.rewriting import Unreadable, compare, remove_database, write_back
from agent_desktop.store.sealing import MARK, NotSealed, SealedFile, sealed

_LATER = ".new-key"
NOT_PREPARED = (
    "The profile could not be given a new key and was left as it is. Free some space, close other programs that use it,"
    " and start Agent Desktop again."
)
_log = logging.getLogger("agent_desktop.store")

Progress = Callable[[str], None]


def beside(path: Path) -> Path:
    """Where a database is written anew."""
    return path.with_name(path.name + _LATER)


def prepare(databases: list[Path], before: DataKey, key: DataKey, progress: Progress) -> None:
    """Write each database beside itself. Raises StoreError in words: everything is as it was then."""
    try:
        for path in databases:
            progress(f"Writing {path.name} anew")
            _rewrite(path, before, key)
    except driver_errors(Unreadable, OSError) as error:
        forget(databases)
        raise StoreError(NOT_PREPARED, str(error)) from error


def forget(databases: list[Path]) -> None:
    """Remove what `prepare` left where nothing came of it."""
    for path in databases:
        remove_database(beside(path))


def put_in_place(databases: list[Path]) -> None:
    """Let what was prepared take the place of what was there. Raises OSError."""
    for path in databases:
        if beside(path).exists():
            replace(beside(path), path)
            sync_folder(path.parent)


def seal_anew(folder: Path, before: DataKey, key: DataKey) -> Iterator[int]:
    """Seal the files of a store anew, one by one; how many are left. Raises StoreError when there is no room.

    What is damaged stays as it is. Files that were on their way begin anew.
    """
    store = BlobStore(folder, key)
    for part in folder.glob("[0-9a-f][0-9a-f]/.*"):
        part.unlink(missing_ok=True)
    paths = list(store.all_paths())
    for count, path in enumerate(paths, 1):
        content = _content(path, before)
        if content is not None:
            store.put(content)
            if path != store.path(hashlib.sha256(content).hexdigest()):
                path.unlink()
        yield len(paths) - count


def change_left_over(folder: Path, databases: list[Path], before: DataKey, key: DataKey) -> None:
    """Change the copies of before upgrades, and what was put aside under seal. Raises OSError.

    What cannot be read stays under the key of before.
    """
    names, stems = {path.name for path in databases}, {path.stem for path in databases}
    for path in sorted(folder.glob("*")):
        if path.name in names or path.name.split(".")[0] not in stems or not path.is_file() or is_plain(path):
            continue
        if (content := _content(path, before)) is not None:
            _replace(path, b"".join(sealed(key, content)))
        elif path.suffix == ".db" and _opens(path, before):
            _change_copy(path, before, key)


def _change_copy(path: Path, before: DataKey, key: DataKey) -> None:
    try:
        _rewrite(path, before, key)
    except driver_errors(Unreadable) as error:
        _log.warning("a copy of a database keeps the key of before: %s: %s", path.name, type(error).__name__)
        remove_database(beside(path))
    else:
        put_in_place([path])


def _rewrite(path: Path, before: DataKey, key: DataKey) -> None:
    new = beside(path)
    remove_database(new)
    write_back(path, before)
    export(path, new, key, before)
    compare(path, before, new, key)
    sync_file(new)
    sync_folder(new.parent)


def _opens(path: Path, key: DataKey) -> bool:
    try:
        with closing(connect(path, key)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except driver_errors():
        return False
    return True


def _content(path: Path, key: DataKey) -> bytes | None:
    """What is sealed in a file with this key; None where it is not sealed, or with another, or damaged."""
    with path.open("rb") as file:
        if file.read(len(MARK)) != MARK:
            return None
        file.seek(0)
        try:
            return b"".join(SealedFile.of(key, file).read(file))
        except NotSealed:
            return None


def _replace(path: Path, content: bytes) -> None:
    new = beside(path)
    new.write_bytes(content)
    sync_file(new)
    replace(new, path)
    sync_folder(path.parent)
