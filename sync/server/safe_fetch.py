"""Fetches what somebody else named, such as a picture in a mail, without being led into our own network.

A name is looked up once; each address it has must be public, and the connection goes to one of exactly these. What a
server sends elsewhere is judged like the first address. Nothing is kept: no cookies, no credentials, no proxy of the
environment.
"""

import contextlib
import http.client
import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urljoin

from sync.server.connecting import Deadline, conversation
from sync.server.public_address import IpAddress, NotPublic, Target, is_public, literal, target_of

Resolve = Callable[[str], Iterable[IpAddress]]
"""All addresses of a name. Raises OSError."""
Connect = Callable[[IpAddress, int, float], socket.socket]
"""A connection to an address and port, within so many seconds. Raises OSError."""

AGENT: Final = "Mozilla/5.0"
"""What everybody calls themselves; many servers answer nobody else, and it tells nothing of us."""
_PIECE: Final = 65_536
_MOVED: Final = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)


class FetchFailed(Exception):
    """What was asked for could not be fetched; the text says why and is fit for people."""


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How much one fetch may take: bytes, seconds as a whole and to connect, and how often it may be sent on."""

    bytes: int = 10_000_000
    seconds: float = 15.0
    connect_seconds: float = 5.0
    hops: int = 3


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back, complete. `media_type` is in small letters, without parameters."""

    media_type: str
    content: bytes


def resolve(host: str) -> list[IpAddress]:
    """All addresses of a name, as the system knows them. Raises OSError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def connect(address: IpAddress, port: int, seconds: float) -> socket.socket:
    """A connection to an address. Raises OSError."""
    return socket.create_connection((str(address), port), timeout=seconds)


class SafeFetcher:
    """Fetches from the public network only; its methods may be called on any thread, and wait for the network."""

    def __init__(
        self,
        limits: FetchLimits | None = None,
        resolve: Resolve = resolve,
        connect: Connect = connect,
        allowed: Callable[[IpAddress], bool] = is_public,
    ) -> None:
        self._limits = limits or FetchLimits()
        self._resolve = resolve
        self._connect = connect
        self._allowed = allowed

    def fetch(self, url: str, media_types: frozenset[str]) -> Fetched:
        """What is there, if it is of one of these types. Raises NotPublic or FetchFailed."""
        deadline = Deadline(self._limits.seconds, lambda: FetchFailed("it took too long"))
        with deadline:
            for _ in range(self._limits.hops + 1):
                answer = self._one(target_of(url), media_types, deadline)
                if isinstance(answer, Fetched):
                    return answer
                url = _joined(url, answer)
        raise FetchFailed("it was sent on too often")

    def _one(self, target: Target, media_types: frozenset[str], deadline: Deadline) -> Fetched | str:
        """What is there, or the address it sends us to."""
        try:
            with contextlib.closing(self._open(target, deadline)) as connection:
                connection.request(
                    "GET",
                    target.path,
                    headers={
                        "Accept": ", ".join(sorted(media_types)),
                        "Accept-Encoding": "identity",
                        "User-Agent": AGENT,
                    },
                )
                with connection.getresponse() as response:  # which may keep the connection for itself
                    deadline.check()  # a cut within the headers looks like their end
                    location = response.getheader("Location", "") if response.status in _MOVED else ""
                    return location or self._complete(response, media_types, deadline)
        except (OSError, http.client.HTTPException) as error:
            deadline.check()
            raise FetchFailed("the server could not be reached, or broke off") from error

    def _open(self, target: Target, deadline: Deadline) -> http.client.HTTPConnection:
        address = self._address(target.host)
        sock = self._connect(address, target.port, self._limits.connect_seconds)
        return conversation(sock, target.scheme, target.host, target.port, self._limits.seconds, deadline)

    def _address(self, host: str) -> IpAddress:
        """Where to connect to. One address that is not public spoils all: who may choose, must not choose that."""
        given = literal(host)
        addresses = [given] if given is not None else list(self._resolve(host))
        if not addresses or not all(self._allowed(address) for address in addresses):
            raise NotPublic("it does not lead to the public network")
        return addresses[0]

    def _complete(
        self, response: http.client.HTTPResponse, media_types: frozenset[str], deadline: Deadline
    ) -> Fetched:
        media_type = response.getheader("Content-Type", "").partition(";")[0].strip().lower()
        if response.status != HTTPStatus.OK:
            raise FetchFailed(f"the server answered {response.status}")
        if media_type not in media_types or response.getheader("Content-Encoding", "identity") != "identity":
            raise FetchFailed("it is not of a type that is shown")
        content = bytearray()
        while piece := response.read1(_PIECE):
            content += piece
            if len(content) > self._limits.bytes:
                raise FetchFailed("it is too large")
        deadline.check()  # and a cut within what has no length, like its end
        if response.length or not content:
            raise FetchFailed("the server could not be reached, or broke off")
        return Fetched(media_type, bytes(content))


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise NotPublic("the address is not written correctly") from None
