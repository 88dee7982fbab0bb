"""What a route is: a record, from which the application and its OpenAPI document are made."""

from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus

import msgspec

from agent_desktop.domain.permissions import Permission
from sync.server.call import Handler


class Raw(StrEnum):
    """Media types of bodies and answers that are not one of our envelopes."""

    NOTHING = ""
    BYTES = "application/octet-stream"
    TEXT = "text/plain"
    STREAM = "text/event-stream"
    JSON = "application/json"
    HTML = "text/html"
    FORM = "application/x-www-form-urlencoded"


class NoQuery(msgspec.Struct, frozen=True, kw_only=True):
    """No parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One thing that may be asked for, by those who hold `permission` (None: whoever is signed in). Where it is
    `public` nobody needs to be.

    `others` are statuses besides `status` and those that every route may give; `headers` those of the request, by name
    and what they are for.
    """

    method: str
    path: str
    summary: str
    handle: Handler
    query: type[msgspec.Struct] = NoQuery
    body: type[msgspec.Struct] | Raw = Raw.NOTHING
    answer: type[msgspec.Struct] | Raw = Raw.NOTHING
    status: HTTPStatus = HTTPStatus.OK
    others: tuple[HTTPStatus, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    permission: Permission | None = None
    public: bool = False
    while_wiping: bool = False
    """Also for a device that is to be wiped and gets nothing else any more."""
