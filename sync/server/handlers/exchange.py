"""Hello, push, pull, scan and digest: the calls of `Transport`, one to one."""

from typing import Annotated, cast

import msgspec
from starlette.responses import Response

from agent_desktop.store.row_file import row_file
from sync.protocol.messages import (
    Digest,
    Hello,
    Name,
    PullAnswer,
    PushAnswer,
    PushRequest,
    ScanAnswer,
    Version,
)
from sync.server.call import Call, answer
from sync.server.refusals import invalid, too_large

Epoch = Annotated[str, msgspec.Meta(pattern="^[!-~]{0,100}$")]


class PullQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What a client has. `wait`: so many seconds the answer may take when there is nothing new."""

    client_id: Name
    epoch: Epoch
    since: Version
    wait: Annotated[int, msgspec.Meta(ge=0, le=30)] = 0


class ScanQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Where a scan goes on. `upto` 0 pins it to the head of now; `scopes`, with commas between, narrows it.

    `row_file`: whether the rows may come as a small SQLite file.
    """

    client_id: Name
    epoch: Epoch = ""
    upto: Version = 0
    after: Annotated[str, msgspec.Meta(pattern="^[!-~]{1,400}$")] | None = None
    scopes: Annotated[str, msgspec.Meta(pattern="^[!-~]{0,8000}$")] = ""
    row_file: bool = False


def hello(call: Call) -> Hello:
    """What the server is and understands."""
    return call.services.backend.hello()


def push(call: Call) -> PushAnswer:
    """Judge operations. Raises a refusal when there are more than a server takes at once."""
    request, limits = cast(PushRequest, call.body), call.services.limits
    if len(request.operations) > limits.operations:
        raise too_large(f"The server takes {limits.operations} operations at once.")
    if sum(len(operation.payload) for operation in request.operations) > limits.push:
        raise too_large(f"The server takes operations of {limits.push:,} bytes at once.")
    return call.services.backend.push(call.session.user_id, request)


async def pull(call: Call) -> Response:
    """Everything after a version, or after the first thing that happens while the client waits."""
    query, services = cast(PullQuery, call.query), call.services
    found = await services.workers.run(_pull, call, query)
    if query.wait and found.upto == query.since and not (found.resync or found.gained or found.lost):
        await services.hub.newer(query.since, query.wait)
        found = await services.workers.run(_pull, call, query)
    return await services.workers.run(answer, call.request, found)


def _pull(call: Call, query: PullQuery) -> PullAnswer:
    return call.services.backend.pull(call.session.user_id, query.client_id, query.epoch, query.since)


def scan(call: Call) -> ScanAnswer:
    """A page of a first sync."""
    query = cast(ScanQuery, call.query)
    scopes = tuple(scope for scope in query.scopes.split(",") if scope)
    try:
        page = call.services.backend.scan(
            call.session.user_id, query.client_id, query.upto, query.after, scopes
        )
    except ValueError as error:
        raise invalid("after: not a place that a scan has given") from error
    return in_a_file(page) if query.row_file else page


def in_a_file(page: ScanAnswer) -> ScanAnswer:
    """The page with its rows as a file."""
    content = row_file({name: (table.columns, table.rows) for name, table in page.tables.items()})
    return msgspec.structs.replace(page, tables={}, row_file=content)


def digest(call: Call) -> Digest:
    """What this user's replica should hold."""
    return call.services.backend.digest(call.session.user_id)
