"""The pages on which somebody signs in with a browser, one step after the other."""

import secrets
from http import HTTPStatus

from starlette.responses import Response

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from sync.server.call import Call
from sync.server.handlers.forms import read_form
from sync.server.handlers.session import guess_of, tell_end
from sync.server.oauth import asked, pages
from sync.server.oauth.company import NotTheCompany
from sync.server.oauth.pictures import picture_of
from sync.server.oauth.steps import Step
from sync.server.sign_in.guessing import Guess
from sync.server.sign_in.second_factor import AlreadyEnrolled
from sync.server.sign_in.totp import address, key_text, new_secret
from sync.server.workspace_rules import WorkspaceRule

COOKIE = "agent_desktop_sign_in"
_TOO_OLD = (
    "This page is too old, or it was opened in another browser. Go back to Agent Desktop and sign in again."
)
_NOT_OURS = "This address does not come from Agent Desktop, so nothing was done."
_WRONG = "The e-mail address or the password is not right."
_WRONG_CODE = "The code is not right, or it was used already. Type the one that the app shows now."
_SET_UP_MEANWHILE = (
    "A second factor was set up for you meanwhile, and it was left as it is. Go back to Agent Desktop and sign in with"
    " a code of it."
)
_LONGEST_CODE = 40


async def begin(call: Call) -> Response:
    """The first page."""
    try:
        wanted = asked.read(dict(call.request.query_params))
    except asked.NotForUs:
        return pages.over("This does not lead anywhere", _NOT_OURS)
    if wanted.error:
        return pages.moved(wanted.back(call.issuer, error=wanted.error))
    cookie = secrets.token_urlsafe(32)
    step = call.services.steps.begin(wanted, cookie)
    name, secure = _cookie(call)
    # Lax and not Strict: the provider of the company sends the browser back.
    headers = {"Set-Cookie": f"{name}={cookie}; Path=/; HttpOnly; SameSite=Lax{secure}"}
    return await _ask_password(call, step, headers=headers)


async def go_on(call: Call) -> Response:
    """What was typed on one of the pages."""
    fields = await read_form(call.request)
    step = call.services.steps.open(fields.get("step", ""), _browser_of(call))
    if step is None:
        return pages.over("Sign in again", _TOO_OLD)
    match fields.get("do"):
        case "cancel":
            return pages.moved(step.asked.back(call.issuer, error="access_denied"))
        case "password":
            return await _password(call, step, fields)
        case "code" if step.user_id and not step.done:
            return await _code(call, step, fields.get("code", "")[:_LONGEST_CODE])
        case "enrol" if step.user_id and step.secret:
            return await _enrol(call, step, fields.get("code", "")[:_LONGEST_CODE])
        case "done" if step.user_id and step.done:
            return await _enrolled(call, step, others=fields.get("others") == "yes")
        case "change" if step.user_id and step.done and step.new_password:
            return await _change(call, step, fields)
        case "keep" if step.user_id and step.done:
            return await _finish(call, step)
    return pages.over("Sign in again", _TOO_OLD)


async def company(call: Call) -> Response:
    """Send the browser to the provider of the company."""
    services = call.services
    step = services.steps.open(call.request.query_params.get("step", ""), _browser_of(call))
    if step is None or services.company is None:
        return pages.over("Sign in again", _TOO_OLD)
    device_id = step.asked.device.id
    again = device_id is not None and bool(
        await services.workers.run(services.accounts.signed_in, [device_id])
    )
    step = step.but(nonce=secrets.token_urlsafe(24), verifier=secrets.token_urlsafe(48), again=again)
    try:
        to = await services.sign_in_workers.run(
            services.company.address, services.steps.seal(step), step.nonce, step.verifier, again
        )
    except NotTheCompany as error:
        return await _ask_password(call, step, problem=error.sentence, status=HTTPStatus.BAD_GATEWAY)
    return pages.moved(to)


