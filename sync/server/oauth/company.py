"""Signing in with the account of one's company: this server is a party that relies on the company's OpenID provider.

Accounts are linked by issuer and subject alone. An e-mail address, even a verified one, is nobody's account: it lets in
who was invited by it. Everybody else proves with their password that the account here is theirs.
"""

import base64
import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.store.database import Statements
from sync.server.audit import AuditLog
from sync.server.database import ServerDatabase
from sync.server.logs import log
from sync.server.oauth.fetch import NoAnswer, fetch_json, is_safe
from sync.server.oauth.invited import take_invitation
from sync.server.oauth.steps import CompanyLink
from sync.server.sign_in.devices import sign_out_everywhere
from sync.server.sign_in.sign_ins import FRESH

KNOWN_FOR = timedelta(hours=1)
"""How long what the provider says of itself is remembered."""
NEW_KEYS_EVERY = timedelta(seconds=30)
"""How often an unknown key may make us ask for the provider's keys again."""
CALLBACK = "/oauth/company/cb"
_FRESH_SECONDS = int(FRESH.total_seconds())
_SKEW_SECONDS = 60
_SCOPES = "openid email profile"
_LONGEST_CODE = 2_048
_log = logging.getLogger("agent_desktop.server")

Fetch = Callable[[str, Mapping[str, str] | None, Mapping[str, str] | None], dict[str, Any]]
Invited = Callable[[Statements, str, int], Id | None]
"""The user whom somebody with this verified address becomes because they were invited, in this transaction; or None."""


