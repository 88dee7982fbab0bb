"""The port through which a client reaches a server, whether in this process or over a network."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from sync.protocol.messages import BlobState, Digest, Hello, PullAnswer, PushAnswer, PushRequest, ScanAnswer


class Unreachable(Exception):
    """The server cannot be reached now. Nothing is lost; try again later, not before `retry_after` seconds.

    `sentence` says to a person what else than a missing network is the matter; empty when it is that. `alive`: the
    server said itself that it cannot now, so it has not died of what it was asked.
    """

    def __init__(
        self, detail: str = "", *, sentence: str = "", retry_after: float = 0.0, alive: bool = False
    ) -> None:
        super().__init__(detail)
        self.sentence = sentence
        self.retry_after = retry_after
        self.alive = alive


class RefusalReason(StrEnum):
    """Why a server does not talk to this client, and what a person has to do about it."""

    SIGN_IN = "sign_in"
    """The device's token is not, or no longer, good."""
    UPDATE = "update"
    """One of the two programs is too old for the other."""
    FORBIDDEN = "forbidden"
    """The user, or this client, may not do this."""
    TOO_LARGE = "too_large"
    """The server takes no file as large as this one."""


class Refused(Exception):
    """The server answered and refuses: waiting does not help. Nothing is lost."""

    def __init__(self, reason: RefusalReason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


class Transport(Protocol):
    """The calls of the protocol. Each raises Unreachable when no complete, typed answer came back, or Refused."""

    def hello(self) -> Hello:
        """Ask what the server is."""
        ...

    def push(self, request: PushRequest) -> PushAnswer:
        """Hand over operations."""
        ...

    def pull(self, client_id: str, epoch: str, since: int) -> PullAnswer:
        """Ask for everything after a version."""
        ...

    def scan(
        self, client_id: str, epoch: str, upto: int, after: str | None, scopes: Sequence[str] = ()
    ) -> ScanAnswer:
        """Ask for the next page of a first sync, or of these scopes alone. `upto` 0 pins it to the server's head."""
        ...

    def digest(self) -> Digest:
        """Ask what this user's replica should hold."""
        ...


class FileTransport(Protocol):
    """The calls for files of a server that does not share its folder with the client. They raise as Transport's do."""

    def open_blob(self, sha256: str, size: int) -> BlobState:
        """Ask how much of a file the server has, announcing it when it has nothing."""
        ...

    def send_blob(self, sha256: str, size: int, offset: int, chunk: bytes) -> BlobState:
        """Hand over the next piece of a file."""
        ...

    def size_of_blob(self, sha256: str) -> int:
        """Ask how large a file is, in bytes."""
        ...

    def fetch_blob(self, sha256: str, offset: int, length: int) -> bytes:
        """Ask for a piece of a file."""
        ...
