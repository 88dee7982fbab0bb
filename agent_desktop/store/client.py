"""Opens the two client files of a profile, replacing a replica that cannot be used."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.database import Database, Durability
from agent_desktop.store.schema import ReplicaSchema
from agent_desktop.store.upgrade import SchemaVersion, prepare

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from agent_desktop.store.outbox import Outbox

WORK_NUMBER, WORK_OLDEST_COMPATIBLE = 3, 1
REPLICA_NUMBER, REPLICA_OLDEST_COMPATIBLE = 5, 4
_MIGRATIONS = Path(__file__).with_name("migrations")
_log = logging.getLogger("agent_desktop.store")


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """The opened files of a profile with their schemas."""

    work: Database
    replica: Database
    replica_schema: ReplicaSchema

    @property
    def outbox(self) -> "Outbox":
        """What waits in the work file."""
        # It comes with the rules of all operations, and only who writes needs those.
        from agent_desktop.store.outbox import Outbox

        return Outbox(self.work)

    @property
    def crashed(self) -> bool:
        """Whether the outbox holds what the replica does not show."""
        ((last,),) = self.work.query("SELECT coalesce(max(position), 0) FROM outbox")
        ((applied,),) = self.replica.query(
            "SELECT coalesce((SELECT value FROM replica_state WHERE name = 'applied'), 0)"
        )
        return int(last) > int(applied)

    def close(self) -> None:
        """Close both files."""
        self.replica.close()
        self.work.close()


def open_client_files(work_db: Path, replica_db: Path) -> ClientFiles:
    """Open or make the files.

    Raises StoreError when `work.db` cannot be used: it exists nowhere else and is never replaced. A damaged replica
    is put aside and made anew, empty, for it can be fetched again.
    """
    work = Database(work_db, Durability.FULL)
    try:
        prepare(work, work_version())
        replica = _open_replica(replica_db)
    except StoreError:
        work.close()
        raise
    return ClientFiles(work, replica, ReplicaSchema())


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


def _open_replica(path: Path) -> Database:
    database = Database(path, Durability.NORMAL)
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
    number = 1
    while (aside := path.with_name(f"{path.stem}.damaged-{number}.db")).exists():
        number += 1
    for suffix in ("-wal", "-shm"):
        journal = path.with_name(path.name + suffix)
        if journal.exists():
            journal.replace(aside.with_name(aside.name + suffix))
    if path.exists():
        path.replace(aside)
    return aside
