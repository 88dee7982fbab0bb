"""A team's server as it runs for a team, on loopback, with a small workspace and two people who may sign in."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from argon2 import PasswordHasher

from agent_desktop.cli.bench.held_ports import HeldPorts
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.customer import Address, CreateCustomer
from agent_desktop.domain.operations.message import ReceiveMessage
from agent_desktop.domain.operations.workspace import CreateWorkspace, SaveChannel, SaveTeam, SaveUser
from agent_desktop.domain.workspace import ChannelKind, Role
from agent_desktop.store.blobs import BlobStore
from sync.server.backend import Backend
from sync.server.blobs import Uploads
from sync.server.limits import Limits
from sync.server.opening import open_database
from sync.server.schema import ServerSchema
from sync.server.services import Services
from sync.server.serving import TeamServer, bind
from sync.server.sign_in.accounts import Accounts
from sync.server.sign_in.device_orders import DeviceOrders

PASSWORD = "correct horse battery"
ANNA, BEN = "anna@example.com", "ben@example.com"


class RunningServer:
    """The server of the workspace Lighthouse. `start` and `stop` may be repeated; the port stays.

    `address` is that of an empty database; without it there is a file in the folder.
    """

    def __init__(self, folder: Path, address: str = "") -> None:
        self._clock = SystemClock()
        self.ids = TimeOrderedIds(self._clock)
        schema = ServerSchema()
        self._database = open_database(address or f"sqlite:///{folder / 'team.db'}", schema)
        files = folder / "files"
        files.mkdir()
        self.blobs = BlobStore(files)
        self._uploads = Uploads(files, Limits().blob)
        self.backend = Backend(self._database, schema, self._clock, self.ids, self._uploads)
        # As weak as can be: what is tested here is not how long guessing takes.
        weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self.accounts = Accounts(self._database, schema, self._clock, self.ids, weak)
        self.users: dict[str, Id] = {}
        self.channel_id = self.ids.new()
        self._fill()
        self._ports = HeldPorts()
        (self.port,) = self._ports.numbers
        self._server: TeamServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve until `stop`."""
        services = Services(
            backend=self.backend,
            accounts=self.accounts,
            uploads=self._uploads,
            clock=self._clock,
        )
        listening = bind(f"127.0.0.1:{self.port}")
        ready = threading.Event()
        self._services = services
        server = self._server = TeamServer(services, ready=ready.set)

        def serve() -> None:
            with listening:
                server.serve_on(listening)

        self._thread = threading.Thread(target=serve, name="team server")
        self._thread.start()
        assert ready.wait(60)

    def stop(self) -> None:
        """Nobody answers any more."""
        if self._server is not None and self._thread is not None:
            self._server.stop()
            self._thread.join()
            self._server = self._thread = None

    def close(self) -> None:
        self.stop()
        self._ports.close()
        self._database.close()

    def add_user(self, email: str, name: str, role: Role = Role.AGENT) -> Id:
        """Somebody who may sign in with the password."""
        user_id = self.users[email] = self.ids.new()
        self.backend.store.commit([SaveUser(user_id=user_id, name=name, email=email, role=role)])
        self.accounts.set_password(user_id, PASSWORD)
        return user_id

    def rename(self, email: str, new: str) -> None:
        """Somebody has another address from now on."""
        user_id = self.users[new] = self.users.pop(email)
        self.backend.store.commit([SaveUser(user_id=user_id, name=new, email=new)])

    def devices(self, email: str) -> int:
        """From how many devices somebody is signed in."""
        sql = "SELECT count(*) FROM device WHERE user_id = ? AND revoked_at IS NULL"
        with self._database.read() as connection:
            return int(connection.execute(sql, (self.users[email],)).fetchone()[0])

    def count(self, table: str, condition: str) -> int:
        """How many rows of a table there are."""
        with self._database.read() as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchone()[0])

    def let_weeks_pass(self, email: str) -> None:
        """All that somebody signed in with is five weeks older."""
        weeks = 35 * 24 * 3_600 * 1_000_000
        of_sign_ins = "UPDATE sign_in SET expires_at = expires_at - ?, until = until - ? WHERE user_id = ?"
        of_tokens = (
            "UPDATE token SET expires_at = expires_at - ?, created_at = created_at - ?"
            " WHERE sign_in_id IN (SELECT sign_in_id FROM sign_in WHERE user_id = ?)"
        )
        with self._database.write() as sql:
            for statement in (of_sign_ins, of_tokens):
                sql.execute(statement, (weeks, weeks, self.users[email]))
        self._services.tell_sessions()

    def sign_out(self, email: str) -> None:
        """The tokens of all of somebody's devices are good no longer."""
        self.accounts.sign_out_everywhere(self.users[email])
        self._services.tell_sessions()

    @property
    def orders(self) -> DeviceOrders:
        """What devices are told while it runs."""
        return self._services.orders

    def tell_sessions(self) -> None:
        """Have every process look at devices again."""
        self._services.tell_sessions()

    def customer_writes(self, name: str, subject: str, text: str = "Hello") -> Id:
        """Somebody begins a conversation; its id."""
        customer, conversation = self.ids.new(), self.ids.new()
        address = Address(
            kind=ChannelKind.EMAIL, address=f"{name.lower().replace(' ', '.')}@customer.example"
        )
        self.backend.store.commit(
            [
                CreateCustomer(customer_id=customer, name=name, addresses=(address,)),
                CreateConversation(
                    conversation_id=conversation,
                    customer_id=customer,
                    channel_id=self.channel_id,
                    subject=subject,
                ),
                ReceiveMessage(
                    conversation_id=conversation,
                    message_id=self.ids.new(),
                    customer_id=customer,
                    channel_id=self.channel_id,
                    text=text,
                    sent_at=self._clock.now(),
                ),
            ]
        )
        return conversation

    def _fill(self) -> None:
        self.backend.store.start()
        self.backend.store.commit(
            [
                CreateWorkspace(workspace_id=self.ids.new(), name="Lighthouse"),
                SaveTeam(team_id=self.ids.new(), name="Support"),
                SaveChannel(
                    channel_id=self.channel_id,
                    kind=ChannelKind.EMAIL,
                    name="Email",
                    address="help@lighthouse.example",
                ),
            ]
        )
        self.add_user(ANNA, "Anna Berg")
        self.add_user(BEN, "Ben Okoro")


@contextmanager
def team_server(folder: Path) -> Iterator[RunningServer]:
    """A server that answers."""
    server = RunningServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.close()
