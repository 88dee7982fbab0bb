"""Streams and presence."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, cast

import msgspec
from starlette.responses import Response

from sync.protocol.messages import PresenceRequest, Version
from sync.server.call import Call
from sync.server.handlers.exchange import Epoch
from sync.server.refusals import not_found
from sync.server.stream import Hub, Stream

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
MEDIA_TYPE = "text/event-stream"
DIRECT_SEND = "agent_desktop.send"
"""Where the scope of a request keeps the server's own `send`: three layers less for each event of each stream."""


class StreamQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The cursor of who listens."""

    epoch: Epoch
    since: Version


def presence(call: Call) -> None:
    """Tell the others what this user does."""
    request, services = cast(PresenceRequest, call.body), call.services
    seen = services.presence.seen(call.session.user_id, request)
    if seen is None:
        raise not_found("This conversation is not here.")
    services.tell_presence(seen)


async def listen(call: Call) -> Response:
    """Begin a stream."""
    query, hub = cast(StreamQuery, call.query), call.services.hub
    return EventStream(hub, await hub.open(call.session, query.epoch, query.since))


class EventStream(Response):
    """Sends what is put into a stream until one of the sides ends it."""

    def __init__(self, hub: Hub, stream: Stream) -> None:
        # Not packed, and told to proxies: a buffer on the way would hold events back.
        super().__init__(
            status_code=HTTPStatus.OK,
            headers={"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"},
            media_type=MEDIA_TYPE,
        )
        del self.headers["content-length"]
        self._hub = hub
        self._stream = stream

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Send until the end."""
        sending = asyncio.create_task(self._send(scope.get(DIRECT_SEND, send)))
        leaving = asyncio.create_task(_gone(receive))
        self._stream.abandon = sending.cancel
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.close(self._stream)
            for task in (sending, leaving):
                task.cancel()
            with suppress(OSError):  # whoever listened has gone while something was sent
                for outcome in await asyncio.gather(sending, leaving, return_exceptions=True):
                    if isinstance(outcome, Exception):
                        raise outcome

    async def _send(self, send: Send) -> None:
        async def send_event(data: bytes) -> None:
            await send({"type": "http.response.body", "body": data, "more_body": True})

        stream = self._stream
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        while True:
            data = await stream.take()
            if stream.ended:
                break
            stream.send = None  # nothing may overtake what waits to be written
            await send_event(data)
            stream.send = send_event
        await send({"type": "http.response.body", "body": data, "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
