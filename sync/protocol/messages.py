"""What client and server say to each other: typed envelopes, as JSON on the wire.

Rows travel as column arrays: the names of the columns once, then rows of plain values that go to the database as
they are.
"""

from typing import Any

import msgspec

PROTOCOL_VERSION = 1


class WireOperation(msgspec.Struct, frozen=True, kw_only=True):
    """An operation on the wire. `number` is gapless per client; the actor follows from who is signed in."""

    id: str
    number: int
    kind: str
    version: int
    at: int
    seen: int
    payload: str
    group: str | None = None


class PushRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Operations to judge. Refused when `epoch` differs from the server's."""

    client_id: str
    epoch: str
    operations: list[WireOperation]


class PushAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the server expects next. It confirms nothing: only a pull does."""

    client_id: str
    epoch: str
    expected: int
    resync: bool = False


class TableRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one table as column arrays."""

    columns: list[str]
    rows: list[list[Any]]


class PullAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All rows changed in (since, upto], and how far this client's operations are covered.

    `resync`: the cursor cannot be continued; scan anew.
    """

    client_id: str
    epoch: str
    since: int
    upto: int
    ack: int
    more: bool = False
    tables: dict[str, TableRows] = {}
    removed: dict[str, list[str]] = {}
    resync: bool = False


class ScanAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a first sync: rows with versions up to `upto`, newest first. `next` is None at the end."""

    client_id: str
    epoch: str
    upto: int
    ack: int
    tables: dict[str, TableRows]
    next: str | None


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """What a server is and understands."""

    protocol: int
    epoch: str
    head: int
    time: int
    operations: dict[str, int]
