"""Opens the two client files of a profile, replacing a replica that cannot be used."""

import logging
from dataclasses import dataclass
from pathlib import Path

from agent_desktop.domain.errors import StoreError
from agent_desktop.store.database import Database, Durability
from agent_desktop.store.full_text import full_text_ddl
from agent_desktop.store.outbox import Outbox
from agent_desktop.store.schema import FACET_TRIGGERS, ReplicaSchema, WorkSchema
from agent_desktop.store.upgrade import SchemaVersion, prepare

WORK_NUMBER, WORK_OLDEST_COMPATIBLE = 1, 1
REPLICA_NUMBER, REPLICA_OLDEST_COMPATIBLE = 1, 1
_MIGRATIONS = Path(__file__).with_name("migrations")
_log = logging.getLogger("agent_desktop.store")


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """The opened files of a profile with their schemas."""

    work: Database
    work_schema: WorkSchema
    replica: Database
    replica_schema: ReplicaSchema
    outbox: Outbox

    def close(self) -> None:
        """Close both files."""
        self.replica.close()
        self.work.close()


def open_client_files(work_db: Path, replica_db: Path) -> ClientFiles:
    """Open or make the files.

    Raises StoreError when `work.db` cannot be used: it exists nowhere else and is never replaced. A damaged replica
    is put aside and made anew, empty, for it can be fetched again.
    """
    work_schema = WorkSchema()
    work = Database(work_db, Durability.FULL)
    replica_schema = ReplicaSchema()
    try:
        prepare(work, work_version(work_schema))
        replica = _open_replica(replica_db, replica_schema)
    except StoreError:
        work.close()
        raise
    return ClientFiles(work, work_schema, replica, replica_schema, Outbox(work, work_schema))


def work_version(schema: WorkSchema) -> SchemaVersion:
    """The schema version of a work file."""
    return SchemaVersion(schema.metadata, WORK_NUMBER, WORK_OLDEST_COMPATIBLE, _MIGRATIONS / "work")


def replica_version(schema: ReplicaSchema) -> SchemaVersion:
    """The schema version of a replica file."""
    return SchemaVersion(
        schema.metadata,
        REPLICA_NUMBER,
        REPLICA_OLDEST_COMPATIBLE,
        _MIGRATIONS / "replica",
        (*FACET_TRIGGERS, *full_text_ddl()),
    )


def _open_replica(path: Path, schema: ReplicaSchema) -> Database:
    database = Database(path, Durability.NORMAL)
    try:
        if not database.damage_mark.exists():
            prepare(database, replica_version(schema))
            database.query("SELECT count(*) FROM replica_state")
    except StoreError:
        if not database.damage_mark.exists():
            raise
    if database.damage_mark.exists():
        database.close()
        aside = put_aside(path)
        database.damage_mark.unlink()
        _log.warning("replica was damaged and is fetched again, old file %s", aside.name)
        prepare(database, replica_version(schema))
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
