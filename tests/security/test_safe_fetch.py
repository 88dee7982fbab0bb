"""What the server fetches for others never leads into our own network: spellings, names that change, redirects."""

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.server.public_address import IpAddress, NotPublic, is_public, target_of
from sync.server.safe_fetch import Fetched, FetchFailed, FetchLimits, SafeFetcher

PICTURES: Final = frozenset({"image/png"})
OUTSIDE: Final = ipaddress.ip_address("93.184.216.34")
SECRET: Final = b"the inside"

INSIDE = (
    "127.0.0.1", "127.1.2.3", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1",
    "100.127.255.254", "169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::2", "::7f00:1", "::127.0.0.1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:7f00:1", "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::",
    "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "fc00::1", "fd00::1", "fd12:3456:789a::1",
    "fe80::1", "febf::1", "fec0::1", "ff02::1", "ff05::2", "100::1",
)  # fmt: skip

SPELLINGS = (
    *(f"http://{address}/" for address in INSIDE if ":" not in address),
    *(f"http://[{address}]/" for address in INSIDE if ":" in address),
    "http://localhost/", "http://LOCALHOST/", "http://localhost./", "http://localhost:80/", "http://127.0.0.1:80/",
    "http://127.0.0.1./", "http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/",
    "http://0x7f.0.0.1/", "http://0x7f.1/", "http://0177.0.0.1/", "http://017700000001/", "http://0177.1/",
    "http://00000177.0.0.1/", "http://127.000.000.001/", "http://127.0.0.1%00.example.com/", "http://0/", "http://00/",
    "http://0x0/", "http://①②⑦.⓪.⓪.①/", "http://１２７.０.０.１/", "http://127。0。0。1/", "http://127．0．0．1/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "http://l\u00adocalhost/", "http://loc\u200balhost/", "http://example.com@127.0.0.1/",
    "http://127.0.0.1@example.com/", "http://example.com:80@127.0.0.1/", "http://example.com%40127.0.0.1/",
    "http://example.com\\@127.0.0.1/", "http://127.0.0.1\\@example.com/", "http:\\\\127.0.0.1/",
    "http://127.0.0.1#@example.com/", "http://127.0.0.1?@example.com/", "http:127.0.0.1/", "http:/127.0.0.1/",
    "http:///127.0.0.1/", "//127.0.0.1/", "127.0.0.1", "http://[::1]:80/", "http://[0:0:0:0:0:0:0:1]/",
    "http://[::1%25lo]/", "http://[fe80::1%25eth0]/", "http://[::ffff:127.0.0.1]:80/", "http://[::0x7f000001]/",
    "http://[127.0.0.1]/", "http://[::1/", "http://::1/", "http://[]/", "http://", "http:///", "",
    "https://127.0.0.1/", "https://[::1]/", "https://localhost/", "file:///etc/passwd", "file://127.0.0.1/etc/passwd",
    "ftp://127.0.0.1/", "gopher://127.0.0.1:80/_GET", "dict://127.0.0.1:11211/stat", "ldap://127.0.0.1/",
    "data:image/png;base64,AAAA", "javascript:alert(1)", "jar:http://127.0.0.1!/", "tftp://127.0.0.1/x",
    "http://127.0.0.1:22/", "http://example.com:22/", "http://example.com:0/", "http://example.com:99999/",
    "http://example.com:8080/", "http://example.com:-80/", "http://example.com:8 0/", "http://exa mple.com/",
    "http://127.0.0.1\r\nHost: example.com/", "http://127.0.0.1\t/", "ht\ntp://127.0.0.1/", "http://127.0.0.1\x00/",
    " http://127.0.0.1/", "http://inside.example/", "http://INSIDE.example/", "http://inside.example:80/",
    "http://both.example/", "http://mapped.example/", "http://metadata.example/latest/meta-data/",
    "http://127.0.0.1.inside.example/", "http://" + "a" * 64 + ".example/", "http://-a.example/", "http://a..example/",
    "http://.example/", "http://example/", "http://intranet/", "http://x.127/", "http://1.2.3/", "http://1e3.0.0.1/",
)  # fmt: skip

