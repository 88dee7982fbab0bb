"""Opens the two client files of a profile, replacing a replica that cannot be used, and saving what waits and is
being written from a work file that is damaged.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.crypto import driver_errors
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.database import Database, Durability
from agent_desktop.store.disk import replace, sync_folder
from agent_desktop.store.schema import LAST_POSITION, ReplicaSchema
from agent_desktop.store.upgrade import SchemaVersion, prepare

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from agent_desktop.store.outbox import Outbox

WORK_NUMBER, WORK_OLDEST_COMPATIBLE = 5, 1
REPLICA_NUMBER, REPLICA_OLDEST_COMPATIBLE = 18, 18
_NEEDED = (
    "SELECT position FROM outbox",
    "SELECT operation_id, kind, version, payload, created_at, seen, group_id FROM outbox",
    "SELECT number, numbered_at, epoch, deaths, together FROM outbox",
    "SELECT conversation_id, kind, content, updated_at FROM draft",
    "SELECT name, value FROM setting",
    "SELECT sha256, epoch, uploaded_at FROM upload",
)
"""A damaged schema may have other tables or columns, which nobody notices until they are needed."""
_MIGRATIONS = Path(__file__).with_name("migrations")
_log = logging.getLogger("agent_desktop.store")


class ClientFiles(NamedTuple):
    """The opened files of a profile with their schemas. `notice`: what the user should know of them, or empty."""

    work: Database
    replica: Database
    replica_schema: ReplicaSchema
    notice: str = ""

    @property
    def outbox(self) -> "Outbox":
        """What waits in the work file."""
        # It comes with the rules of all operations, and only who writes needs those.
        from agent_desktop.store.outbox import Outbox

        return Outbox(self.work)

    @property
    def crashed(self) -> bool:
        """Whether the outbox holds what the replica does not show."""
        ((last,),) = self.work.query(LAST_POSITION)
        ((applied,),) = self.replica.query(
            "SELECT coalesce((SELECT value FROM replica_state WHERE name = 'applied'), 0)"
        )
        return int(last) > int(applied)

    def close(self) -> None:
        """Close both files."""
        self.replica.close()
        self.work.close()


def open_client_files(work_db: Path, replica_db: Path, key: DataKey | None = None) -> ClientFiles:
    """Open or make the files, encrypted where there is a key, which must be theirs: one that is not looks like damage.

    Raises StoreError when `work.db` cannot be used and nothing of it can be read. Where it is damaged, what can be
    read is in the file that is opened, and the damaged one lies beside it. A damaged replica is put aside and made
    anew, empty, for it can be fetched again.
    """
    work, notice = open_work_file(work_db, key)
    try:
        replica = _open_replica(replica_db, key)
    except StoreError:
        work.close()
        raise
    return ClientFiles(work, replica, ReplicaSchema(), notice)


def work_version() -> SchemaVersion:
    """The schema version of a work file."""
    return SchemaVersion(_work_metadata, WORK_NUMBER, WORK_OLDEST_COMPATIBLE, _MIGRATIONS / "work")


def replica_version() -> SchemaVersion:
    """The schema version of a replica file."""
    return SchemaVersion(
        _replica_metadata,
        REPLICA_NUMBER,
        REPLICA_OLDEST_COMPATIBLE,
        _MIGRATIONS / "replica",
        _replica_ddl,
    )


# A file that is as it should be is opened without the definitions of its tables, which take long to load.


def _work_metadata() -> "MetaData":
    from agent_desktop.store.definitions import work_metadata

    return work_metadata()


def _replica_metadata() -> "MetaData":
    from agent_desktop.store.definitions import replica_metadata

    return replica_metadata()


def _replica_ddl() -> tuple[str, ...]:
    from agent_desktop.store.definitions import FACET_TRIGGERS
    from agent_desktop.store.full_text import full_text_ddl

    return (*FACET_TRIGGERS, *full_text_ddl())


def open_work_file(path: Path, key: DataKey | None) -> tuple[Database, str]:
    """The file, and what was saved of it if it was damaged. Raises StoreError as `open_client_files` does."""
    database = Database(path, Durability.FULL, key)
    refused: StoreError | None = None
    if saved_work(path).exists():
        # A crash came in between: the mark is there still, and everything is in the new file.
        put_in_place(path)
    try:
        _prepare_work(database)
        if not database.damage_mark.exists():
            return database, ""
    except StoreError as error:
        database.close()
        if not database.damage_mark.exists():
            raise
        refused = error
    # Only a file that is damaged needs what saves it.
    from agent_desktop.store.salvage import is_whole, salvage

    if refused is None and is_whole(path, key):
        database.damage_mark.unlink()
        return database, ""
    database.close()
    notice = salvage(path, saved_work(path), lambda new: _make_work(new, key), _free_name(path), key)
    if not notice:
        raise refused or database.damaged("nothing could be read")
    put_in_place(path)
    database.damage_mark.unlink()
    return Database(path, Durability.FULL, key), notice


def saved_work(path: Path) -> Path:
    """Where what was saved of a work file stands while it is put in its place, when it is complete."""
    return path.with_name(f"{path.stem}.saved.db")


def put_in_place(path: Path) -> None:
    """Replace a damaged work file by what was saved of it. Raises StoreError."""
    try:
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        replace(saved_work(path), path)
        sync_folder(path.parent)
    except OSError as error:
        raise StoreError(
            "The folder of this profile cannot be written. Check that it belongs to you.", str(error)
        ) from error


def _prepare_work(database: Database) -> None:
    """Make the file usable. Raises StoreError when it is not."""
    try:
        prepare(database, work_version())
        for query in _NEEDED:
            database.query(f"{query} LIMIT 0")
    except driver_errors() as error:
        raise database.damaged(str(error)) from error


def _make_work(path: Path, key: DataKey | None) -> None:
    database = Database(path, Durability.FULL, key)
    try:
        prepare(database, work_version())
    finally:
        database.close()


def _open_replica(path: Path, key: DataKey | None) -> Database:
    database = Database(path, Durability.NORMAL, key)
    try:
        if not database.damage_mark.exists():
            prepare(database, replica_version())
            database.query("SELECT count(*) FROM replica_state")
    except StoreError:
        if not database.damage_mark.exists():
            raise
    if database.damage_mark.exists():
        database.close()
        aside = put_aside(path)
        database.damage_mark.unlink()
        _log.warning("replica was damaged and is fetched again, old file %s", aside.name)
        prepare(database, replica_version())
    return database


def put_aside(path: Path) -> Path:
    """Rename a damaged file (with its journal) so that nothing of it is lost."""
    aside = _free_name(path)
    for suffix in ("-wal", "-shm"):
        journal = path.with_name(path.name + suffix)
        if journal.exists():
            replace(journal, aside.with_name(aside.name + suffix))
    if path.exists():
        replace(path, aside)
    return aside


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.stem}.damaged-{number}.db")).exists():
        number += 1
    return aside
