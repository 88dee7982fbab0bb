"""Two agents and a server behind a line that breaks in every way: healed, all have the same, and everything once."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from random import Random

import pytest

from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.services.apply import Apply
from agent_desktop.services.change_feed import ChangeFeed
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.client import open_client_files
from agent_desktop.store.replica import Replica
from agent_desktop.store.uploads import Uploads
from sync.client.account import facts_of, sign_in
from sync.client.address import ServerAddress
from sync.client.engine import SyncEngine
from sync.client.exchange import Exchange
from sync.client.files import FileExchange
from sync.client.http import Allowance, Http
from sync.client.transport import HttpTransport
from sync.protocol.transport import Refused, Unreachable
from tests.end_to_end.fault_proxy import Fault, FaultProxy, fault_proxy
from tests.team_server import ANNA, BEN, PASSWORD, RunningServer, team_server

pytestmark = pytest.mark.end_to_end

CLOCK = SystemClock()
IDS = TimeOrderedIds(CLOCK)
IMPATIENT = Allowance(connect=2.0, whole=0.5)
TRIES = 3
"""So often each agent tries while the line is broken."""


class Agent:
    """Somebody's computer: real files, the real exchange, over the line."""

    def __init__(self, folder: Path, port: int, email: str, stack: ExitStack) -> None:
        folder.mkdir()
        address = ServerAddress.parse(f"http://127.0.0.1:{port}")
        _, signed_in = sign_in(address, email, PASSWORD, facts_of("Laptop"))
        self.files = stack.enter_context(
            closing(open_client_files(folder / "work.db", folder / "replica.db"))
        )
        self._http = stack.enter_context(closing(Http(address, lambda: signed_in.token)))
        transport = HttpTransport(self._http)
        self.replica = Replica(
            self.files.replica, self.files.replica_schema, self.files.outbox, signed_in.user_id
        )
        self.blobs = BlobStore(folder / "blobs")
        self.uploads = FileExchange(
            transport,
            self.blobs,
            Uploads(self.files.work),
            CLOCK,
            lambda: self.replica.state().epoch,
            lambda after, most: self.files.outbox.naming_files(self.replica.state().ack, after, most),
        )
        core = Exchange(
            self.replica, IDS.new(), Random(1), lambda changes: None, CLOCK.now(), gate=self.uploads
        )
        self.engine = SyncEngine(core, self.replica, transport, CLOCK)
        self.apply = Apply(self.replica, ChangeFeed(), CLOCK, IDS, lambda: None)
        self.notes: list[Id] = []

    def writes(self, conversation: Id, *, attach: bool = False) -> None:
        """A note, perhaps with a file."""
        message_id = IDS.new()
        content = f"a file of {message_id}".encode() * 300
        files = (
            (
                AttachmentFile(
                    id=IDS.new(),
                    name="a.txt",
                    media_type="text/plain",
                    size=len(content),
                    sha256=self.blobs.put(content),
                ),
            )
            if attach
            else ()
        )
        self.apply(AddNote(conversation_id=conversation, message_id=message_id, text="note", files=files))
        self.notes.append(message_id)

    def waits_for_answers(self, allowance: Allowance) -> None:
        """From now on only so long."""
        self._http._allowance = allowance

    def exchange(self) -> bool:
        """One attempt at everything; whether it succeeded."""
        try:
            while self.uploads.send_next():
                pass
            self.engine.exchange()
        except Unreachable:
            return False
        return self.files.outbox.count(self.replica.state().ack) == 0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    folder = tmp_path / "server"
    folder.mkdir()
    with team_server(folder) as server:
        yield server


def catch_up(agents: list[Agent]) -> None:
    """Nothing waits any more, on a line that is whole."""
    for agent in agents:
        agent.waits_for_answers(Allowance())
        for _ in range(50):
            if agent.exchange():
                break
        else:
            pytest.fail("the queue of an agent did not drain on a line that is whole")


def check(server: RunningServer, agents: list[Agent]) -> None:
    """All have what the server has, and the server has everything once."""
    catch_up(agents)
    for agent in agents:
        assert agent.exchange()
        assert agent.replica.digest() == {
            table: tuple(sums) for table, sums in server.backend.digest(server.users[ANNA]).tables.items()
        }
    wanted = sorted(note for agent in agents for note in agent.notes)
    with server.backend.store.database.read() as connection:
        verdicts = connection.execute("SELECT DISTINCT verdict FROM operation").fetchall()
        found = connection.execute("SELECT id FROM message WHERE text = 'note' ORDER BY id")
        assert [row[0] for row in found] == wanted
        files = connection.execute("SELECT sha256 FROM attachment").fetchall()
    assert verdicts == [("ok",)]
    assert all(server.blobs.read(sha256) is not None for (sha256,) in files)


@pytest.mark.parametrize("fault", Fault)
def test_after_each_fault_everything_is_there_once(
    fault: Fault, server: RunningServer, tmp_path: Path
) -> None:
    conversation = server.customer_writes("Karl", "Refund")
    with ExitStack() as stack:
        proxy: FaultProxy = stack.enter_context(fault_proxy(server.port, seed=7))
        agents = [
            Agent(tmp_path / name, proxy.port, email, stack) for name, email in (("a", ANNA), ("b", BEN))
        ]
        catch_up(agents)
        proxy.break_by(fault)
        for agent in agents:
            agent.waits_for_answers(IMPATIENT)
            agent.writes(conversation)
            for _ in range(TRIES):
                agent.exchange()
                agent.writes(conversation, attach=True)
        assert proxy.hits or fault is Fault.REFUSE
        proxy.heal()
        check(server, agents)


@pytest.mark.parametrize("seed", range(3))
def test_faults_in_any_order_lose_and_double_nothing(
    seed: int, server: RunningServer, tmp_path: Path
) -> None:
    conversation = server.customer_writes("Karl", "Refund")
    random = Random(seed)
    patient = [fault for fault in Fault if fault not in (Fault.STALL, Fault.BLACK_HOLE, Fault.DRIP)]
    with ExitStack() as stack:
        proxy = stack.enter_context(fault_proxy(server.port, seed))
        agents = [
            Agent(tmp_path / name, proxy.port, email, stack) for name, email in (("a", ANNA), ("b", BEN))
        ]
        for agent in agents:
            assert agent.exchange()
            agent.waits_for_answers(IMPATIENT)
        for _ in range(25):
            proxy.break_by(random.choice(patient), rate=0.6)
            agent = random.choice(agents)
            with suppress(Refused):
                agent.exchange()
            agent.writes(conversation, attach=random.random() < 0.2)
            agent.exchange()
        proxy.heal()
        check(server, agents)
