"""The ASGI application: each route with the checks that all have in common."""

import logging
from http import HTTPStatus
from typing import cast

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from agent_desktop.domain.errors import StoreError
from sync.protocol.messages import PROTOCOL_VERSION
from sync.protocol.orders import ORDERS_HEADER
from sync.server import openapi
from sync.server.body import convert, read_struct
from sync.server.call import JSON, Call, guarded, problem
from sync.server.handlers.listening import DIRECT_SEND
from sync.server.judge import InvalidPush
from sync.server.logs import log
from sync.server.refusals import (
    Refusal,
    forbidden,
    invalid,
    malformed,
    not_found,
    not_signed_in,
    unavailable,
)
from sync.server.route import Raw, Route
from sync.server.routes import ROUTES
from sync.server.services import Services
from sync.server.sign_in.accounts import Session
from sync.server.sign_in.guessing import network_of

PROTOCOL_HEADER = "Agent-Desktop-Protocol"
OLDEST_PROTOCOL = 1
DOCUMENT_PATH = "/v1/openapi.json"
_log = logging.getLogger("agent_desktop.server")
_LONGEST_TOKEN = 200
_NOT_LET_IN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)


def make_app(services: Services) -> ASGIApp:
    """The application of one process."""
    app = _routed(services)

    async def with_direct_send(scope: Scope, receive: Receive, send: Send) -> None:
        scope[DIRECT_SEND] = send
        await app(scope, receive, send)

    return with_direct_send


def _routed(services: Services) -> Starlette:
    description = msgspec.json.encode(openapi.document())

    async def describe(request: Request) -> Response:
        return guarded(Response(description, media_type=JSON))

    routes = [StarletteRoute(DOCUMENT_PATH, describe)]
    for path in dict.fromkeys(route.path for route in ROUTES):
        here = {route.method: route for route in ROUTES if route.path == path}
        routes.append(StarletteRoute(path, _Endpoint(services, here).answer, methods=list(here)))
    return Starlette(
        routes=routes,
        exception_handlers={HTTPException: _not_routed},
    )


async def _not_routed(request: Request, error: Exception) -> Response:
    status = HTTPStatus(cast(HTTPException, error).status_code)
    refusal = not_found() if status is HTTPStatus.NOT_FOUND else Refusal(status, "not_routed", status.phrase)
    response = problem(refusal)
    response.headers.update(cast(HTTPException, error).headers or {})
    return guarded(response)


class _Endpoint:
    """What is at one path, by method."""

    def __init__(self, services: Services, routes: dict[str, Route]) -> None:
        self._services = services
        self._routes = routes

    async def answer(self, request: Request) -> Response:
        """Answer a request, whatever happens."""
        services = self._services
        route = self._routes.get(request.method)
        if route is None:  # HEAD, which comes with every GET
            return guarded(
                problem(Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "not_routed", "Method Not Allowed"))
            )
        begun = services.monotonic()
        session: Session | None = None
        try:
            _check_protocol(request)
            session = await self._session(request, route)
            await self._check_wipe(route, session)
            response = await self._handle(request, route, session)
        except Refusal as refusal:
            response = problem(refusal)
        except PermissionError:
            response = problem(forbidden("This client belongs to another user."))
        except InvalidPush:
            response = problem(invalid("operations: no client of ours sends these"))
        except StoreError as error:
            log(_log, "the database does not answer", logging.WARNING, detail=error.detail)
            response = problem(unavailable())
        except ClientDisconnect:
            response = problem(malformed())  # nobody reads it
        except Exception:  # noqa: BLE001 - a border: a defect is logged and answered, and the process goes on
            _log.exception("a request failed")
            response = problem(
                Refusal(
                    HTTPStatus.INTERNAL_SERVER_ERROR,
                    "defect",
                    "A defect of the server stopped this request. What you did is kept; please report it.",
                )
            )
        response.headers[PROTOCOL_HEADER] = str(PROTOCOL_VERSION)
        if session is not None and session.to_wipe:
            response.headers[ORDERS_HEADER] = "ask"
        seconds = services.monotonic() - begun
        services.metrics.request(route.method, route.path, response.status_code, seconds)
        self._log(route, response.status_code, seconds, session)
        return guarded(response)

    async def _session(self, request: Request, route: Route) -> Session | None:
        if route.public:
            place = network_of(request.client.host) if request.client else ""
            self._services.requests.take(f"address {place}")
            return None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(token) <= _LONGEST_TOKEN:
            raise not_signed_in()
        sessions = self._services.sessions
        session = sessions.remembered(token) or await self._services.workers.run(sessions.find, token)
        if session is None:
            raise not_signed_in()
        self._services.requests.take(session.device_id)
        if route.permission is not None:
            actor = await self._services.workers.run(self._services.backend.actor, session.user_id)
            if not actor.may(route.permission):
                raise forbidden("Your role does not allow this.")
        return session

    async def _check_wipe(self, route: Route, session: Session | None) -> None:
        """Give a device that is to be wiped nothing but its orders, once it had time to hand over what waits there."""
        if session is None or not session.to_wipe or route.while_wiping:
            return
        if await self._services.workers.run(self._services.orders.refuses, session.device_id):
            raise forbidden("This computer is to be wiped: what is on it of this workspace is removed.")

    async def _handle(self, request: Request, route: Route, session: Session | None) -> Response:
        body: msgspec.Struct | None = None
        if not isinstance(route.body, Raw):
            body = await read_struct(request, route.body, self._services.limits)
        query = convert(dict(request.query_params), route.query)
        return await route.handle(Call(self._services, request, session, query, body))

    @staticmethod
    def _log(route: Route, status: int, seconds: float, session: Session | None) -> None:
        # What strangers ask is many and says little, but who was not let in is looked for afterwards.
        told = not route.public or status in _NOT_LET_IN
        log(
            _log,
            "request",
            logging.INFO if told else logging.DEBUG,
            method=route.method,
            route=route.path,
            status=status,
            milliseconds=round(seconds * 1_000, 1),
            user=session.user_id if session else None,
            device=session.device_id if session else None,
        )


def _check_protocol(request: Request) -> None:
    spoken = request.headers.get(PROTOCOL_HEADER)
    if spoken is None:
        return
    if not spoken.isascii() or not spoken.isdecimal() or len(spoken) > 9:
        raise malformed(f"{PROTOCOL_HEADER} must be a number.")
    if int(spoken) < OLDEST_PROTOCOL:
        raise Refusal(
            HTTPStatus.UPGRADE_REQUIRED,
            "update",
            "This version of Agent Desktop is too old for the server. Update it; what you did is kept.",
        )