async def company_back(call: Call) -> Response:
    """The browser is back from the provider of the company."""
    services, query = call.services, call.request.query_params
    step = services.steps.open(query.get("state", ""), _browser_of(call))
    if step is None or services.company is None or not step.nonce:
        return pages.over("Sign in again", _TOO_OLD)
    plain = step.but(nonce="", verifier="")
    try:
        known = await services.sign_in_workers.run(
            services.company.identify, dict(query), step.nonce, step.verifier, step.again
        )
        user_id = await services.workers.run(services.company.user_of, known)
    except NotTheCompany as error:
        return await _ask_password(call, plain, problem=error.sentence, status=HTTPStatus.FORBIDDEN)
    if user_id is None:
        # Whose account here has another address types that one.
        here = known.verified and await services.workers.run(services.accounts.is_called, known.link.email)
        return await _ask_password(call, plain.but(link=known.link, email=known.link.email if here else ""))
    return await _finish(call, plain.but(user_id=user_id, method="company", done=True))


async def done(call: Call) -> Response:
    """The end, without anything in the address."""
    hello = await call.services.workers.run(call.services.backend.hello)
    return pages.finished(hello.workspace)


def _cookie(call: Call) -> tuple[str, str]:
    """Its name, and what else it says: over TLS nobody but this host can set it (RFC 6265bis, 4.1.3)."""
    return (f"__Host-{COOKIE}", "; Secure") if call.issuer.startswith("https://") else (COOKIE, "")


def _browser_of(call: Call) -> str:
    return call.request.cookies.get(_cookie(call)[0], "")


# ----- steps


async def _password(call: Call, step: Step, fields: dict[str, str]) -> Response:
    services, email = call.services, fields.get("email", "")[:320]
    # Whatever an earlier password led to is not theirs whose password this is.
    wishes = {wish: fields.get(wish) == "yes" for wish in ("set_up", "new_password")}
    step = step.but(email=email, user_id="", done=False, secret=b"", **wishes)
    guess = await guess_of(services, email, call.address, step.asked.device.id)
    if refusal := await _too_often(call, guess):
        return await _ask_password(call, step, problem=refusal, status=HTTPStatus.TOO_MANY_REQUESTS)
    if services.guesses.spend(guess):
        services.tell_of_guessing(guess)
    user_id = await services.sign_in_workers.run(
        services.accounts.verified, email, fields.get("password", "")
    )
    if user_id is None:
        services.metrics.sign_in_refused()
        return await _ask_password(call, step, problem=_WRONG, status=HTTPStatus.UNAUTHORIZED)
    step = step.but(user_id=user_id)
    if await services.workers.run(services.accounts.second_factors.is_enrolled, user_id):
        services.guesses.half_right(guess)
        return pages.code(services.steps.seal(step), to=step.asked.origin)
    services.guesses.right(guess)
    demanded = await services.workers.run(services.accounts.rules.is_on, WorkspaceRule.SECOND_FACTOR)
    if step.set_up or demanded:
        return await _show_enrolment(call, step.but(secret=new_secret()))
    return await _proved(call, step.but(done=True))


async def _code(call: Call, step: Step, code: str) -> Response:
    services = call.services
    guess = await guess_of(services, step.email, call.address, step.asked.device.id)
    if refusal := await _too_often(call, guess):
        sealed = services.steps.seal(step)
        return pages.code(sealed, to=step.asked.origin, problem=refusal, status=HTTPStatus.TOO_MANY_REQUESTS)
    if services.guesses.spend(guess):
        services.tell_of_guessing(guess)
    if not await services.workers.run(services.accounts.second_factors.check, step.user_id, code):
        services.metrics.sign_in_refused()
        sealed = services.steps.seal(step)
        return pages.code(sealed, to=step.asked.origin, problem=_WRONG_CODE, status=HTTPStatus.UNAUTHORIZED)
    services.guesses.right(guess)
    return await _proved(call, step.but(done=True))


async def _enrol(call: Call, step: Step, code: str) -> Response:
    services = call.services
    try:
        codes = await services.workers.run(
            services.accounts.second_factors.enrol, step.user_id, step.secret, code
        )
    except AlreadyEnrolled:
        return pages.over("Sign in again", _SET_UP_MEANWHILE)
    if codes is None:
        return await _show_enrolment(call, step, _WRONG_CODE, HTTPStatus.UNAUTHORIZED)
    sealed = services.steps.seal(step.but(secret=b"", done=True))
    return pages.recovery(sealed, to=step.asked.origin, codes=codes)


