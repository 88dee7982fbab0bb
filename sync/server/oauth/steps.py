"""Where somebody is on the way through the pages of signing in.

It travels sealed in the pages themselves, so that any process can take the next step, and is bound to the browser that
began by a cookie: a page that was copied elsewhere, or prepared by somebody else, leads nowhere.
"""

import hashlib
import hmac
from datetime import timedelta

import msgspec

from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.ids import Id
from sync.server.keys import NotSealedHere, ServerKey
from sync.server.oauth.asked import Asked

LASTS = timedelta(minutes=10)
_PURPOSE = "page of signing in"


class CompanyLink(msgspec.Struct, frozen=True, kw_only=True):
    """An account of the company's provider that nobody here is known by yet."""

    issuer: str
    subject: str
    email: str


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What is known so far. `user_id`: whose password was right. `secret`: of a second factor that is being set up.

    `done`: they have proved who they are. `new_password`: they want to choose another one before they go on. `link`
    becomes the user's once they have proved who they are.
    """

    asked: Asked
    browser: str
    since: int
    user_id: Id = ""
    email: str = ""
    set_up: bool = False
    new_password: bool = False
    secret: bytes = b""
    done: bool = False
    method: str = "password"
    link: CompanyLink | None = None
    again: bool = False
    """Whether this device is signed in, and its user is to prove once more who they are."""
    nonce: str = ""
    verifier: str = ""

    def but(self, **changes: object) -> "Step":
        """The same with changes."""
        return msgspec.structs.replace(self, **changes)


class Steps:
    """Begins, seals and opens."""

    def __init__(self, key: ServerKey, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def begin(self, asked: Asked, cookie: str) -> Step:
        """The first step of a browser."""
        return Step(asked=asked, browser=_browser(cookie), since=to_microseconds(self._clock.now()))

    def renewed(self, step: Step) -> Step:
        """The same step, from now on: what was proved before counts no less."""
        return step.but(since=to_microseconds(self._clock.now()))

    def seal(self, step: Step) -> str:
        """The step as text for a page or an address."""
        return self._key.seal(_PURPOSE, msgspec.json.encode(step))

    def open(self, sealed: str, cookie: str) -> Step | None:
        """The step; None when it is too old, of another browser, or none of ours."""
        try:
            step = msgspec.json.decode(self._key.open(_PURPOSE, sealed), type=Step)
        except (NotSealedHere, msgspec.MsgspecError):
            return None
        age = to_microseconds(self._clock.now()) - step.since
        if age > LASTS / timedelta(microseconds=1):
            return None
        return step if cookie and hmac.compare_digest(step.browser, _browser(cookie)) else None


def _browser(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()