NAMES = {
    "inside.example": ["127.0.0.1"],
    "127.0.0.1.inside.example": ["127.0.0.1"],
    "both.example": ["93.184.216.34", "127.0.0.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "localhost": ["127.0.0.1"],
    "outside.example": ["93.184.216.34"],
}


def names(host: str) -> list[IpAddress]:
    return [ipaddress.ip_address(address) for address in NAMES.get(host, ["127.0.0.1"])]


class Canary:
    """A server that answers every connection, and counts them."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.met = 0
        self.heard = b""
        self.answer = (
            b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
            % (len(SECRET), SECRET)
        )
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                with client, contextlib.suppress(OSError):
                    self.met += 1
                    self.heard = client.recv(65_536)
                    client.sendall(self.answer)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()


class Network:
    """Connects everything inside to the canary; one public address leads to a server of somebody else."""

    def __init__(self, inside: Canary, outside: Canary) -> None:
        self._inside, self._outside = inside, outside

    def connect(self, address: IpAddress, port: int, seconds: float) -> socket.socket:
        canary = self._outside if address == OUTSIDE else self._inside
        return socket.create_connection(("127.0.0.1", canary.port), timeout=seconds)


@pytest.fixture
def inside() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.close()


@pytest.fixture
def outside() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.close()


@pytest.fixture
def network(inside: Canary, outside: Canary) -> Network:
    return Network(inside, outside)


def try_to_fetch(fetcher: SafeFetcher, url: str) -> Fetched | None:
    try:
        return fetcher.fetch(url, PICTURES)
    except (NotPublic, FetchFailed):
        return None


def test_a_picture_of_the_public_network_is_fetched(
    network: Network, inside: Canary, outside: Canary
) -> None:
    found = SafeFetcher(resolve=names, connect=network.connect).fetch(
        "http://outside.example/a.png", PICTURES
    )
    assert found == Fetched("image/png", SECRET)
    assert (inside.met, outside.met) == (0, 1)


def test_no_spelling_leads_inside(network: Network, inside: Canary, outside: Canary) -> None:
    assert len(SPELLINGS) >= 120
    for url in SPELLINGS:
        assert try_to_fetch(SafeFetcher(resolve=names, connect=network.connect), url) is None, url
    assert (inside.met, outside.met) == (0, 0)


def test_the_canary_is_met_when_addresses_are_not_judged(network: Network, inside: Canary) -> None:
    careless = SafeFetcher(resolve=names, connect=network.connect, allowed=lambda address: True)
    reached = [url for url in SPELLINGS if try_to_fetch(careless, url)]
    assert inside.met >= len(reached) >= 50


def test_a_name_is_looked_up_once(network: Network, inside: Canary, outside: Canary) -> None:
    answers = [["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]]
    asked: list[str] = []

    def rebinding(host: str) -> list[IpAddress]:
        asked.append(host)
        return [ipaddress.ip_address(address) for address in answers[len(asked) - 1]]

    assert try_to_fetch(SafeFetcher(resolve=rebinding, connect=network.connect), "http://turn.example/")
    assert (asked, inside.met, outside.met) == (["turn.example"], 0, 1)


def test_nobody_is_sent_inside(network: Network, inside: Canary, outside: Canary) -> None:
    for url in SPELLINGS:
        location = url.encode("utf-8", "surrogatepass").replace(b"\r\n", b"%0d%0a")
        outside.answer = b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"
        fetcher = SafeFetcher(FetchLimits(hops=2), resolve=names, connect=network.connect)
        assert try_to_fetch(fetcher, "http://outside.example/a.png") is None, url
    assert inside.met == 0
    assert outside.met >= len(SPELLINGS)


def test_redirects_end(network: Network, outside: Canary) -> None:
    outside.answer = (
        b"HTTP/1.1 301 Moved\r\nLocation: http://outside.example/again\r\nContent-Length: 0\r\n\r\n"
    )
    with pytest.raises(FetchFailed, match="too often"):
        SafeFetcher(resolve=names, connect=network.connect).fetch("http://outside.example/", PICTURES)
    assert outside.met == FetchLimits().hops + 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi", "type"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "type"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\n1", "type"),
        (b"HTTP/1.1 404 Gone\r\nContent-Type: image/png\r\nContent-Length: 0\r\n\r\n", "404"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 9\r\n\r\n1", "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + b"1" * 2_000, "too large"),
        (b"nonsense", "broke off"),
        (b"", "broke off"),
    ],
)  # fmt: skip
def test_what_is_not_a_whole_picture_is_refused(
    network: Network, outside: Canary, answer: bytes, words: str
) -> None:
    outside.answer = answer
    fetcher = SafeFetcher(FetchLimits(bytes=1_000), resolve=names, connect=network.connect)
    with pytest.raises(FetchFailed, match=words):
        fetcher.fetch("http://outside.example/", PICTURES)


def test_a_server_that_drips_is_cut_off(network: Network) -> None:
    ours, theirs = socket.socketpair()
    stop = threading.Event()

    def drip() -> None:
        with contextlib.suppress(OSError):
            theirs.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not stop.wait(0.02):
                theirs.sendall(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        fetcher = SafeFetcher(
            FetchLimits(seconds=0.3), resolve=names, connect=lambda address, port, seconds: ours
        )
        with pytest.raises(FetchFailed, match="too long"):
            fetcher.fetch("http://outside.example/", PICTURES)
    finally:
        stop.set()
        thread.join()
        theirs.close()


@given(st.ip_addresses(v=4))
def test_an_address_is_as_public_as_the_one_it_carries(address: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.IPv6Address(f"::ffff:{address}")
    assert is_public(mapped) == is_public(address)
    assert is_public(ipaddress.IPv6Address(int(mapped) & 0xFFFF_FFFF)) is False


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "64:ff9b::8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.text())
def test_any_text_is_understood_or_refused(text: str) -> None:
    for url in (text, f"http://{text}/", f"https://a.example/{text}"):
        with contextlib.suppress(NotPublic):
            target = target_of(url)
            assert target.host.isascii()
            assert target.path.isascii()
            assert not set(target.path + target.host) & set(" \r\n\t")
