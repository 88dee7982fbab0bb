"""Signing in and out."""

from http import HTTPStatus
from typing import cast

from starlette.responses import Response

from sync.protocol.messages import SignInRequest
from sync.server.call import Call, answer
from sync.server.refusals import too_often, wrong_password


async def sign_in(call: Call) -> Response:
    """A token for a device. Only failures count against the rate: an office may share one address."""
    request, services = cast(SignInRequest, call.body), call.services
    account = request.email.strip().lower()
    wait = max(services.failures.wait(account), services.address_failures.wait(call.address))
    if wait:
        services.metrics.sign_in_refused()
        raise too_often(wait)
    # Spent before the password is checked, or many at once would all find a token there.
    services.failures.spend(account)
    services.address_failures.spend(call.address)
    signed_in = await services.sign_in_workers.run(services.accounts.sign_in, request)
    if signed_in is None:
        services.metrics.sign_in_refused()
        raise wrong_password()
    services.failures.give_back(account)
    services.address_failures.give_back(call.address)
    return answer(call.request, signed_in)


async def sign_out(call: Call) -> Response:
    """The token that was used is good no longer."""
    services, device_id = call.services, call.session.device_id

    def work() -> None:
        services.accounts.sign_out(device_id)
        services.tell_sessions()

    await services.workers.run(work)
    services.hub.end_device(device_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)
