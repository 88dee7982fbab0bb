"""For those who run the server: health, metrics, and its own description."""

import asyncio
from http import HTTPStatus

from starlette.responses import Response

from sync.server.call import JSON, Call
from sync.server.mail.backlog import Waiting, backlog
from sync.server.metrics import CONTENT_TYPE
from sync.server.refusals import unavailable

PATIENCE_SECONDS = 3.0


async def health(call: Call) -> Response:
    """Whether the database answers, and in time."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await call.services.workers.run(call.services.backend.hello)
    except TimeoutError as error:
        raise unavailable() from error
    return Response('{"status":"ok"}', HTTPStatus.OK, {"Cache-Control": "no-store"}, JSON)


async def metrics(call: Call) -> Response:
    """What is counted."""
    services = call.services
    outbound, mails = await services.workers.run(_counted, call)
    gauges = {
        "head_version": services.hub.head,
        "streams": len(services.hub.streams),
        "threads_taken": services.workers.taken,
    }
    return Response(services.metrics.text(gauges, outbound, mails), HTTPStatus.OK, None, CONTENT_TYPE)


def _counted(call: Call) -> tuple[dict[str, int], dict[str, Waiting]]:
    services = call.services
    with services.backend.store.database.read() as connection:
        states = connection.execute("SELECT state, count(*) FROM outbound GROUP BY state").fetchall()
        return dict(states), backlog(connection, services.clock.now())
