"""How the provider of the company is asked: where nobody reads along, and only a whole answer counts."""

import socket
from pathlib import Path

import pytest

from agent_desktop.domain.errors import InputError
from sync.server.oauth.company import CompanyProvider
from sync.server.oauth.fetch import NoAnswer, fetch_json, is_safe
from tests.sync.client.certificates import Authority
from tests.sync.client.lying_server import answer, lying


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://login.example", True),
        ("http://127.0.0.1:8080", True),
        ("http://login.example", False),
        ("ftp://login.example", False),
        ("https://", False),
        ("https://user@login.example", False),
        ("https://login.example:99999", False),
        ("//login.example", False),
    ],
)
def test_the_provider_is_asked_where_nobody_reads_along(url: str, safe: bool) -> None:
    assert is_safe(url) is safe
    if not safe:
        with pytest.raises(NoAnswer):
            fetch_json(url)
        with pytest.raises(InputError):
            CompanyProvider(issuer=url, client_id="a", client_secret="b", name="c")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        answer(b"[1]", "200 OK", "application/json"),
        answer(b"{", "200 OK", "application/json"),
        answer(b'{"a":"' + b"x" * 600_000 + b'"}', "200 OK", "application/json"),
        answer(b"{}", "500 Internal Server Error", "application/json"),
        answer(b"", "302 Found", "application/json", "Location: http://127.0.0.1:1/"),
    ],
)
def test_only_a_whole_answer_counts(said: bytes) -> None:
    with lying(said) as server, pytest.raises(NoAnswer):
        fetch_json(f"{server.url}/x")


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n{"])
def test_a_provider_that_drips_is_cut_off(begin: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(begin)
        while not server.ended.wait(0.02):
            connection.sendall(b" ")

    with lying(drip) as server, pytest.raises(NoAnswer):
        fetch_json(f"{server.url}/x", seconds=0.3)


@pytest.mark.parametrize("kind", ["unknown", "expired", "another host", "of a client", "good"])
def test_a_certificate_that_is_not_good_ends_it_before_a_word_is_said(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    if kind != "unknown":
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.pem))
    host = "192.0.2.1" if kind == "another host" else "127.0.0.1"
    tls = authority.server(host, expired=kind == "expired", client_only=kind == "of a client")
    with lying(answer(b'{"id_token":"x"}', "200 OK", "application/json"), tls=tls) as server:
        url = f"https://127.0.0.1:{server.port}/token"
        if kind == "good":
            assert fetch_json(url, {"client_secret": "secret"}) == {"id_token": "x"}
            return
        with pytest.raises(NoAnswer):
            fetch_json(url, {"client_secret": "secret"})
    assert server.heard == []
