"""A team of real processes, any of which may be killed: two agents, two servers, one PostgreSQL."""

import multiprocessing
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing import connection as connections
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from agent_desktop.cli.bench.held_ports import HeldPorts
from agent_desktop.cli.team import DeviceTokens, Login, connect
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.profile import Profile
from sync.server.database import ServerDatabase
from sync.server.opening import open_database
from sync.server.schema import ServerSchema
from tests.end_to_end import team_agent
from tests.end_to_end.balancer import balancer
from tests.end_to_end.processes import forks
from tests.sync.client.test_tokens import MemoryKeychain
from tests.team_server import ANNA, BEN, PASSWORD, RunningServer

CLOCK = SystemClock()
CONVERSATIONS = 12
PATIENCE = 120.0
"""Seconds for anything to happen that must happen."""


@dataclass
class Agent:
    """Somebody's computer and what it was told to have been kept."""

    email: str
    folder: Path
    secrets: team_agent.Secrets
    process: Any = None
    said: Connection | None = None
    starts: int = 0
    done: dict[Id, str] = field(default_factory=dict)
    """Operations that were acknowledged, and what they were."""
    draft: int = 0
    """The draft that was acknowledged last."""

    def listen(self) -> None:
        """Take down what it said until now, or until its end."""
        try:
            while self.said is not None and self.said.poll():
                self._heard(*self.said.recv())
        except EOFError:
            self.said = None

    def _heard(self, what: str, told: Sequence[Any]) -> None:
        match what:
            case "ready":
                # What was being saved when it was killed may be there, or not; what was acknowledged must be.
                assert told[0] in (self.draft, self.draft + 1), f"draft {told[0]} instead of {self.draft}"
                self.draft = told[0]
            case "draft":
                self.draft = told[0]
            case _:
                self.done.update(dict.fromkeys(told, what))