async def _enrolled(call: Call, step: Step, *, others: bool) -> Response:
    """The recovery codes are kept: on, and perhaps away with what was signed in by a password alone."""
    services = call.services
    if others and not await _is_stale(call, step):
        for device_id in await services.workers.run(
            services.accounts.sign_out_everywhere, step.user_id, step.user_id, step.asked.device.id
        ):
            await tell_end(services, device_id)
    return await _proved(call, step)


async def _show_enrolment(
    call: Call, step: Step, problem: str = "", status: HTTPStatus = HTTPStatus.OK
) -> Response:
    services = call.services
    hello = await services.workers.run(services.backend.hello)
    picture = await services.workers.run(picture_of, address(step.secret, hello.workspace, step.email))
    return pages.enrolment(
        services.steps.seal(step),
        to=step.asked.origin,
        picture=picture,
        key=key_text(step.secret),
        problem=problem,
        status=status,
    )


async def _proved(call: Call, step: Step) -> Response:
    """Nothing more is to be proved: on to another password, if one is wanted, or back to the program."""
    return _ask_new_password(call, step) if step.new_password else await _finish(call, step)


def _ask_new_password(
    call: Call, step: Step, problem: str = "", status: HTTPStatus = HTTPStatus.OK
) -> Response:
    sealed = call.services.steps.seal(step)
    return pages.new_password(sealed, to=step.asked.origin, email=step.email, problem=problem, status=status)


async def _change(call: Call, step: Step, fields: dict[str, str]) -> Response:
    services, new = call.services, fields.get("password", "")
    if new != fields.get("again", ""):
        return _ask_new_password(call, step, pages.DIFFERENT, HTTPStatus.CONFLICT)

    def change() -> list[Id] | None:
        return services.accounts.choose_password(
            step.user_id,
            new,
            proved_at=step.since,
            device_id=step.asked.device.id,
            sign_out_others=fields.get("others") == "yes",
        )

    try:
        ended = await services.sign_in_workers.run(change)
    except InputError as error:
        return _ask_new_password(call, step, error.sentence, HTTPStatus.CONFLICT)
    if ended is None:
        return pages.over("Sign in again", _TOO_OLD)
    for device_id in ended:
        await tell_end(services, device_id)
    return await _finish(call, services.steps.renewed(step))


async def _finish(call: Call, step: Step) -> Response:
    services = call.services
    if await _is_stale(call, step):
        return pages.over("Sign in again", _TOO_OLD)
    if step.link is not None and services.company is not None:
        await services.workers.run(services.company.link, step.link, step.user_id)
    code = await services.workers.run(services.codes.make, step.user_id, step.asked, step.method)
    return pages.moved(step.asked.back(call.issuer, code=code))


async def _is_stale(call: Call, step: Step) -> bool:
    """Whether the password that was typed on the way is another one since."""
    accounts, workers = call.services.accounts, call.services.workers
    return step.method == "password" and await workers.run(
        accounts.password_changed_since, step.user_id, step.since
    )


async def _ask_password(
    call: Call,
    step: Step,
    problem: str = "",
    status: HTTPStatus = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> Response:
    services = call.services
    hello = await services.workers.run(services.backend.hello)
    demanded = await services.workers.run(services.accounts.rules.is_on, WorkspaceRule.SECOND_FACTOR)
    return pages.sign_in(
        services.steps.seal(step),
        to=step.asked.origin,
        workspace=hello.workspace,
        device=step.asked.device.name,
        email=step.email or step.asked.email,
        company=services.company.name if services.company else "",
        linking=step.link.email if step.link else "",
        problem=problem,
        offer=not demanded,
        new_password=step.new_password or step.asked.new_password,
        status=status,
        headers=headers,
    )


async def _too_often(call: Call, guess: Guess) -> str:
    """Why this cannot be tried now; nothing when it can."""
    wait = call.services.guesses.wait(guess)
    if not wait:
        return ""
    call.services.metrics.sign_in_refused()
    if wait < 90:
        return f"That was too often. Try again in {max(1, round(wait))} seconds."
    return f"That was too often. Try again in {round(wait / 60)} minutes."
