"""Why the server does not do what a request asks: a status, a word for programs, a sentence for people."""

from http import HTTPStatus

from sync.protocol.account import SIGN_IN_FIRST
from sync.protocol.messages import Problem


class Refusal(Exception):
    """Ends a request with a `Problem`. `retry_after` is in seconds; 0 says that waiting does not help."""

    def __init__(self, status: HTTPStatus, code: str, sentence: str, retry_after: float = 0.0) -> None:
        super().__init__(code)
        self.status = status
        self.problem = Problem(code=code, sentence=sentence)
        self.retry_after = retry_after


def not_signed_in() -> Refusal:
    """The token is missing, unknown or revoked."""
    return Refusal(HTTPStatus.UNAUTHORIZED, "sign_in", "Sign in again. What you wrote is kept.")


def wrong_password() -> Refusal:
    """The same words for an unknown user, a wrong password and a disabled account."""
    return Refusal(
        HTTPStatus.UNAUTHORIZED, "wrong_password", "The e-mail address or the password is not right."
    )


def wrong_current_password() -> Refusal:
    """Whoever is signed in typed a password that is not theirs. No 401: their sign-in is as good as before."""
    return Refusal(
        HTTPStatus.FORBIDDEN, "wrong_password", "The current password is not right. Nothing was changed."
    )


def code_needed(wrong: bool) -> Refusal:
    """The password is right; the second factor is missing."""
    words = (
        "The code is not right, or it was used already. Type the one that your app shows now."
        if wrong
        else "Type the code that your app for codes shows now, or a recovery code."
    )
    return Refusal(HTTPStatus.UNAUTHORIZED, "second_factor", words)


def browser_only() -> Refusal:
    """The workspace wants nobody to type passwords into the program."""
    return Refusal(
        HTTPStatus.FORBIDDEN,
        "browser_only",
        "This workspace lets people sign in with the browser only. Choose “Sign in with your browser”.",
    )


def second_factor_demanded() -> Refusal:
    """The password is right, and alone it is too little here. A second factor is set up in the browser."""
    return Refusal(
        HTTPStatus.FORBIDDEN,
        "second_factor_demanded",
        "This workspace asks for a second factor, and you have none yet. Choose “Sign in with your browser”: it leads"
        " you through setting one up.",
    )


def sign_in_first() -> Refusal:
    """Whoever asks has signed in, but not just now. No 401: their sign-in is as good as before."""
    return Refusal(
        HTTPStatus.FORBIDDEN,
        SIGN_IN_FIRST,
        "To sign out another device, sign in on this one again first: so nobody else does it in your place. Nothing"
        " was changed.",
    )


def password_in_browser() -> Refusal:
    """The same workspace, where somebody wants to change theirs in the program."""
    return Refusal(
        HTTPStatus.FORBIDDEN,
        "browser_only",
        "In this workspace passwords are typed in the browser only. Choose “Change it in the browser”. Nothing was"
        " changed.",
    )


def forbidden(sentence: str = "You may not do this.") -> Refusal:
    """The user, or this client, may not do this."""
    return Refusal(HTTPStatus.FORBIDDEN, "forbidden", sentence)


def conflict(sentence: str) -> Refusal:
    """It cannot be done as things stand; the sentence says why, and what to do."""
    return Refusal(HTTPStatus.CONFLICT, "conflict", sentence)


def not_found(sentence: str = "There is nothing here.") -> Refusal:
    """It is not there, or this user may not know that it is."""
    return Refusal(HTTPStatus.NOT_FOUND, "not_found", sentence)


def malformed(sentence: str = "The request is cut or not JSON.") -> Refusal:
    """The body cannot be read at all."""
    return Refusal(HTTPStatus.BAD_REQUEST, "malformed", sentence)


def invalid(detail: str) -> Refusal:
    """The request can be read and is not one of ours. `detail` names the field, never its content."""
    return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", f"The request is not valid: {detail}.")


def too_large(sentence: str) -> Refusal:
    """More than the server takes at once."""
    return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", sentence)


def too_often(retry_after: float) -> Refusal:
    """A limit of requests was reached."""
    return Refusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too_often",
        "Too many requests. They are tried again in a moment.",
        retry_after,
    )


def busy(retry_after: float = 1.0) -> Refusal:
    """More waits than the server can do soon."""
    return Refusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "busy",
        "The server is busy. What you did is kept and sent in a moment.",
        retry_after,
    )


def unavailable() -> Refusal:
    """The database or the disk of the server does not work now."""
    return Refusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        "The server cannot reach its database. What you did is kept and sent later.",
        5.0,
    )
