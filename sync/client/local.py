"""The transport to a backend in the same process: the same envelopes, encoded and decoded as over a network."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

import msgspec

from agent_desktop.domain.ids import Id
from sync.protocol.messages import Digest, Hello, PullAnswer, PushAnswer, PushRequest, ScanAnswer

T = TypeVar("T", bound=msgspec.Struct)


class Answerer(Protocol):
    """The server's side of the calls."""

    def hello(self) -> Hello:
        """What the server is."""
        ...

    def push(self, user_id: Id, request: PushRequest) -> PushAnswer:
        """Judge operations."""
        ...

    def pull(self, user_id: Id, client_id: str, epoch: str, since: int) -> PullAnswer:
        """Everything after a version."""
        ...

    def scan(
        self, user_id: Id, client_id: str, upto: int, after: str | None, scopes: Sequence[str]
    ) -> ScanAnswer:
        """A page of a first sync."""
        ...

    def digest(self, user_id: Id) -> Digest:
        """What this user's replica should hold."""
        ...


class LocalTransport:
    """Calls a backend in this process as the given user."""

    def __init__(self, backend: Answerer, user_id: Id) -> None:
        self._backend = backend
        self._user_id = user_id

    def hello(self) -> Hello:
        """Ask what the server is."""
        return _over_the_wire(self._backend.hello())

    def push(self, request: PushRequest) -> PushAnswer:
        """Hand over operations."""
        return _over_the_wire(self._backend.push(self._user_id, _over_the_wire(request)))

    def pull(self, client_id: str, epoch: str, since: int) -> PullAnswer:
        """Ask for everything after a version."""
        return _over_the_wire(self._backend.pull(self._user_id, client_id, epoch, since))

    def scan(
        self, client_id: str, epoch: str, upto: int, after: str | None, scopes: Sequence[str] = ()
    ) -> ScanAnswer:
        """Ask for the next page of a first sync."""
        return _over_the_wire(self._backend.scan(self._user_id, client_id, upto, after, scopes))

    def digest(self) -> Digest:
        """Ask what this user's replica should hold."""
        return _over_the_wire(self._backend.digest(self._user_id))


def _over_the_wire(message: T) -> T:
    return msgspec.json.decode(msgspec.json.encode(message), type=type(message))
