"""Makes a profile from ready rows: the embedded server's file and the replica are filled side by side."""

import time
from collections.abc import Callable, Iterable, Sequence

from agent_desktop.cli.desk import make_profile
from agent_desktop.domain.clock import Clock
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.rows import Entity
from agent_desktop.profile import Profile
from agent_desktop.store.bulk import encode, index_replica, insert, without_indexes
from agent_desktop.store.client import open_client_files
from agent_desktop.store.replica import Delta, Replica
from sync.server.embedded import EmbeddedServer
from sync.server.seed import Seed

Progress = Callable[[int, float], None]
"""Called with the number of rows loaded and the seconds since the start."""


def seed_profile(
    profile: Profile,
    kind: str,
    user_id: Id,
    batches: Iterable[Sequence[Entity]],
    clock: Clock,
    ids: IdSource,
    progress: Progress = lambda rows, seconds: None,
) -> None:
    """Fill a new profile with rows that carry their versions."""
    make_profile(profile, kind, user_id, ids)
    server = EmbeddedServer(profile.server_db, clock, ids)
    files = open_client_files(profile.work_db, profile.replica_db)
    tables = files.replica_schema.tables
    seed = Seed(server.database, server.backend.store.schema)
    started, rows = time.monotonic(), 0
    try:
        with (
            files.replica.write() as connection,
            server.database.write() as server_connection,
            without_indexes(server_connection),
        ):
            with without_indexes(connection):
                for batch in batches:
                    encoded = encode(tables, batch)
                    insert(connection, tables, encoded)
                    seed.add(encoded)
                    rows += len(batch)
                    progress(rows, time.monotonic() - started)
            index_replica(connection)
            epoch, head = seed.seal()
        replica = Replica(files.replica, files.replica_schema, files.outbox, user_id)
        replica.receive(Delta(epoch=epoch, cursor=head, ack=0))
    finally:
        files.close()
        server.stop()
