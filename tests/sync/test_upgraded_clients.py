"""A client that is older than its server keeps what it knows; once it is upgraded, it has everything."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.knowledge import Audience, MacroAction, MacroVerb
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.operations.conversation import ChangeTags
from agent_desktop.domain.operations.knowledge import SaveMacro
from agent_desktop.domain.operations.message import AddNote, RemoveNote
from agent_desktop.services.sync_status import SyncState, SyncStatus
from agent_desktop.store import not_known
from agent_desktop.store.drafts import Draft, DraftKind, Drafts
from agent_desktop.store.replica import Replica
from agent_desktop.store.schema import ReplicaSchema
from sync.client.calls import Answer, Call, HelloCall, PullCall, ScanCall
from sync.client.deltas import delta_of_stream
from sync.client.exchange import CHECK_EVERY, Exchange
from sync.client.local import LocalTransport
from sync.protocol.messages import PullAnswer, StreamedDelta
from tests.factories import ANNA, an_id, make_conversation
from tests.fakes import START
from tests.sync.cluster import Cluster
from tests.sync.files import TEMPLATES, visible_to
from tests.sync.network import Killed
from tests.sync.older import OlderFile, older_schema, running

HERE = make_conversation().id
OLDER = older_schema()
NOTHING_SAID = SyncStatus(SyncState.CATCHING_UP, START)


class Computer:
    """Anna's computer; its program is older until it is upgraded. It may be started again after every call."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._cluster = cluster
        self._folder = folder
        folder.mkdir()
        TEMPLATES.client(folder / "work.db", folder / "replica.db").close()
        with closing(self._plain()) as connection:
            self._file = OlderFile(connection)
            self._file.make_of(connection)

    def _plain(self) -> sqlite3.Connection:
        return sqlite3.connect(self._folder / "replica.db", isolation_level=None)

    def migrate(self) -> None:
        """What the migration of a newer program does."""
        with closing(self._plain()) as connection:
            self._file.migrate(connection)

    def start(self, schema: ReplicaSchema = TEMPLATES.replica_schema) -> None:
        """Start a program that knows these tables."""
        self.files = TEMPLATES.client(self._folder / "work.db", self._folder / "replica.db")
        self.schema = schema
        self.replica = Replica(self.files.replica, schema, self.files.outbox, ANNA.id)
        self.replica.bulk = 4
        self.replica.recover()
        now = self._cluster.clock.now()
        self.core = Exchange(self.replica, "laptop", Random(0), lambda changes: None, now)

    def restart(self) -> None:
        self.files.close()
        self.start(self.schema)

    def step(self) -> Call | None:
        """Carry the next call, if there is one."""
        now = self._cluster.clock.now()
        call = self.core.next_call(now)
        if call is not None:
            answer: Answer = call.carry(LocalTransport(self._cluster.backend, ANNA.id))
            self.core.answered(call, answer, now)
        return call

    def sync(self) -> list[type[Call]]:
        """Carry all calls; their kinds."""
        self.core.poke(self._cluster.clock.now())
        return [type(call) for call in iter(self.step, None)]

    def act(self, tag: str) -> None:
        """Do something that the server does not hear of yet."""
        operation = Operation(
            id=self._cluster.ids.new(),
            payload=ChangeTags(conversation_id=HERE, add=(tag,)),
            created_at=self._cluster.clock.now(),
            seen=self.replica.state().cursor,
        )
        self.replica.perform([operation])

    def differs(self) -> bool:
        """Whether any row or column is not as the server has it."""
        there = visible_to(self._cluster.rows(), ANNA.id)
        with self.files.replica.snapshot() as connection:
            here = {
                row
                for known in TEMPLATES.replica_schema.tables.all()
                for row in map(known.row, connection.execute(known.select_all_sql))
            }
        return here != set(there)


@pytest.fixture
def computer(cluster: Cluster, tmp_path: Path) -> Computer:
    """A computer with an older program, of a server on which everything has a value that is no default."""
    cluster.commit(*(_note(f"first {number}") for number in range(12)))
    _macro(cluster, "Escalate")
    return Computer(cluster, tmp_path / "anna")


def _note(name: str) -> AddNote:
    return AddNote(message_id=an_id(name), conversation_id=HERE, text=name)


def _macro(cluster: Cluster, name: str) -> None:
    saved = SaveMacro(
        macro_id=an_id(name),
        name=name,
        actions=(MacroAction(verb=MacroVerb.ADD_TAG, value="x"),),
        audience=Audience.WORKSPACE,
    )
    assert cluster.commit(saved)


def _fill(cluster: Cluster) -> None:
    """Give every row what only a newer program knows."""
    with cluster.database.write() as connection:
        connection.execute("UPDATE conversation SET message_count = 7")
        connection.execute("UPDATE message SET authentication = 'pass'")


def first_sync(cluster: Cluster, computer: Computer) -> None:
    _fill(cluster)
    computer.sync()


