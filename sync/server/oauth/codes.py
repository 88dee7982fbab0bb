"""Authorization codes: made when somebody has proved who they are in the browser, and exchanged once for tokens."""

import secrets
from datetime import timedelta

import msgspec

from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.ids import Id
from sync.protocol.messages import DeviceFacts, SignedIn
from sync.server.database import ServerDatabase
from sync.server.oauth.asked import Asked, answers
from sync.server.sign_in.accounts import Accounts
from sync.server.sign_in.sign_ins import Reused, digest

_KNOWN = "SELECT 1 FROM authorization_code WHERE sha256 = ?"
CODE_LASTS = timedelta(seconds=60)


class Codes:
    """Makes and takes codes."""

    def __init__(self, database: ServerDatabase, accounts: Accounts, clock: Clock) -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock

    def make(self, user_id: Id, asked: Asked, method: str) -> str:
        """A code for somebody who has proved who they are; `method` says how."""
        code = secrets.token_urlsafe(32)
        expires = to_microseconds(self._clock.now() + CODE_LASTS)
        device = msgspec.json.encode(asked.device).decode()
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO authorization_code"
                " (sha256, user_id, redirect_uri, challenge, method, device, expires_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (digest(code), user_id, asked.redirect_uri, asked.challenge, method, device, expires),
            )
        return code

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> SignedIn | Reused | None:
        """Tokens for a code; None when it is wrong, too old, or shown by somebody else than who asked for it.

        Shown a second time, what was given for it ends (RFC 6749, 4.1.2).
        """
        with self._database.read() as sql:
            if sql.execute(_KNOWN, (digest(code),)).fetchone() is None:
                return None  # strangers who guess hold up no writer
        now = to_microseconds(self._clock.now())
        with self._database.write() as sql:
            found = sql.execute(
                "SELECT c.user_id, c.redirect_uri, c.challenge, c.method, c.device, c.expires_at, c.used_at,"
                ' c.sign_in_id, u.active FROM authorization_code c JOIN "user" u ON u.id = c.user_id'
                " WHERE c.sha256 = ?",
                (digest(code),),
            ).fetchone()
            if found is None:
                return None
            user_id, known_uri, challenge, method, device, expires_at, used_at, sign_in_id, active = found
            if used_at is not None:
                return self._accounts.sign_ins.end_reused(sql, sign_in_id) if sign_in_id else None
            # Whatever is wrong with it, it is good no longer.
            sql.execute("UPDATE authorization_code SET used_at = ? WHERE sha256 = ?", (now, digest(code)))
            if (
                now >= expires_at
                or not active
                or redirect_uri != known_uri
                or not answers(challenge, verifier)
            ):
                return None
            facts = msgspec.json.decode(device, type=DeviceFacts)
            signed_in, sign_in_id = self._accounts.begin_in(sql, user_id, facts, method=method)
            sql.execute(
                "UPDATE authorization_code SET sign_in_id = ? WHERE sha256 = ?", (sign_in_id, digest(code))
            )
            return signed_in
