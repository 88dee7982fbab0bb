"""A first sync over HTTP until the replica is complete, against decoding and inserting the same pages."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.team_server import FirstSync, first_sync, served
from agent_desktop.cli.bench.timing import CPU, WALL, without_collector
from agent_desktop.cli.bench.workspace import BenchWorkspace
from agent_desktop.domain.clock import SystemClock
from agent_desktop.store.database import CACHE_KIBIBYTES
from agent_desktop.store.definitions import replica_metadata
from agent_desktop.store.row_file import rows_in
from sync.client.calls import Answer
from sync.protocol.messages import ScanAnswer, TableRows

_USABLE = 50
"""So many conversations with their customers fill the first screen of the inbox."""
_READABLE = (
    "SELECT count(*) FROM (SELECT 1 FROM conversation JOIN customer ON customer.id = customer_id"
    " WHERE status = 'open' AND EXISTS (SELECT 1 FROM message WHERE conversation_id = conversation.id) LIMIT 50)"
)


@dataclass(frozen=True, slots=True)
class Synced:
    """What a first sync took, in seconds, and the pages that came, as they were on the wire."""

    rows: int
    cpu: float
    wall: float
    usable: float
    """Share of the time after which the first screen of the inbox could be shown."""
    pages: tuple[bytes, ...]


def fetch(sync: FirstSync) -> Synced:
    """Fetch everything. CPU time is that of this process: decoding, storing, indexes of rows, but no full text."""
    clock = SystemClock()
    pages: list[bytes] = []
    rows, usable_at, set_aside_cpu, set_aside = 0, 0.0, 0.0, 0.0
    began_cpu, began = time.process_time(), WALL()
    while (call := sync.exchange.next_call(clock.now())) is not None:
        answer = sync.ahead.carry(call)
        sync.exchange.answered(call, answer, clock.now())
        kept_cpu, kept = time.process_time(), WALL()
        rows += _keep(answer, pages)
        if not usable_at and sync.replica.database.query(_READABLE)[0][0] >= _USABLE:
            usable_at = kept - began - set_aside
        set_aside_cpu += time.process_time() - kept_cpu
        set_aside += WALL() - kept
    cpu, wall = time.process_time() - began_cpu - set_aside_cpu, WALL() - began - set_aside
    return Synced(rows, cpu, wall, usable_at / wall, tuple(pages))


def _keep(answer: Answer, pages: list[bytes]) -> int:
    if not isinstance(answer, ScanAnswer):
        return 0
    found = rows_in(answer.row_file)
    tables = {name: TableRows(columns=list(columns), rows=rows) for name, (columns, rows) in found.items()}
    pages.append(msgspec.json.encode(msgspec.structs.replace(answer, tables=tables, row_file=b"")))
    return answer.count


def insert_plainly(pages: tuple[bytes, ...], path: Path) -> float:
    """Decode the pages and insert their rows into plain tables, then make the same indexes; seconds of CPU time."""
    metadata = replica_metadata()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
        for table in metadata.sorted_tables:
            columns = [
                column for column in table.columns if not column.primary_key and column.computed is None
            ]
            names = ", ".join(f'"{column.name}"' for column in columns if column.name != "id")
            if "scope" in table.columns:  # the rows of an entity
                connection.execute(
                    f'CREATE TABLE "{table.name}" (pk INTEGER PRIMARY KEY, id TEXT UNIQUE, {names})'
                )
        indexes = [
            (f'"{index.name}" ON "{table.name}"', [one.name for one in index.columns if one.computed is None])
            for table in metadata.sorted_tables
            for index in table.indexes
        ]
        began = CPU()
        for body in pages:
            page = msgspec.json.decode(body, type=ScanAnswer)
            connection.execute("BEGIN")
            for name, rows in page.tables.items():
                names = ", ".join(f'"{column}"' for column in rows.columns)
                marks = ", ".join("?" * len(rows.columns))
                connection.executemany(
                    f'INSERT OR REPLACE INTO "{name}" ({names}) VALUES ({marks})',  # noqa: S608 - names from code
                    rows.rows,
                )
            connection.execute("COMMIT")
        for index_of, names_of in indexes:
            if names_of:
                connection.execute(f"CREATE INDEX {index_of} ({', '.join(names_of)})")
        return CPU() - began


@contextmanager
def fetched(workspace: BenchWorkspace) -> Iterator[tuple[Synced, Path]]:
    """One first sync of the workspace, and a folder for what else is to be written."""
    with tempfile.TemporaryDirectory(dir=workspace.profile.folder) as name, without_collector():
        folder = Path(name)
        with served(workspace, folder) as address, first_sync(address, folder) as sync:
            synced = fetch(sync)
        yield synced, folder


def _measure(workspace: BenchWorkspace) -> Reading:
    with fetched(workspace) as (synced, folder):
        limit = insert_plainly(synced.pages, folder / "plain.db")
    return Reading(
        ours=synced.cpu,
        limit=limit,
        details={
            "rows_per_cpu_second": synced.rows / synced.cpu,
            "rows_per_second": synced.rows / synced.wall,
            "first_screen_after_share": synced.usable,
        },
    )


FIGURE = Figure(
    name="first_sync",
    words="a first sync until all rows are here with their indexes; CPU time of the client",
    unit="s",
    target=1.3,
    measure=_measure,
)
