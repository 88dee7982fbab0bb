"""Signing in with a password typed into the program, signing out, and the devices of whoever asks."""

from http import HTTPStatus
from typing import cast

from starlette.responses import Response

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import compared
from sync.protocol.account import PasswordChange
from sync.protocol.messages import Devices, SignInRequest
from sync.server.call import Call, answer
from sync.server.handlers.paths import id_in
from sync.server.refusals import (
    browser_only,
    code_needed,
    conflict,
    not_found,
    password_in_browser,
    second_factor_demanded,
    sign_in_first,
    too_often,
    wrong_current_password,
    wrong_password,
)
from sync.server.services import Services
from sync.server.sign_in.accounts import CodeNeeded, FactorDemanded, Session
from sync.server.sign_in.devices import devices_of
from sync.server.sign_in.guessing import Guess
from sync.server.workspace_rules import WorkspaceRule


async def sign_in(call: Call) -> Response:
    """Tokens for a device."""
    request, services = cast(SignInRequest, call.body), call.services
    if await services.workers.run(services.accounts.rules.is_on, WorkspaceRule.BROWSER_ONLY):
        raise browser_only()
    guess = await guess_of(services, request.email, call.address, request.about.id)
    take(services, guess)
    result = await services.sign_in_workers.run(services.accounts.sign_in, request)
    if result is None or (isinstance(result, CodeNeeded) and result.wrong):
        services.metrics.sign_in_refused()
        raise wrong_password() if result is None else code_needed(wrong=True)
    if isinstance(result, CodeNeeded):
        services.guesses.half_right(guess)
        raise code_needed(wrong=False)
    if isinstance(result, FactorDemanded):
        services.guesses.half_right(guess)
        raise second_factor_demanded()
    services.guesses.right(guess)
    return answer(call.request, result)


async def guess_of(services: Services, email: str, address: str, device_id: str | None) -> Guess:
    """An attempt: from a device that this account has used, or from anywhere."""
    known = device_id is not None and await services.workers.run(
        services.accounts.has_device, email, device_id
    )
    return Guess(compared(email), address, device_id if known and device_id is not None else "")


def take(services: Services, guess: Guess) -> None:
    """Count an attempt before it is looked at. Raises a refusal where it has to wait."""
    if wait := services.guesses.wait(guess):
        services.metrics.sign_in_refused()
        raise too_often(wait)
    if services.guesses.spend(guess):
        services.tell_of_guessing(guess)


async def sign_out(call: Call) -> Response:
    """The tokens of this device are good no longer."""
    services, session = call.services, call.session
    await services.workers.run(services.accounts.sign_out, session.device_id, session.user_id)
    await tell_end(services, session.device_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def tell_end(services: Services, device_id: str) -> None:
    """A device was signed out: its streams end, and every process looks again."""
    await services.workers.run(services.tell_sessions)
    services.hub.end_device(device_id)


async def change_password(call: Call) -> Response:
    """Another password for whoever asks and knows the one of now."""
    change, services, session = cast(PasswordChange, call.body), call.services, call.session
    if await services.workers.run(services.accounts.rules.is_on, WorkspaceRule.BROWSER_ONLY):
        raise password_in_browser()
    email = await services.workers.run(services.accounts.email_of, session.user_id)
    guess = Guess(email, call.address, session.device_id)
    take(services, guess)
    try:
        ended = await services.sign_in_workers.run(_changed, services, session, change)
    except InputError as error:
        services.guesses.right(guess)
        raise conflict(error.sentence) from error
    if ended is None:
        raise wrong_current_password()
    services.guesses.right(guess)
    for device_id in ended:
        await tell_end(services, device_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _changed(services: Services, session: Session, change: PasswordChange) -> list[Id] | None:
    return services.accounts.change_password(
        session, change.current, change.new, sign_out_others=change.sign_out_others
    )


# ----- devices


def devices(call: Call) -> Devices:
    """The devices of whoever asks."""
    services, session = call.services, call.session
    at = to_microseconds(services.clock.now())
    database = services.backend.store.database
    return Devices(devices=devices_of(database, session.user_id, session.device_id, at))


async def revoke_device(call: Call) -> Response:
    """Sign out a device of one's own: another one only for who has just signed in on theirs."""
    services, user_id = call.services, call.session.user_id
    device_id, asking = id_in(call, "device_id"), call.session.device_id
    fresh = device_id == asking or await services.workers.run(services.accounts.sign_ins.is_fresh, asking)
    if not fresh:
        raise sign_in_first()
    if not await services.workers.run(services.accounts.revoke_device, user_id, device_id, user_id):
        raise not_found("You have no such device.")
    await tell_end(services, device_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)
