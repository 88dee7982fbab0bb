"""The port through which a client reaches a server, whether in this process or over a network."""

from typing import Protocol

from sync.protocol.messages import Hello, PullAnswer, PushAnswer, PushRequest, ScanAnswer


class Unreachable(Exception):
    """The server cannot be reached now. Nothing is lost; try again later."""


class Transport(Protocol):
    """The calls of the protocol. Each raises Unreachable when no complete, typed answer came back."""

    def hello(self) -> Hello:
        """Ask what the server is."""
        ...

    def push(self, request: PushRequest) -> PushAnswer:
        """Hand over operations."""
        ...

    def pull(self, client_id: str, epoch: str, since: int) -> PullAnswer:
        """Ask for everything after a version."""
        ...

    def scan(self, client_id: str, epoch: str, upto: int, after: str | None) -> ScanAnswer:
        """Ask for the next page of a first sync. `upto` 0 pins it to the server's head."""
        ...
