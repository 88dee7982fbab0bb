"""The endpoints that programs call: tokens, their revocation, and what the server says of both."""

from http import HTTPStatus

import msgspec
from starlette.responses import Response

from sync.protocol.messages import DeviceFacts, OAuthMetadata
from sync.server.call import JSON, Call, answer
from sync.server.handlers.forms import read_form
from sync.server.handlers.session import tell_end
from sync.server.oauth.asked import CLIENT_ID
from sync.server.sign_in.accounts import token_answer
from sync.server.sign_in.sign_ins import Reused

LONGEST = 200
_SENTENCE = "Sign in again, so that the server knows this computer. What you did is kept and sent afterwards."


class _OAuthProblem(msgspec.Struct, frozen=True, kw_only=True):
    """An error as OAuth 2.0 has it (RFC 6749, 5.2), and as the other routes have it."""

    error: str
    error_description: str
    code: str
    sentence: str


async def token(call: Call) -> Response:
    """Tokens for a code, or for a refresh token."""
    fields, services = await read_form(call.request), call.services
    if fields.get("client_id", CLIENT_ID) != CLIENT_ID:
        return _refused("invalid_client", "no such client")
    facts = _facts(fields)
    match fields.get("grant_type"):
        case "authorization_code":
            code, verifier = fields.get("code", ""), fields.get("code_verifier", "")
            if not 0 < len(code) <= LONGEST:
                return _refused("invalid_request", "code")
            exchanged = await services.workers.run(
                services.codes.exchange, code, verifier, fields.get("redirect_uri", "")
            )
            result = (
                exchanged if exchanged is None or isinstance(exchanged, Reused) else token_answer(exchanged)
            )
        case "refresh_token":
            shown, attempt = fields.get("refresh_token", ""), fields.get("attempt", "")
            if not 0 < len(shown) <= LONGEST or len(attempt) > LONGEST:
                return _refused("invalid_request", "refresh_token")
            result = await services.workers.run(services.accounts.renew, shown, attempt, facts)
        case _:
            return _refused("unsupported_grant_type", "grant_type")
    if isinstance(result, Reused):
        await tell_end(services, result.device_id)
    if result is None or isinstance(result, Reused):
        services.metrics.sign_in_refused()
        return _refused("invalid_grant", "not good, or no longer")
    return answer(call.request, result)


async def revoke(call: Call) -> Response:
    """Sign out whoever holds a token; whether there is one is not said (RFC 7009)."""
    fields, services = await read_form(call.request), call.services
    shown = fields.get("token", "")
    if 0 < len(shown) <= LONGEST:
        device_id = await services.workers.run(services.accounts.sign_ins.end_token, shown)
        if device_id is not None:
            await tell_end(services, device_id)
    return Response(b"{}", HTTPStatus.OK, {"Cache-Control": "no-store"}, JSON)


async def metadata(call: Call) -> Response:
    """What a client may ask for, and where (RFC 8414)."""
    issuer = call.issuer
    return answer(
        call.request,
        OAuthMetadata(
            issuer=issuer,
            authorization_endpoint=f"{issuer}/oauth/authorize",
            token_endpoint=f"{issuer}/oauth/token",
            revocation_endpoint=f"{issuer}/oauth/revoke",
            response_types_supported=["code"],
            grant_types_supported=["authorization_code", "refresh_token"],
            code_challenge_methods_supported=["S256"],
            token_endpoint_auth_methods_supported=["none"],
            revocation_endpoint_auth_methods_supported=["none"],
            authorization_response_iss_parameter_supported=True,
        ),
    )


def _facts(fields: dict[str, str]) -> DeviceFacts:
    """What the device says of itself, as far as it can be believed at all."""
    pending = fields.get("pending", "")
    return DeviceFacts(
        os=_printable(fields.get("os", ""), 100),
        version=_printable(fields.get("version", ""), 50),
        pending=int(pending) if pending.isascii() and pending.isdecimal() and len(pending) <= 9 else None,
    )


def _printable(text: str, longest: int) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:longest]


def _refused(error: str, description: str) -> Response:
    problem = _OAuthProblem(error=error, error_description=description, code=error, sentence=_SENTENCE)
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(problem), HTTPStatus.BAD_REQUEST, headers, JSON)