def pull(cluster: Cluster, computer: Computer) -> None:
    computer.sync()
    cluster.commit(*(_note(f"later {number}") for number in range(3)))
    _macro(cluster, "Later")
    _fill(cluster)
    assert PullCall in computer.sync()


def stream(cluster: Cluster, computer: Computer) -> None:
    computer.sync()
    state = computer.replica.state()
    cluster.commit(_note("streamed"))
    _fill(cluster)
    news = LocalTransport(cluster.backend, ANNA.id).pull("laptop", state.epoch, state.cursor)
    assert isinstance(news, PullAnswer)
    event = StreamedDelta(epoch=news.epoch, since=news.since, upto=news.upto, tables=news.tables)
    computer.replica.receive(delta_of_stream(event, state.ack))


def upgrade(computer: Computer) -> None:
    computer.files.close()
    computer.migrate()
    computer.start()


@pytest.mark.parametrize("received", [first_sync, pull, stream])
def test_what_an_older_program_left_out_is_fetched_once(
    cluster: Cluster, computer: Computer, received: Callable[[Cluster, Computer], None]
) -> None:
    with running():
        computer.start(OLDER)
        received(cluster, computer)
        assert ScanCall not in computer.sync()
        computer.restart()
        assert ScanCall not in computer.sync(), "the program knows no more than before"
    upgrade(computer)
    assert computer.differs()
    assert ScanCall in computer.sync()
    assert not computer.differs()
    computer.restart()
    assert ScanCall not in computer.sync()
    computer.files.close()


def test_what_is_fetched_over_rows_of_an_older_program_is_called_comparing(
    cluster: Cluster, computer: Computer
) -> None:
    """Rows stay until they come, so nothing is missing meanwhile."""
    with running():
        computer.start(OLDER)
        first_sync(cluster, computer)
    upgrade(computer)
    said: list[tuple[type[Call], bool]] = []
    while call := computer.step():
        computer.core.count()
        said.append((type(call), computer.core.status(cluster.clock.now(), NOTHING_SAID).anew))
    assert said[:2] == [(HelloCall, True), (ScanCall, True)]
    assert said[-1] == (PullCall, False)
    computer.files.close()


def test_an_upgrade_before_which_everything_was_known_fetches_nothing(
    cluster: Cluster, computer: Computer
) -> None:
    computer.migrate()
    computer.start()
    computer.sync()
    computer.restart()
    assert ScanCall not in computer.sync()
    assert not computer.differs()
    computer.files.close()


def test_without_the_note_it_stays_wrong(
    cluster: Cluster, computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(not_known, "note", lambda *_: None)
    with running():
        computer.start(OLDER)
        first_sync(cluster, computer)
    upgrade(computer)
    computer.sync()
    assert computer.differs()
    computer.files.close()


@pytest.mark.parametrize("calls", range(8))
def test_it_may_stop_anywhere_and_loses_neither_rows_nor_work(
    cluster: Cluster, computer: Computer, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    _fill(cluster)
    with running():
        computer.start(OLDER)
        for _ in range(calls):  # also in the midst of its first sync
            computer.step()
        draft = Draft(
            conversation_id=HERE, kind=DraftKind.REPLY, text="half of", updated_at=cluster.clock.now()
        )
        Drafts(computer.files.work).save(draft)
        if exact := calls > 1 and computer.replica.state().scan is None:
            computer.act("kept")
    upgrade(computer)
    with monkeypatch.context() as patch:
        patch.setattr(not_known, "forget", _stop)
        try:
            computer.step()
        except Killed:
            computer.restart()
    while (call := computer.step()) is not None:
        if isinstance(call, ScanCall | PullCall):
            computer.restart()
        if computer.replica.state().scan is None:
            break
    computer.sync()
    assert not computer.differs()
    tags = [row.tags for row in cluster.rows().query(Conversation) if row.id == HERE]
    assert tags == [("kept",) if exact else ()]
    assert Drafts(computer.files.work).get(HERE, DraftKind.REPLY) == draft
    assert not computer.files.outbox.pending(computer.replica.state().ack)
    computer.files.close()


def _stop(*_: object) -> None:
    raise Killed


def test_what_was_removed_meanwhile_goes(cluster: Cluster, computer: Computer) -> None:
    _fill(cluster)
    with running():
        computer.start(OLDER)
        computer.sync()
        computer.files.close()
    assert cluster.commit(RemoveNote(conversation_id=HERE, message_id=an_id("first 3")))
    _fill(cluster)
    computer.migrate()
    computer.start()
    computer.sync()
    assert not computer.differs()
    computer.files.close()


def test_an_older_program_takes_a_table_that_it_does_not_know_for_no_difference(
    cluster: Cluster, computer: Computer
) -> None:
    with running():
        computer.start(OLDER)
        computer.sync()
        cluster.clock.advance(CHECK_EVERY)
        assert ScanCall not in computer.sync()
        computer.files.close()
