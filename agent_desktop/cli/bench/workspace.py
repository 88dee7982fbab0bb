"""The demo workspace that figures are measured on: made once, kept in the cache folder of this system."""

import argparse
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import platformdirs
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

from agent_desktop.cli.demo_profile import SEED, make_demo
from agent_desktop.cli.desk import open_desk
from agent_desktop.cli.profiles import chosen_profile
from agent_desktop.context import Desk
from agent_desktop.domain.clock import ManualClock, SystemClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.profile import APPLICATION, Profile
from agent_desktop.store.database import CACHE_KIBIBYTES
from agent_desktop.store.definitions import FACET_TRIGGERS, replica_metadata, work_metadata
from agent_desktop.store.full_text import BLOCK, full_text_ddl
from sync.server.definitions import server_metadata

Progress = Callable[[str], None]
_NOTE = "bench.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchWorkspace:
    """A profile with this number of conversations, as it was at `made_at`."""

    profile: Profile
    conversations: int
    made_at: datetime

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """The desk, with the time standing still at when the workspace was made and nothing in the background."""
        clock = ManualClock(self.made_at)
        desk = open_desk(self.profile, clock, TimeOrderedIds(clock), background=False)
        try:
            while desk.replica.index_block() or desk.replica.merge_step():
                pass  # a newer program may have begun its full text anew, and nothing is found then in no time
            yield desk
        finally:
            desk.close()

    @contextmanager
    def raw(self) -> Iterator[sqlite3.Connection]:
        """The replica as the standard library opens it, with the cache that the program has: for limits."""
        connection = sqlite3.connect(self.profile.replica_db, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
        connection.execute("PRAGMA busy_timeout = 10000")
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def chosen_workspace(options: argparse.Namespace, progress: Progress) -> Iterator[BenchWorkspace]:
    """The workspace that the options ask for: in the cache folder unless they name a profile."""
    if options.profile or options.temp_profile:
        with chosen_profile(options) as profile:
            yield workspace_in(profile.folder, options.conversations, progress)
    else:
        name = f"{options.conversations}-seed-{SEED}-{_shape()}"
        folder = platformdirs.user_cache_path(APPLICATION, appauthor=False) / "bench" / name
        yield workspace_in(folder, options.conversations, progress)


def workspace_in(folder: Path, conversations: int, progress: Progress) -> BenchWorkspace:
    """The workspace in a folder; made first where it is not there yet."""
    profile, note = Profile(folder), folder / _NOTE
    if not note.exists():
        made_at = _make(profile, conversations, progress)
        note.write_text(json.dumps({"made_at": made_at.isoformat(), "conversations": conversations}))
    noted = json.loads(note.read_text())
    return BenchWorkspace(
        profile=profile,
        conversations=noted["conversations"],
        made_at=datetime.fromisoformat(noted["made_at"]),
    )


def _shape() -> str:
    """A few letters that differ wherever a table, an index or the full-text index of one of the files does."""
    statements = [*FACET_TRIGGERS, *full_text_ddl()]
    for metadata in (work_metadata(), replica_metadata(), server_metadata()):
        for table in metadata.sorted_tables:
            made: list[DDLElement] = [CreateTable(table), *map(CreateIndex, table.indexes)]
            statements += sorted(str(statement.compile(dialect=sqlite.dialect())) for statement in made)
    return hashlib.sha256("\n".join(statements).encode()).hexdigest()[:10]


def _make(profile: Profile, conversations: int, progress: Progress) -> datetime:
    clock = ManualClock(SystemClock().now())
    if not profile.exists:
        make_demo(profile, conversations, SEED, clock, TimeOrderedIds(clock), progress)
    desk = open_desk(profile, clock, TimeOrderedIds(clock), background=False)
    try:
        desk.sync.exchange()
        blocks = 0
        while desk.replica.index_block() or desk.replica.merge_step():
            blocks += 1
            progress(f"{blocks * BLOCK:,} messages indexed")
    finally:
        desk.close()
    return clock.now()
