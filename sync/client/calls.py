"""What a client may ask a server: one record per call, each of which knows how to be carried."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sync.protocol.messages import Digest, Hello, PullAnswer, PushAnswer, PushRequest, ScanAnswer
from sync.protocol.transport import Transport


@dataclass(frozen=True, slots=True)
class HelloCall:
    """Ask what the server is."""

    def carry(self, transport: Transport) -> Hello:
        """Raises Unreachable or Refused, as all calls do."""
        return transport.hello()


@dataclass(frozen=True, slots=True)
class PushCall:
    """Hand over operations."""

    request: PushRequest

    def carry(self, transport: Transport) -> PushAnswer:
        """Hand them over."""
        return transport.push(self.request)

    @property
    def first(self) -> int:
        """The number of the first operation."""
        return self.request.operations[0].number


@dataclass(frozen=True, slots=True)
class PullCall:
    """Ask for everything after a version."""

    client_id: str
    epoch: str
    since: int

    def carry(self, transport: Transport) -> PullAnswer:
        """Ask for it."""
        return transport.pull(self.client_id, self.epoch, self.since)


@dataclass(frozen=True, slots=True)
class ScanCall:
    """Ask for the next page of a first sync, or of gained scopes."""

    client_id: str
    epoch: str
    upto: int
    after: str | None
    scopes: Sequence[str] = field(default=())

    def carry(self, transport: Transport) -> ScanAnswer:
        """Ask for it."""
        return transport.scan(self.client_id, self.epoch, self.upto, self.after, self.scopes)


@dataclass(frozen=True, slots=True)
class DigestCall:
    """Ask what the replica should hold."""

    def carry(self, transport: Transport) -> Digest:
        """Ask for it."""
        return transport.digest()


Call: TypeAlias = HelloCall | PushCall | PullCall | ScanCall | DigestCall
Answer: TypeAlias = Hello | PushAnswer | PullAnswer | ScanAnswer | Digest