class Team:
    """The processes. No agent works until `start`; between two actions of one are up to `longest_pause` seconds.

    `line` gives the port that clients use, made of that of the servers.
    """

    def __init__(
        self,
        folder: Path,
        address: str,
        stack: ExitStack,
        longest_pause: float = 0.04,
        line: Callable[[int], int] = lambda port: port,
    ) -> None:
        self.folder, self.address, self._longest_pause = folder, address, longest_pause
        self.box = folder / "box"
        self.files = folder / "files"
        (folder / "central").mkdir()
        central = RunningServer(folder / "central", address)
        try:
            self.conversations = [
                central.customer_writes(f"Customer {number}", f"Subject {number}")
                for number in range(CONVERSATIONS)
            ]
        finally:
            central.close()
        self.ports = stack.enter_context(closing(HeldPorts(2))).numbers
        self._context = forks()
        self.servers: list[Any] = [None, None]
        self.port = line(stack.enter_context(balancer(self.ports)).port)
        stack.callback(self.kill_all)
        self.start_server(0)
        self._await_server()
        self.agents = [self._signed_in(email) for email in (ANNA, BEN)]

    def _signed_in(self, email: str) -> Agent:
        keychain = MemoryKeychain()
        profile = Profile(self.folder / email.partition("@")[0])
        login = Login(
            address=f"http://127.0.0.1:{self.port}", email=email, password=PASSWORD, device="Laptop"
        )
        tokens = DeviceTokens(lambda: keychain)
        assert connect(profile, login, CLOCK, TimeOrderedIds(CLOCK), tokens, lambda words: None)
        return Agent(email, profile.folder, keychain.secrets)

    # ----- processes

    def start_server(self, number: int) -> None:
        """Start a server that is not running."""
        arguments = (
            self.address,
            self.files,
            self.ports[number],
            self.box,
            self.folder / f"server-{number}.log",
        )
        self.servers[number] = self._context.Process(target=team_agent.serve, args=arguments, daemon=True)
        self.servers[number].start()

    def start_agent(self, agent: Agent, *, spawned: bool = False) -> None:
        """Start an agent who is not working. What is spawned has the environment of this moment."""
        context: Any = multiprocessing.get_context("spawn") if spawned else self._context
        agent.said, theirs = context.Pipe()
        agent.starts += 1
        seed = agent.starts + 1_000_000 * self.agents.index(agent)
        log = agent.folder.with_suffix(".log")
        arguments = (agent.folder, agent.secrets, self.conversations, seed, log, self._longest_pause, theirs)
        agent.process = context.Process(target=team_agent.work, args=arguments, daemon=True)
        agent.process.start()
        theirs.close()

    def start(self) -> None:
        """Start whoever does not run."""
        for number, server in enumerate(self.servers):
            if server is None:
                self.start_server(number)
        for agent in self.agents:
            if agent.process is None:
                self.start_agent(agent)

    def kill_server(self, number: int) -> None:
        """End a server as a power cut does."""
        _kill(self.servers[number])
        self.servers[number] = None

    def kill_agent(self, agent: Agent) -> None:
        """End an agent's program, and hear what it had said."""
        _kill(agent.process)
        agent.process = None
        agent.listen()

    def kill_all(self) -> None:
        """Nobody runs any more."""
        for number, server in enumerate(self.servers):
            if server is not None:
                self.kill_server(number)
        for agent in getattr(self, "agents", []):
            if agent.process is not None:
                self.kill_agent(agent)

    def listen(self, seconds: float) -> None:
        """Hear the agents for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            connections.wait([agent.said for agent in self.agents if agent.said is not None], left)
            for agent in self.agents:
                agent.listen()

    # ----- waiting

    def await_done(self, more: int) -> None:
        """Hear the agents until they have done so many things more."""
        wanted = sum(len(agent.done) for agent in self.agents) + more
        end = time.monotonic() + PATIENCE
        while sum(len(agent.done) for agent in self.agents) < wanted:
            assert time.monotonic() < end, "nobody works"
            self.listen(0.02)

    def await_each(self) -> None:
        """Hear the agents until each of them has done something more: one may start long after another."""
        before = [(agent, len(agent.done)) for agent in self.agents]
        end = time.monotonic() + PATIENCE
        while any(len(agent.done) == count for agent, count in before):
            assert time.monotonic() < end, "somebody does nothing"
            self.listen(0.02)

    def await_every_server(self) -> None:
        """Until each server serves: one that is only starting ends when its database is not there."""
        end = time.monotonic() + PATIENCE
        for port in self.ports:
            while not _is_healthy(port):
                assert time.monotonic() < end, "a server does not serve"
                self.listen(0.1)

    def _await_server(self) -> None:
        for port in self.ports:
            if self._answers(port):
                return
        end = time.monotonic() + PATIENCE
        while not any(map(self._answers, self.ports)):
            assert time.monotonic() < end, "no server answers"
            connections.wait([], 0.1)

    @staticmethod
    def _answers(port: int) -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    def await_arrival(self) -> None:
        """Until everything that was acknowledged by now is in the log of the servers, while the agents work on."""
        wanted = {row_id for agent in self.agents for row_id in agent.done}
        end = time.monotonic() + PATIENCE
        with opened(self.address) as database:
            while missing := wanted - set(judged(database)):
                assert time.monotonic() < end, f"{len(missing)} of {len(wanted)} operations never arrived"
                self.listen(0.3)


def _kill(process: Any) -> None:
    process.kill()
    process.join()
    process.close()


@contextmanager
def opened(address: str) -> Iterator[ServerDatabase]:
    """The database beside the servers."""
    database = open_database(address, ServerSchema())
    try:
        yield database
    finally:
        database.close()


def judged(database: ServerDatabase) -> list[Id]:
    """The operations of clients that were judged."""
    with database.read() as connection:
        statement = "SELECT operation_id FROM operation WHERE number IS NOT NULL"
        return [operation_id for (operation_id,) in connection.execute(statement)]


def _is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