class NotTheCompany(Exception):
    """The provider does not say who this is, or says no. `sentence` is for the person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyProvider:
    """An OpenID provider at which this server is known. `name` is what people call it."""

    issuer: str
    client_id: str
    client_secret: str
    name: str

    def __post_init__(self) -> None:
        if not is_safe(self.issuer) or not self.client_id or not self.name:
            raise InputError(
                "The company's provider needs an https address as its issuer, a client id and a name."
                " Nothing was started."
            )


@dataclass(frozen=True, slots=True)
class Known:
    """Whom the provider says somebody is. `verified`: it says that the e-mail address is theirs."""

    link: CompanyLink
    verified: bool


@dataclass(slots=True)
class _About:
    """What the provider says of itself, and when it was asked."""

    document: dict[str, Any]
    at: datetime
    keys: dict[str, Any]
    keys_at: datetime


class CompanySignIn:
    """Talks to the provider, and finds whose account it is. Its methods wait: not for the event loop."""

    def __init__(
        self,
        provider: CompanyProvider,
        public_url: str,
        database: ServerDatabase,
        clock: Clock,
        fetch: Fetch = fetch_json,
        invited: Invited = take_invitation,
    ) -> None:
        self._provider = provider
        self._back = public_url + CALLBACK
        self._database = database
        self._clock = clock
        self._fetch = fetch
        self._invited = invited
        self._audit = AuditLog()
        self._lock = threading.Lock()
        self._known: _About | None = None

    @property
    def name(self) -> str:
        """What people call the provider."""
        return self._provider.name

    def address(self, state: str, nonce: str, verifier: str, again: bool = False) -> str:
        """Where the browser goes; `again` asks the provider to look at the person anew, and not at its cookies.

        Raises NotTheCompany when the provider cannot be asked.
        """
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
        query = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self._back,
            "scope": _SCOPES,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.decode("ascii"),
            "code_challenge_method": "S256",
        }
        if again:
            query["max_age"] = str(_FRESH_SECONDS)
        endpoint = str(self._about().document["authorization_endpoint"])
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def identify(self, query: Mapping[str, str], nonce: str, verifier: str, again: bool = False) -> Known:
        """Whom the provider sent back. Raises NotTheCompany, also where it did not look anew and says so."""
        if query.get("iss", self._provider.issuer) != self._provider.issuer:
            raise self._no("another issuer answered")
        code = query.get("code", "")
        if "error" in query or not 0 < len(code) <= _LONGEST_CODE:
            raise NotTheCompany(f"{self.name} did not sign you in. Try again, or use your password here.")
        claims = self._claims(self._token(code, verifier), nonce)
        if again and self._is_long_ago(claims.get("auth_time")):
            raise NotTheCompany(
                f"{self.name} did not ask you who you are. Sign out there, then try again, or use your password here."
            )
        email = claims.get("email")
        return Known(
            CompanyLink(
                issuer=self._provider.issuer,
                subject=claims["sub"],
                email=email[:320] if isinstance(email, str) else "",
            ),
            # A text that says true is none.
            verified=claims.get("email_verified") is True and isinstance(email, str),
        )

    def user_of(self, known: Known) -> Id | None:
        """The user whose account it is; None when it is nobody's yet. Raises NotTheCompany for a disabled one."""
        now = self._clock.now()
        with self._database.write() as sql:
            found = sql.execute(
                'SELECT c.user_id, u.active FROM company_account c JOIN "user" u ON u.id = c.user_id'
                " WHERE c.issuer = ? AND c.subject = ?",
                (known.link.issuer, known.link.subject),
            ).fetchone()
            if found is not None:
                if not found[1]:
                    raise NotTheCompany("Your account here is disabled. Ask whoever runs Agent Desktop.")
                user_id: Id = found[0]
                return user_id
            if not known.verified:
                return None
            invited = self._invited(sql, known.link.email, to_microseconds(now))
            if invited is None:
                return None
            # Whatever was set up for this user before came from somebody who had proved nothing.
            for table in ("account", "second_factor", "recovery_code"):
                sql.execute(f"DELETE FROM {table} WHERE user_id = ?", (invited,))  # noqa: S608 - our names
            sign_out_everywhere(sql, invited, to_microseconds(now))
            self._link(sql, known.link, invited, now)
            return invited

    def link(self, link: CompanyLink, user_id: Id) -> None:
        """The account is this user's from now on: they have just proved who they are."""
        with self._database.write() as connection:
            self._link(connection, link, user_id, self._clock.now())

    def _link(self, sql: Statements, link: CompanyLink, user_id: Id, now: datetime) -> None:
        sql.execute(
            "INSERT INTO company_account (issuer, subject, user_id, linked_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (issuer, subject) DO NOTHING",
            (link.issuer, link.subject, user_id, to_microseconds(now)),
        )
        self._audit.record(
            sql, now, user_id, None, AuditAction.IDENTITY_LINKED, user_id, {"issuer": link.issuer}
        )

    # ----- the provider

    def _token(self, code: str, verifier: str) -> str:
        own = self._provider
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": verifier,
            "client_id": own.client_id,
        }
        secret = f"{quote(own.client_id, safe='')}:{quote(own.client_secret, safe='')}".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(secret).decode('ascii')}"}
        try:
            answer = self._fetch(str(self._about().document["token_endpoint"]), form, headers)
        except NoAnswer as error:
            raise self._no(f"token: {error}") from error
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise self._no("no id_token")
        return token

    def _is_long_ago(self, auth_time: object) -> bool:
        """Whether the provider says that it last looked at the person before that was asked for.

        One that says nothing does not know `max_age` (OpenID Connect Core, 3.1.2.1), and nobody knows better.
        """
        if not isinstance(auth_time, int | float):
            return False
        return auth_time < self._clock.now().timestamp() - _FRESH_SECONDS - _SKEW_SECONDS

    def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        # PyJWT and cryptography are loaded by the first who comes this way.
        from sync.server.oauth.id_token import NotGenuine, UnknownKey, verified

        def check(about: _About) -> dict[str, Any]:
            return verified(
                token,
                about.keys,
                issuer=self._provider.issuer,
                audience=self._provider.client_id,
                nonce=nonce,
                seconds=int(self._clock.now().timestamp()),
            )

        try:
            try:
                return check(self._about())
            except UnknownKey:
                return check(self._about(new_keys=True))
        except NotGenuine as error:
            raise self._no(f"id_token: {error}") from error

    def _about(self, new_keys: bool = False) -> _About:
        now = self._clock.now()
        with self._lock:
            known = self._known
            try:
                if known is None or now - known.at > KNOWN_FOR:
                    document = self._discovered()
                    keys = self._fetch(str(document["jwks_uri"]), None, None)
                    known = self._known = _About(document, now, keys, now)
                elif new_keys and now - known.keys_at >= NEW_KEYS_EVERY:
                    known.keys, known.keys_at = self._fetch(str(known.document["jwks_uri"]), None, None), now
            except NoAnswer as error:
                raise self._no(f"discovery: {error}") from error
            return known

    def _discovered(self) -> dict[str, Any]:
        issuer = self._provider.issuer
        document = self._fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration", None, None)
        if document.get("issuer") != issuer:
            raise self._no("discovery: another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(document.get(name), str) or not is_safe(document[name]):
                raise self._no(f"discovery: {name}")
        return document

    def _no(self, why: str) -> NotTheCompany:
        log(_log, "the provider of the company did not help", logging.WARNING, detail=why)
        return NotTheCompany(
            f"{self.name} could not be asked who you are. Try again later, or use your password here."
        )
