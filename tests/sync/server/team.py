"""A team server under a real uvicorn on loopback, and how tests talk to it: byte by byte where it matters."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import requests
from argon2 import PasswordHasher

from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.operations import encode_payload, kind_of
from agent_desktop.domain.records import Record
from sync.protocol.messages import PushAnswer, PushRequest, WireOperation
from sync.server.backend import Backend
from sync.server.blobs import Uploads
from sync.server.database import ServerDatabase
from sync.server.limits import Limits
from sync.server.services import Services
from sync.server.serving import TeamServer, bind
from sync.server.sign_in.accounts import Accounts
from tests.factories import ANNA
from tests.sync.files import TEMPLATES

T = TypeVar("T", bound=msgspec.Struct)
PATIENCE = 30
PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Tests are about who gets in, not about how long it takes."""


class Team:
    """A server and its database."""

    def __init__(self, database: ServerDatabase, folder: Path, limits: Limits | None = None) -> None:
        self.clock = SystemClock()
        self.ids = TimeOrderedIds(self.clock)
        self.schema = TEMPLATES.server_schema
        self.database = database
        self.folder = folder
        limits = limits or Limits()
        uploads = Uploads(folder, limits.blob)
        self.backend = Backend(database, self.schema, self.clock, self.ids, uploads)
        self.accounts = Accounts(database, self.schema, self.clock, self.ids, CHEAP)
        self.services = Services(
            backend=self.backend,
            accounts=self.accounts,
            uploads=uploads,
            clock=self.clock,
            limits=limits,
        )
        self.epoch = self.backend.hello().epoch
        self._ready = threading.Event()
        self._server = TeamServer(self.services, ready=self._ready.set)
        self._listening = bind("127.0.0.1:0")
        self.port = int(self._listening.getsockname()[1])
        self.address = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_on, args=(self._listening,))
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        self._open: list[requests.Session] = []

    def stop(self) -> None:
        self._server.stop()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        for session in self._open:
            session.close()
        self.database.close()

    def begin_to_stop(self) -> None:
        self._server.stop()

    def client(self, user_id: Id = ANNA.id) -> "Caller":
        """Somebody who is signed in."""
        return self.caller(self.accounts.issue(user_id, "test").token)

    def caller(self, token: str | None) -> "Caller":
        session = requests.Session()
        session.trust_env = False
        session.headers["Agent-Desktop-Protocol"] = "1"
        if token is not None:
            session.headers["Authorization"] = f"Bearer {token}"
        self._open.append(session)
        return Caller(self, session)

    def operation(self, number: int, payload: Record, /, **changes: object) -> WireOperation:
        """An operation on the wire."""
        kind = kind_of(payload)
        values = {
            "id": self.ids.new(),
            "number": number,
            "kind": kind.name,
            "version": kind.version,
            "at": 1_700_000_000_000_000,
            "seen": 0,
            "payload": encode_payload(payload),
        }
        return WireOperation(**(values | changes))  # type: ignore[arg-type]  # fields by name


class Caller:
    """Requests of one device."""

    def __init__(self, team: Team, session: requests.Session) -> None:
        self.team = team
        self.session = session

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(
            method, self.team.address + path, timeout=PATIENCE, allow_redirects=False, **options
        )

    def get(self, path: str, kind: type[T], **query: str | int) -> T:
        answer = self.ask("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=kind)

    def post(self, path: str, body: object, kind: type[T]) -> T:
        answer = self.ask("POST", path, data=msgspec.json.encode(body), headers=JSON)
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=kind)

    def push(self, *operations: WireOperation, client_id: str = "laptop") -> PushAnswer:
        request = PushRequest(client_id=client_id, epoch=self.team.epoch, operations=list(operations))
        return self.post("/v1/sync/push", request, PushAnswer)

    def listen(self, since: int, epoch: str = "") -> "Listener":
        query = {"epoch": epoch or self.team.epoch, "since": str(since)}
        answer = self.ask("GET", "/v1/sync/stream", params=query, stream=True)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        return Listener(answer)


JSON = {"Content-Type": "application/json"}


class Listener:
    """Reads events as they come."""

    def __init__(self, answer: requests.Response) -> None:
        self._answer = answer
        self.lines = answer.iter_lines(chunk_size=1)

    def next(self) -> tuple[str, Any]:
        """The next event, without pings; ("", None) at the end."""
        name = ""
        for line in self.lines:
            text = line.decode()
            if text.startswith("event: "):
                name = text.removeprefix("event: ")
            elif text.startswith("data: "):
                return name, json.loads(text.removeprefix("data: "))
        return "", None

    def close(self) -> None:
        self._answer.close()


@contextmanager
def running(database: ServerDatabase, folder: Path, limits: Limits | None = None) -> Iterator[Team]:
    """A server that ends with the block."""
    team = Team(database, folder, limits)
    try:
        yield team
    finally:
        team.stop()


def raw(team: Team, request: bytes) -> bytes:
    """What comes back for bytes that no library would send."""
    with socket.create_connection(("127.0.0.1", team.port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    return answer
