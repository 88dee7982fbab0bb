"""A desk on real files with the server behind it, and a colleague with files of their own on the same server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from agent_desktop.context import Desk, ServerLink
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.records import Record
from agent_desktop.domain.rows import E
from agent_desktop.profile import Profile
from agent_desktop.services.apply import Applied, Apply
from agent_desktop.services.change_feed import ChangeFeed
from agent_desktop.store.client import open_client_files
from agent_desktop.store.purging import Purger
from agent_desktop.store.replica import Replica
from agent_desktop.store.rows import SqlRows
from sync.client.engine import SyncEngine
from sync.client.exchange import Exchange
from sync.client.local import LocalTransport
from sync.server.embedded import EmbeddedServer
from tests.ui.desks import DeskWorld, make_template, make_world


class Colleague:
    """Somebody else's client: whatever they do is on the server when the call returns."""

    def __init__(self, name: str, folder: Path, world: DeskWorld) -> None:
        self.user_id = world.add_user(name)
        folder.mkdir()
        self._files = open_client_files(folder / "work.db", folder / "replica.db")
        self.replica = Replica(
            self._files.replica, self._files.replica_schema, self._files.outbox, self.user_id
        )
        feed = ChangeFeed()
        transport = LocalTransport(world.server.backend, self.user_id)
        core = Exchange(
            self.replica, f"client-of-{name.split()[0]}", Random(0), feed.announce, world.clock.now()
        )
        self.engine = SyncEngine(core, self.replica, transport, world.clock)
        self._apply = Apply(self.replica, feed, world.clock, world.ids, lambda: None)
        self.engine.exchange()

    def does(self, *payloads: Record) -> Applied:
        """Act on what the colleague sees, after a look at the server, and hand it over."""
        self.engine.exchange()
        applied = self._apply(*payloads)
        self.engine.exchange()
        return applied

    def close(self) -> None:
        """Close the files."""
        self._files.close()


@contextmanager
def second_desk(world: DeskWorld, folder: Path) -> Iterator[Desk]:
    """Another device of Maya Keller's, at the same server; it exchanges when it is told to."""
    folder.mkdir()
    files = open_client_files(folder / "work.db", folder / "replica.db")

    def connect(desk: Desk) -> ServerLink:
        core = Exchange(desk.replica, "second", Random(0), desk.changes.announce, world.clock.now())
        transport = LocalTransport(world.server.backend, world.desk.user_id)
        chores = Purger(files).run
        return ServerLink(SyncEngine(core, desk.replica, transport, world.clock, chores=chores), lambda: None)

    desk = Desk(
        profile=Profile(folder),
        files=files,
        clock=world.clock,
        ids=world.ids,
        user_id=world.desk.user_id,
        connect=connect,
        close=files.close,
        device="Tablet",
    )
    desk.sync.exchange()
    try:
        yield desk
    finally:
        desk.close()


@dataclass
class Office:
    """A desk (`desk`, Maya Keller's) and what is around it."""

    world: DeskWorld
    colleague: Colleague

    @property
    def desk(self) -> Desk:
        return self.world.desk

    @property
    def clock(self) -> ManualClock:
        return self.world.clock

    @property
    def server(self) -> EmbeddedServer:
        return self.world.server

    def row(self, entity: type[E], row_id: Id) -> E:
        """A row as this desk sees it, which must be there."""
        with self.desk.replica.database.read() as connection:
            row = SqlRows(connection, self.desk.replica.schema.tables).get(entity, row_id)
        assert row is not None
        return row

    def on_server(self, entity: type[E], row_id: Id) -> E:
        """A row as the server has it, which must be there."""
        with self.server.database.read() as connection:
            row = SqlRows(connection, self.server.backend.store.schema.tables).get(entity, row_id)
        assert row is not None
        return row

    def pending(self) -> list[Operation]:
        """What the server has not confirmed."""
        waiting = self.desk.replica.outbox.pending(self.desk.replica.state().ack)
        return [operation for item in waiting if (operation := item.operation()) is not None]


@contextmanager
def opened_office(folder: Path, template: Path) -> Iterator[Office]:
    """An office whose files are closed at the end."""
    world = make_world(folder, template)
    colleague = Colleague("Ben Okafor", folder / "ben", world)
    try:
        yield Office(world, colleague)
    finally:
        colleague.close()
        world.close()


@pytest.fixture(scope="session")
def desk_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile to make copies of."""
    return make_template(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def office(tmp_path: Path, desk_template: Path) -> Iterator[Office]:
    """A desk to work at, with a colleague."""
    with opened_office(tmp_path, desk_template) as office:
        yield office


@pytest.fixture
def desk(office: Office) -> Desk:
    """The desk itself."""
    return office.desk
