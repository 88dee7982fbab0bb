"""Access that providers grant to mailboxes (OAuth 2.0 with PKCE): asked for in somebody's browser, kept here.

The code that the browser brings is exchanged by this server, and the grant never leaves it. Access tokens are renewed
before they end. A provider may give a new grant whenever the old one is used: it is kept before its token is.
"""

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec

from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from sync.channels.mail.providers import PROVIDERS, Grants, Provider
from sync.protocol.mail_accounts import MailGrantBegun
from sync.server.keys import NotSealedHere, ServerKey
from sync.server.mail.accounts import MailAccounts, Secret
from sync.server.oauth.fetch import NoAnswer, fetch_json
from sync.server.ports import NoAccess

EARLY: Final = timedelta(minutes=2)
"""So long before its end a token is renewed."""
BEGUN_FOR: Final = timedelta(minutes=10)
_PURPOSE = "mail grant step"
_SAYS_NO: Final = frozenset({400, 401, 403})
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_LONGEST = 20_000

Fetch = Callable[[str, Mapping[str, str]], dict[str, Any]]
"""The answer to posting a form. Raises NoAnswer."""


@dataclass(frozen=True, slots=True)
class Registration:
    """As what this server is known to a provider. Programs on people's computers have a secret that is none."""

    client_id: str
    client_secret: str = ""


class _Begun(msgspec.Struct, frozen=True):
    provider: str
    redirect: str
    verifier: str
    until: int


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    until: datetime


class MailGrants:
    """Asks providers. Its methods wait for them: not for the event loop."""

    def __init__(
        self,
        registrations: Mapping[str, Registration],
        key: ServerKey,
        clock: Clock,
        fetch: Fetch = fetch_json,
        providers: tuple[Provider, ...] = PROVIDERS,
    ) -> None:
        self._registrations = registrations
        self._key = key
        self._clock = clock
        self._fetch = fetch
        self._providers = providers
        self._accounts: MailAccounts | None = None
        self._tokens: dict[Id, _Token] = {}
        self._lock = threading.Lock()

    def serve(self, accounts: MailAccounts) -> None:
        """Where new grants are kept."""
        self._accounts = accounts

    def knows(self, provider: str) -> bool:
        """Whether this server is known to a provider."""
        return provider in self._registrations

    # ----- with somebody's browser

    def begin(self, channel_id: Id, provider: str, redirect: str, user: str) -> MailGrantBegun:
        """Where the browser goes. Raises InputError."""
        asked, own = self._grants_of(provider)
        if not _is_loopback(redirect):
            raise InputError("The browser can come back to a program on the same computer alone.")
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
        query = {
            "response_type": "code",
            "client_id": own.client_id,
            "redirect_uri": redirect,
            "scope": " ".join(asked.scopes),
            "state": state,
            "code_challenge": challenge.decode("ascii"),
            "code_challenge_method": "S256",
            **asked.extra,
        }
        if user:
            query["login_hint"] = user
        until = to_microseconds(self._clock.now() + BEGUN_FOR)
        begun = msgspec.json.encode(_Begun(provider, redirect, verifier, until))
        return MailGrantBegun(
            url=f"{asked.authorize}{'&' if '?' in asked.authorize else '?'}{urlencode(query)}",
            state=state,
            step=self._key.seal(_PURPOSE, begun, channel_id),
        )

    def finish(self, channel_id: Id, step: str, code: str) -> tuple[str, Secret]:
        """The provider, and what it grants for what the browser brought. Raises InputError."""
        try:
            begun = msgspec.json.decode(self._key.open(_PURPOSE, step, channel_id), type=_Begun)
        except (NotSealedHere, msgspec.DecodeError) as error:
            raise InputError("This sign-in was not begun here. Begin again.") from error
        if begun.until < to_microseconds(self._clock.now()):
            raise InputError("This sign-in was begun too long ago. Begin again.")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": begun.redirect,
            "code_verifier": begun.verifier,
        }
        try:
            answer = self._ask(begun.provider, form)
        except NoAnswer as error:
            raise InputError("The provider did not grant access. Try again.", str(error)) from error
        grant = answer.get("refresh_token")
        if not _is_token(grant):
            raise InputError(
                "The provider granted access for an hour only. Remove Agent Desktop from the programs that may use your"
                " account there, and begin again."
            )
        return begun.provider, Secret(grant=str(grant))

    # ----- tokens

    def token(self, channel_id: Id, provider: str, grant: str, renew: bool) -> str:
        """An access token for a channel. Raises NoAccess or OSError."""
        with self._lock:
            known = self._tokens.get(channel_id)
            if known is not None and not renew and self._clock.now() < known.until - EARLY:
                return known.value
            return self._renewed(channel_id, provider, grant).value

    def forget(self, channel_id: Id) -> None:
        """The account of a channel was changed."""
        with self._lock:
            self._tokens.pop(channel_id, None)

    def _renewed(self, channel_id: Id, provider: str, grant: str) -> _Token:
        try:
            answer = self._ask(provider, {"grant_type": "refresh_token", "refresh_token": grant})
        except InputError as error:
            raise NoAccess(error.sentence) from error
        except NoAnswer as error:
            if error.status not in _SAYS_NO:
                raise OSError("the provider did not answer") from error
            # Another process may have used this grant, and keeps the one that came for it.
            newer = self._newer(channel_id, grant)
            if newer is not None:
                return self._renewed(channel_id, provider, newer)
            self._tokens.pop(channel_id, None)
            raise NoAccess(
                "The provider no longer grants access to this mailbox. Sign in with it again; until then mail waits"
                " there, and replies wait here."
            ) from error
        value, lasts = answer.get("access_token"), answer.get("expires_in", 3_600)
        if not _is_token(value):
            raise OSError("the provider gave no token")
        new = answer.get("refresh_token")
        if _is_token(new) and new != grant and self._accounts is not None:
            self._accounts.keep_grant(channel_id, grant, str(new))
        seconds = lasts if isinstance(lasts, int) and 0 < lasts <= 86_400 else 3_600
        made = self._tokens[channel_id] = _Token(str(value), self._clock.now() + timedelta(seconds=seconds))
        return made

    def _newer(self, channel_id: Id, grant: str) -> str | None:
        if self._accounts is None:
            return None
        kept = self._accounts.secret_of(channel_id).grant
        return kept if kept and kept != grant else None

    def _ask(self, provider: str, form: dict[str, str]) -> dict[str, Any]:
        asked, own = self._grants_of(provider)
        form = {**form, "client_id": own.client_id}
        if own.client_secret:
            form["client_secret"] = own.client_secret
        return self._fetch(asked.token, form)

    def _grants_of(self, name: str) -> tuple[Grants, Registration]:
        found = next((one for one in self._providers if one.name == name), None)
        own = self._registrations.get(name)
        if found is None or found.grants is None:
            raise InputError("This provider is not known here.")
        if own is None:
            raise InputError(
                f"Agent Desktop is not registered with {found.title} here. The manual for servers says how;"
                " some mailboxes take a password for programs instead."
            )
        return found.grants, own


def _is_loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme == "http"
            and parts.hostname in _LOOPBACK
            and parts.port is not None
            and not parts.username
        )
    except ValueError:
        return False


def _is_token(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isascii() and value.isprintable()
