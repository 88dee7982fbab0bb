"""One request on its way: what was asked, by whom, and how its answer is made."""

import gzip
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sync.server.refusals import Refusal, not_signed_in
from sync.server.services import Services
from sync.server.sign_in.accounts import Session

JSON = "application/json"
MESSAGE_PACK = "application/msgpack"
_WORTH_PACKING = 1_400
"""Answers of fewer bytes fit one packet anyway."""
_GUARDS = (
    (
        b"content-security-policy",
        b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was checked. `query` and `body` are of the types that its route names."""

    services: Services
    request: Request
    known: Session | None
    query: msgspec.Struct
    body: msgspec.Struct | None

    @property
    def session(self) -> Session:
        """Who asks. Raises a refusal where nobody is signed in."""
        if self.known is None:
            raise not_signed_in()
        return self.known

    @property
    def address(self) -> str:
        """Where it comes from."""
        return self.request.client.host if self.request.client else ""

    @property
    def issuer(self) -> str:
        """What this server calls itself towards whoever asks (RFC 8414, 2)."""
        return self.services.public_url or f"{self.request.url.scheme}://{self.request.url.netloc}"


Handler = Callable[[Call], Awaitable[Response]]


def in_pool(work: Callable[[Call], msgspec.Struct | None]) -> Handler:
    """A handler that does all of its work, and makes the bytes of its answer, on a thread."""

    async def handle(call: Call) -> Response:
        return await call.services.workers.run(lambda: answer(call.request, work(call)))

    return handle


def answer(request: Request, value: msgspec.Struct | None) -> Response:
    """A value as JSON, or MessagePack for who asks for it, packed where the client takes it; None: without content."""
    if value is None:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    media_type = MESSAGE_PACK if MESSAGE_PACK in request.headers.get("accept", "") else JSON
    body = msgspec.json.encode(value) if media_type == JSON else msgspec.msgpack.encode(value)
    headers = {"Vary": "Accept, Accept-Encoding", "Cache-Control": "no-store"}
    if len(body) >= _WORTH_PACKING and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, compresslevel=1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=media_type, headers=headers)


def problem(refusal: Refusal) -> Response:
    """A refusal as the client reads it."""
    headers = {"Cache-Control": "no-store"}
    if refusal.retry_after:
        headers["Retry-After"] = str(max(1, round(refusal.retry_after)))
    if refusal.status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(msgspec.json.encode(refusal.problem), refusal.status, headers, JSON)


def guarded(response: Response) -> Response:
    """The same, saying to browsers that it is to be taken for nothing else; pages say so in words of their own."""
    said = {name for name, _ in response.raw_headers}
    response.raw_headers.extend(guard for guard in _GUARDS if guard[0] not in said)
    return response
