"""A thousand answers to a renewal are cut at a random byte, on a real line: nobody is signed out."""

import socket
import threading
from contextlib import closing, suppress
from pathlib import Path
from random import Random

import pytest

from sync.client.account import facts_of, sign_in
from sync.client.address import ServerAddress
from sync.client.credentials import Credentials
from sync.client.http import Http
from sync.client.tokens import DeviceToken
from sync.client.transport import HttpTransport
from sync.protocol.transport import Unreachable
from sync.server.limits import Limits, Rate
from tests.sync.client.test_tokens import MemoryKeychain
from tests.team_server import ANNA, PASSWORD, team_server

CUTS = 1_000


class CuttingLine:
    """Passes a request on, and of the answer as many bytes as it likes: none, all, or something between."""

    def __init__(self, port: int, random: Random) -> None:
        self._port = port
        self._random = random
        self.cut = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            with suppress(OSError), near:
                near.settimeout(20)
                request = _whole(near)
                with socket.create_connection(("127.0.0.1", self._port), timeout=20) as far:
                    far.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
                    answer = b""
                    while piece := far.recv(65_536):
                        answer += piece
                passed = self._random.randrange(len(answer)) if self._random.random() < 0.8 else len(answer)
                self.cut += passed < len(answer)
                near.sendall(answer[:passed])


def _whole(connection: socket.socket) -> bytes:
    """A request with its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


@pytest.mark.end_to_end
def test_a_thousand_cut_answers_sign_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(11)
    # All of it comes from one address, within seconds.
    monkeypatch.setattr(Limits.__init__, "__kwdefaults__", {**_defaults(), "requests": Rate(1e6, 1e6)})
    with team_server(tmp_path) as server, closing(CuttingLine(server.port, random)) as line:
        _, signed_in = sign_in(ServerAddress.parse(server.url), ANNA, PASSWORD, facts_of("Laptop"))
        keychain = MemoryKeychain()
        address = ServerAddress.parse(f"http://127.0.0.1:{line.port}")

        def started() -> Credentials:
            return Credentials(DeviceToken("p1", keychain), HttpTransport(Http(address)), "of the profile")

        credentials = started()
        credentials.begin(signed_in)
        access, renewed = signed_in.token, 0
        while line.cut < CUTS:
            try:
                found = credentials.another(access)
            except Unreachable:
                if random.random() < 0.2:
                    credentials = started()  # the program ended, and begins with what the keychain has
                continue
            assert found is not None
            assert server.accounts.session(found) is not None
            access, renewed = found, renewed + 1
        assert server.count("audit", "action = 'session.token_reused'") == 0
        assert server.devices(ANNA) == 1
        assert renewed > CUTS / 10


def _defaults() -> dict[str, object]:
    return dict(Limits.__init__.__kwdefaults__ or {})
