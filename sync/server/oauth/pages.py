"""The pages of signing in: plain HTML without scripts, light or dark as the system is, usable by keyboard and reader.

Everything that is not from this file is escaped where it is put in.
"""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from http import HTTPStatus

from starlette.responses import HTMLResponse, Response

_OTHERS = (
    '<label class="check"><input type="checkbox" name="others" value="yes" checked>'
    "<span>Sign out my other devices</span></label>"
)
DIFFERENT = "The two passwords are not the same. Type both again."
_STYLE = """
:root{color-scheme:light dark;--canvas:#f4f5f7;--surface:#fff;--border:#8a93a3;--line:#e3e6eb;--text:#1b2130;
--text2:#566070;--accent:#3d5af1;--on:#fff;--danger:#c62a2f;--danger-soft:#ffebec;--link:#2c45c9}
@media(prefers-color-scheme:dark){:root{--canvas:#12151b;--surface:#191d25;--border:#6a7486;--line:#2b313d;
--text:#e9ecf2;--text2:#a7b0bf;--accent:#7e96ff;--on:#12151b;--danger:#ff8589;--danger-soft:#41191d;--link:#afbdff}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;padding:24px;
background:var(--canvas);color:var(--text);font:15px/1.5 system-ui,sans-serif}
main{width:100%;max-width:420px;background:var(--surface);border:1px solid var(--line);border-radius:12px;
padding:28px 32px}
h1{font-size:22px;line-height:1.3;margin:0 0 4px}
p{margin:8px 0}
.quiet{color:var(--text2)}
label{display:block;margin:16px 0 4px;font-weight:600}
label.check{font-weight:400;display:flex;gap:8px;align-items:baseline;accent-color:var(--accent)}
input:not([type=checkbox]){width:100%;padding:9px 12px;font:inherit;color:inherit;background:transparent;
border:1px solid var(--border);border-radius:8px}
input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
button,.button{display:block;width:100%;margin:20px 0 0;padding:10px;font:inherit;font-weight:600;text-align:center;
border:0;border-radius:8px;background:var(--accent);color:var(--on);cursor:pointer;text-decoration:none}
.second{background:transparent;color:var(--link);border:1px solid var(--border);margin-top:12px}
a{color:var(--link)}
.problem{background:var(--danger-soft);color:var(--danger);border-radius:8px;padding:10px 12px;margin:16px 0 0}
code{font:15px/1.6 ui-monospace,monospace;overflow-wrap:anywhere}
.codes{columns:2;list-style:none;padding:0;margin:12px 0}
.picture{background:#fff;padding:12px;border-radius:8px;display:block;width:fit-content;margin:16px auto}
.picture svg{display:block}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode("ascii")


def page(
    title: str,
    body: str,
    *,
    to: str = "",
    status: HTTPStatus = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> HTMLResponse:
    """A page. `body` is HTML made here; `to` is the origin that its form may lead to, besides this server."""
    content = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{body}</main></body></html>"
    )
    return HTMLResponse(content, status, {**guarded(to), **(headers or {})})


def guarded(to: str = "") -> dict[str, str]:
    """What every answer to a browser says about itself: it is kept nowhere, framed by nobody, and runs nothing."""
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'{f' {to}' if to else ''};"
        " frame-ancestors 'none'; base-uri 'none'"
    )
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def moved(to: str) -> Response:
    """Send the browser elsewhere."""
    return Response(status_code=HTTPStatus.SEE_OTHER, headers={**guarded(), "Location": to})


def _problem(sentence: str) -> str:
    return f'<p class="problem" role="alert">{escape(sentence)}</p>' if sentence else ""


def _form(step: str, what: str, fields: str, button: str, more: str = "") -> str:
    return (
        f'<form method="post" action="/oauth/authorize"><input type="hidden" name="step" value="{escape(step)}">'
        f'<input type="hidden" name="do" value="{escape(what)}">{fields}'
        f"<button>{escape(button)}</button></form>{more}"
    )


def sign_in(
    step: str,
    *,
    to: str,
    workspace: str,
    device: str,
    email: str,
    company: str = "",
    linking: str = "",
    problem: str = "",
    offer: bool = True,
    new_password: bool = False,
    status: HTTPStatus = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> HTMLResponse:
    """Ask for e-mail address and password. `company` is the name of a provider that may be used instead.

    `offer`: of a second factor. `new_password`: whether another password is wanted already.
    """
    focus_email, focus_password = ("", " autofocus") if email else (" autofocus", "")
    words = (
        f"<p>Your account of {escape(company)} (<b>{escape(linking)}</b>) is not known here yet. Sign in once with your"
        " password to connect the two.</p>"
        if linking
        else f'<p class="quiet">Agent Desktop on <b>{escape(device or "your computer")}</b> wants to sign in.</p>'
    )
    check = (
        '<label class="check"><input type="checkbox" name="set_up" value="yes">'
        "<span>Set up codes of an app as a second factor</span></label>"
        if offer
        else ""
    )
    checked = " checked" if new_password else ""
    check += (
        f'<label class="check"><input type="checkbox" name="new_password" value="yes"{checked}>'
        "<span>Choose another password</span></label>"
    )
    fields = (
        '<label for="email">E-mail</label>'
        f'<input id="email" name="email" type="email" autocomplete="username" required maxlength="320"'
        f' value="{escape(email)}"{focus_email}>'
        '<label for="password">Password</label>'
        '<input id="password" name="password" type="password" autocomplete="current-password" required'
        f' maxlength="1024"{focus_password}>{check}'
    )
    # A link and no form: the policy lets forms lead to this server and the program alone.
    other = (
        f'<a class="button second" href="/oauth/company?step={escape(step)}">Sign in with {escape(company)}</a>'
        if company and not linking
        else ""
    )
    body = (
        f"<h1>Sign in to {escape(workspace or 'Agent Desktop')}</h1>{words}{_problem(problem)}"
        + _form(step, "password", fields, "Sign in", other)
        + _form(step, "cancel", "", "Cancel").replace("<button>", '<button class="second">')
    )
    return page("Sign in", body, to=to, status=status, headers=headers)


def code(step: str, *, to: str, problem: str = "", status: HTTPStatus = HTTPStatus.OK) -> HTMLResponse:
    """Ask for a code of the second factor."""
    fields = (
        '<label for="code">Code</label><input id="code" name="code" autocomplete="one-time-code" required autofocus'
        ' maxlength="40" spellcheck="false" autocapitalize="characters">'
    )
    body = (
        "<h1>One more step</h1><p>Type the code that your app for codes shows now.</p>"
        '<p class="quiet">Without the app, type one of your recovery codes.</p>'
        f"{_problem(problem)}{_form(step, 'code', fields, 'Go on')}"
    )
    return page("One more step", body, to=to, status=status)


def enrolment(
    step: str, *, to: str, picture: str, key: str, problem: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HTMLResponse:
    """Show the secret of a new second factor and ask for its first code. `picture` is SVG made by this server."""
    groups = " ".join(key[at : at + 4] for at in range(0, len(key), 4))
    fields = (
        '<label for="code">Code that the app shows now</label><input id="code" name="code"'
        ' autocomplete="one-time-code" inputmode="numeric" required autofocus maxlength="10">'
    )
    body = (
        "<h1>Set up a second factor</h1><p>Scan this with an app for codes, such as the one your company uses.</p>"
        f'<span class="picture" role="img" aria-label="Picture of the key below">{picture}</span>'
        f'<p class="quiet">Or type this key into the app:<br><code>{escape(groups)}</code></p>'
        f"{_problem(problem)}{_form(step, 'enrol', fields, 'Go on')}"
    )
    return page("Set up a second factor", body, to=to, status=status)


def recovery(step: str, *, to: str, codes: Iterable[str]) -> HTMLResponse:
    """Show the recovery codes, this once."""
    items = "".join(f"<li><code>{escape(code)}</code></li>" for code in codes)
    body = (
        "<h1>Keep these recovery codes</h1><p>Each lets you in once when you do not have your app. Print them or keep"
        " them where you keep passwords: they are shown only now.</p>"
        f'<ul class="codes">{items}</ul>{_form(step, "done", _OTHERS, "I have kept them")}'
    )
    return page("Recovery codes", body, to=to)


def new_password(
    step: str, *, to: str, email: str, problem: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HTMLResponse:
    """Ask for another password, of somebody who has just proved who they are."""
    fields = (
        f'<input type="hidden" name="username" autocomplete="username" value="{escape(email)}">'
        '<label for="password">New password</label><input id="password" name="password" type="password"'
        ' autocomplete="new-password" required minlength="10" maxlength="1024" autofocus>'
        '<label for="again">Once more</label><input id="again" name="again" type="password"'
        ' autocomplete="new-password" required minlength="10" maxlength="1024">'
        f"{_OTHERS}"
    )
    body = (
        "<h1>Choose another password</h1><p>At least ten characters; a few words in a row are easy to remember and"
        " hard to guess.</p>"
        f"{_problem(problem)}{_form(step, 'change', fields, 'Change password')}"
        + _form(step, "keep", "", "Keep the one I have").replace("<button>", '<button class="second">')
    )
    return page("Choose another password", body, to=to, status=status)


def over(title: str, sentence: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> HTMLResponse:
    """Nothing can be done here any more."""
    return page(title, f"<h1>{escape(title)}</h1><p>{escape(sentence)}</p>", status=status)


def finished(workspace: str) -> HTMLResponse:
    """What the browser shows at the end."""
    return page(
        "Signed in",
        f"<h1>You are signed in to {escape(workspace or 'Agent Desktop')}</h1>"
        "<p>Go back to Agent Desktop. You can close this window.</p>",
    )
