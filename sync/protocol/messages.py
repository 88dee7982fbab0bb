"""What client and server say to each other: typed envelopes, as JSON on the wire.

Rows travel as column arrays: the names of the columns once, then rows of plain values that go to the database as
they are.
"""

from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

import msgspec

from agent_desktop.domain.presence import Activity

PROTOCOL_VERSION = 1

Name: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[!-~]{1,100}$")]
"""An id, or the name of something in a program: up to 100 visible characters of ASCII."""
Version: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Moment: TypeAlias = Annotated[int, msgspec.Meta(ge=-62_135_596_800_000_000, le=253_402_300_799_999_999)]
"""Microseconds since 1970, of the years 1 to 9999."""
Sha256: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]


class WireOperation(msgspec.Struct, frozen=True, kw_only=True):
    """An operation on the wire. `number` is gapless per client; the actor follows from who is signed in.

    `skip`: record it as failed without running it, for the server dies of it. `again`: it was sent to this server
    before that was restored, so that a reply in it may have reached its customer already. `together`: it happens with
    its neighbours of the same group, or none of them does; a server that does not know this judges each by itself.
    """

    id: Name
    number: Version
    kind: Name
    version: Version
    at: Moment
    seen: Version
    payload: str
    group: Name | None = None
    skip: bool = False
    again: bool = False
    together: bool = False


class PushRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Operations to judge. Refused when `epoch` differs from the server's."""

    client_id: Name
    epoch: Name
    operations: list[WireOperation]


class PushAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the server expects next. It confirms nothing: only a pull does.

    `missing`: files, by SHA-256, without which the operation `expected` cannot be judged yet. `forked`: under this
    client id somebody else has sent other operations, for the profile was copied; take a new one.
    """

    client_id: str
    epoch: str
    expected: int
    resync: bool = False
    missing: list[str] = []
    forked: bool = False


class TableRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one table as column arrays."""

    columns: list[str]
    rows: Sequence[Sequence[Any]]


class PullAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All rows changed in (since, upto], and how far this client's operations are covered: up to number `ack`, that of
    the operation `acked` (empty: not known), by which a copy of a profile finds out that it is not alone.

    `gained` are scopes whose older rows are to be scanned, `lost` those whose rows are to go. `time` is the server's,
    in microseconds. `resync`: the cursor cannot be continued; scan anew. Under the same epoch `upto` is lower than
    `since` then where the server was set back and nobody gave it a new one. Rows in scopes that are seen by who sees
    `sees` may stay readable until they come anew, and others go at once; None: all go, for what this user may see has
    changed altogether, or the server is of before this was said.
    """

    client_id: str
    epoch: str
    since: int
    upto: int
    ack: int
    acked: str = ""
    more: bool = False
    tables: dict[str, TableRows] = {}
    removed: dict[str, list[str]] = {}
    gained: list[str] = []
    lost: list[str] = []
    time: int = 0
    resync: bool = False
    sees: list[str] | None = None


class StreamedDelta(msgspec.Struct, frozen=True, kw_only=True):
    """What a stream sends after a commit, the same for everybody who sees the same scopes.

    `acks` names only clients whose operations are in (since, upto]: the others' acks stay as they are.
    """

    epoch: str
    since: int
    upto: int
    acks: dict[str, int] = {}
    tables: dict[str, TableRows] = {}
    removed: dict[str, list[str]] = {}
    time: int = 0


class Poke(msgspec.Struct, frozen=True, kw_only=True):
    """There is something new: pull. Sent where a delta would be too large, and where scopes may have changed."""

    epoch: str
    head: int


class PresenceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What this user does now; repeated every 20 seconds while it lasts."""

    conversation_id: Name
    activity: Activity


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody does; never stored, and no longer true 25 seconds later."""

    user_id: str
    conversation_id: str
    activity: Activity


class ScanAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a first sync or of gained scopes: rows with versions up to `upto`; what is worked on comes first.

    `next` is where the next page goes on, None at the end. `count` is how many rows are on this page, `total` how many
    there are in all; `ack` and `acked` are as those of a pull. To who asks for it the rows are in `row_file`, a small
    SQLite file, in place of `tables`. Rows of before stay readable in scopes that are seen by who sees `sees`, and
    others go with this page; None: the server is of before this was said.
    """

    client_id: str
    epoch: str
    upto: int
    ack: int
    acked: str = ""
    tables: dict[str, TableRows]
    row_file: bytes = b""
    next: str | None
    count: int = 0
    total: int = 0
    sees: list[str] | None = None


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """What a server is and understands: protocols from `oldest_protocol` to `protocol`, operations by version."""

    protocol: int
    epoch: str
    head: int
    time: int
    operations: dict[str, int]
    oldest_protocol: int = 1
    workspace: str = ""


class DeviceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a device says of itself. `id` is what the server called it when its user last signed in there; `pending` is
    how many operations wait on it.
    """

    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    os: Annotated[str, msgspec.Meta(max_length=100)] = ""
    version: Annotated[str, msgspec.Meta(max_length=50)] = ""
    id: Name | None = None
    pending: Version | None = None


class SignInRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to work on which device. `code` is of the second factor, or a recovery code.

    `renewable`: the client knows how to renew tokens. One that does not is given a token that lasts.
    """

    email: Annotated[str, msgspec.Meta(max_length=320)]
    password: Annotated[str, msgspec.Meta(max_length=1_024)]
    device: Annotated[str, msgspec.Meta(max_length=200)]
    code: Annotated[str, msgspec.Meta(max_length=40)] = ""
    renewable: bool = False
    about: DeviceFacts = DeviceFacts()


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """The token of one device, shown this once, and whose it is.

    With a `refresh_token`, `token` is good for `expires_in` seconds, and then the other one brings the next.
    """

    token: str
    user_id: str
    name: str
    workspace: str
    email: str = ""
    refresh_token: str = ""
    expires_in: int = 0
    device_id: str = ""


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens as OAuth 2.0 names them (RFC 6749, 5.1), and whose they are."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str
    user_id: str
    name: str
    email: str
    workspace: str
    device_id: str


class OAuthMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What the server's authorization endpoint is and does (RFC 8414)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str
    response_types_supported: list[str]
    grant_types_supported: list[str]
    code_challenge_methods_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    authorization_response_iss_parameter_supported: bool


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device of a user, as the server knows it. Times are in microseconds."""

    id: str
    name: str
    os: str
    version: str
    created_at: int
    seen_at: int
    pending: int | None
    signed_in: bool
    this: bool
    """Whether it is the one that asks."""


class Devices(msgspec.Struct, frozen=True, kw_only=True):
    """All devices of a user, the one seen last first."""

    devices: list[Device]


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """By table: how many rows this user may see, and the sum of their versions, at version `head`."""

    epoch: str
    head: int
    tables: dict[str, tuple[int, int]]


class ImageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for a picture on the internet that a message names by this address."""

    message_id: Name
    url: Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]


class BlobRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Announces a file, so that its pieces can follow."""

    sha256: Sha256
    size: Version


class BlobState(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a file the server has, in bytes."""

    sha256: str
    size: int
    offset: int


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was refused: a word for programs, a sentence for people."""

    code: str
    sentence: str
