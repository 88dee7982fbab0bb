"""Whom the program talks TLS with: whoever the system trusts, and nobody else hears a word of ours."""

import sys
from pathlib import Path

import msgspec
import pytest

from sync.client.address import ServerAddress
from sync.client.http import Allowance, Http
from sync.client.transport import HttpTransport
from sync.protocol.messages import PullAnswer
from sync.protocol.transport import Unreachable
from tests.sync.client.certificates import Authority
from tests.sync.client.lying_server import LyingServer, answer, lying

PULL = PullAnswer(client_id="c1", epoch="e1", since=3, upto=7, ack=2)
SAID = answer(msgspec.json.encode(PULL))
HERE = "127.0.0.1"
TRUSTS_A_FILE = sys.platform == "linux"
"""Where the system's trust can be set for one process; elsewhere nobody trusts what a test makes."""


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this system trusts."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.pem))
    return authority


def pull(server: LyingServer, connect: float = 60.0) -> PullAnswer:
    http = Http(
        ServerAddress.parse(f"https://{HERE}:{server.port}"), lambda: "secret", Allowance(connect=connect)
    )
    try:
        return HttpTransport(http).pull("c1", "e1", 3)
    finally:
        http.close()


def refused(server: LyingServer) -> str:
    with pytest.raises(Unreachable) as caught:
        pull(server)
    assert server.heard == []
    return caught.value.sentence


def test_whom_the_system_trusts_is_talked_to(trusted: Authority) -> None:
    with lying(SAID, tls=trusted.server(HERE)) as server:
        if TRUSTS_A_FILE:
            assert pull(server) == PULL
        else:
            assert "certificate" in refused(server)


def test_a_stranger_hears_nothing(trusted: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "Stranger")
    with lying(SAID, tls=stranger.server(HERE)) as server:
        assert "certificate is not trusted here" in refused(server)


@pytest.mark.parametrize("bundle", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_no_variable_makes_a_stranger_trusted(
    trusted: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bundle: str
) -> None:
    stranger = Authority(tmp_path, "Stranger")
    monkeypatch.setenv(bundle, str(stranger.pem))
    with lying(SAID, tls=stranger.server(HERE)) as server:
        refused(server)


def test_no_bundle_of_a_package_makes_a_stranger_trusted(
    trusted: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = Authority(tmp_path, "Stranger")
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(stranger.pem))
    with lying(SAID, tls=stranger.server(HERE)) as server:
        refused(server)


def test_another_name_hears_nothing(trusted: Authority) -> None:
    with lying(SAID, tls=trusted.server("desk.example.com")) as server:
        assert "certificate" in refused(server)


def test_an_expired_certificate_is_named_as_such(trusted: Authority) -> None:
    with lying(SAID, tls=trusted.server(HERE, expired=True)) as server:
        sentence = refused(server)
    assert "expired" in sentence or not TRUSTS_A_FILE


def test_a_certificate_for_clients_is_none_for_servers(trusted: Authority) -> None:
    with lying(SAID, tls=trusted.server(HERE, client_only=True)) as server:
        assert "certificate" in refused(server)


def test_plain_words_to_a_tls_port_are_no_answer() -> None:
    with lying(SAID) as server:
        with pytest.raises(Unreachable):
            pull(server, connect=0.5)
        assert b"secret" not in b"".join(server.heard)
