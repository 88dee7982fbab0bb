"""The page that somebody opens who was invited: they choose a password, and are then known here."""

from html import escape
from http import HTTPStatus
from typing import Annotated, cast

import msgspec
from starlette.responses import Response

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.workspace import User
from agent_desktop.store.rows import SqlRows
from sync.server.call import Call
from sync.server.handlers.forms import read_form
from sync.server.oauth import pages
from sync.server.sign_in import invitations

_LONGEST = 200
_NOT_GOOD = (
    "This link is not good any longer: it was used already, it has expired, or it was withdrawn. Ask whoever invited"
    " you for a new one."
)


class InvitedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the link."""

    token: Annotated[str, msgspec.Meta(max_length=_LONGEST)] = ""


async def begin(call: Call) -> Response:
    """Ask for a password, if the link is good."""
    token = cast(InvitedQuery, call.query).token
    email = await call.services.workers.run(_email_of, call, token)
    return _over() if email is None else await _form(call, token, email)


async def accept(call: Call) -> Response:
    """Take the password that was typed twice."""
    fields = await read_form(call.request)
    token, password = fields.get("token", "")[:_LONGEST], fields.get("password", "")
    email = await call.services.workers.run(_email_of, call, token)
    if email is None:
        return _over()
    if password != fields.get("again", ""):
        return await _form(call, token, email, pages.DIFFERENT)
    try:
        taken = await call.services.sign_in_workers.run(_take, call, token, password)
    except InputError as error:
        return await _form(call, token, email, error.sentence)
    if not taken:
        return _over()
    call.services.tell_sessions()
    hello = await call.services.workers.run(call.services.backend.hello)
    body = (
        f"<h1>Welcome to {escape(hello.workspace or 'Agent Desktop')}</h1>"
        f"<p>Your password is set. Open Agent Desktop, choose “Connect to a server”, and type this address:</p>"
        f"<p><code>{escape(call.issuer)}</code></p><p class=quiet>Then sign in as {escape(email)}.</p>"
    )
    return pages.page("Welcome", body)


def _email_of(call: Call, token: str) -> str | None:
    """For whom the link is; None where it is not good."""
    store = call.services.backend.store
    with store.database.read() as connection:
        found = invitations.good(connection, token, call.services.clock.now())
        user = None if found is None else SqlRows(connection, store.schema.tables).get(User, found[1])
    return None if user is None else user.email or user.name


def _take(call: Call, token: str, password: str) -> bool:
    """Set the password and use the link up; False when somebody was quicker. Raises InputError in words."""
    services = call.services
    store, now = services.backend.store, services.clock.now()
    with store.database.read() as connection:
        found = invitations.good(connection, token, now)
    if found is None:
        return False
    services.accounts.check_password(password, services.accounts.names_of(found[1]))
    with store.database.write() as sql:
        found = invitations.good(sql, token, now)
        if found is None:
            return False
        invitation_id, user_id = found
        # Used up first: a crash before the password is set costs a new link, and never leaves one that is good.
        invitations.use_up(sql, invitation_id, now)
        audit = services.backend.store.audit
        audit.record(sql, now, user_id, None, AuditAction.INVITATION_ACCEPTED, invitation_id)
    services.accounts.set_password(user_id, password, by=user_id)
    return True


async def _form(call: Call, token: str, email: str, problem: str = "") -> Response:
    hello = await call.services.workers.run(call.services.backend.hello)
    said = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    body = (
        f"<h1>Join {escape(hello.workspace or 'Agent Desktop')}</h1>"
        f"<p class=quiet>You were invited as {escape(email)}. Choose a password of at least ten characters; a few words"
        f' in a row are easy to remember and hard to guess.</p>{said}<form method="post" action="/invite">'
        f'<input type="hidden" name="token" value="{escape(token)}">'
        f'<input type="hidden" name="username" autocomplete="username" value="{escape(email)}">'
        '<label for="password">Password</label><input id="password" name="password" type="password"'
        ' autocomplete="new-password" required minlength="10" maxlength="1024" autofocus>'
        '<label for="again">Once more</label><input id="again" name="again" type="password"'
        ' autocomplete="new-password" required minlength="10" maxlength="1024">'
        "<button>Set the password</button></form>"
    )
    return pages.page("Join", body)


def _over() -> Response:
    return pages.over("This link does not lead anywhere", _NOT_GOOD, HTTPStatus.NOT_FOUND)
