"""Sign-ins and the tokens that follow from them.

An access token opens the server for fifteen minutes. A refresh token brings the next pair, once: whoever shows it a
second time gets the same pair again if the first answer may have been lost, else everything that followed from that
sign-in ends, for one of the two who showed it is a thief. The successor follows from the token and the key of the
server, so that it can be told again without being kept. Of every token only the SHA-256 is kept.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.store.database import Statements
from sync.protocol.messages import DeviceFacts
from sync.server.audit import AuditLog
from sync.server.database import ServerDatabase
from sync.server.keys import ServerKey
from sync.server.many import AMONG, Among
from sync.server.sign_in.devices import DeviceRows, sign_out_everywhere

ACCESS_LASTS = timedelta(minutes=15)
SLIDING, ABSOLUTE = timedelta(days=30), timedelta(days=90)
"""Who does not come for so long signs in again; and everybody does after the longer time."""
GRACE = timedelta(seconds=60)
"""So long a refresh token may be shown again by whoever did not get the answer."""
FRESH = timedelta(minutes=10)
"""So long after somebody signed in on a device they need not prove again that it is they: a token that was stolen later
opens nothing of what is asked for only then."""
SEEN_EVERY = timedelta(hours=1)
"""When a device was last seen is known to the hour: to write it down with each request would cost a commit each."""
ACCESS_PREFIX, REFRESH_PREFIX, LASTING_PREFIX = "ad_at_", "ad_rt_", "ad_dt_"
"""By which scanners for leaked secrets know them."""
_MICROSECOND = timedelta(microseconds=1)
_ALIVE = (
    "SELECT DISTINCT s.device_id FROM sign_in s JOIN device d ON d.device_id = s.device_id"  # noqa: S608 - ours
    ' JOIN "user" u ON u.id = s.user_id'
    " WHERE s.revoked_at IS NULL AND s.expires_at > ? AND d.revoked_at IS NULL AND u.active = 1"
    # A device that is to be wiped hears so when it comes again.
    f" AND d.wipe_requested_at IS NULL AND s.device_id {AMONG}"
)


class TokenKind(StrEnum):
    """What a token is for."""

    ACCESS = "access"
    REFRESH = "refresh"
    LASTING = "lasting"
    """Opens the server itself until it is exchanged, as a refresh token is: for clients that cannot renew tokens."""


@dataclass(frozen=True, slots=True)
class Issued:
    """The tokens of a device. `access` is good for `seconds`; a lasting one comes alone."""

    sign_in_id: Id
    user_id: Id
    device_id: Id
    access: str
    refresh: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Reused:
    """A token was shown that had been exchanged long ago: its sign-in has ended."""

    device_id: Id


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose token it is. `role` is the word in the row of the user."""

    user_id: Id
    device_id: Id
    role: str
    to_wipe: bool


class SignIns:
    """Begins, renews and ends sign-ins."""

    def __init__(
        self, database: ServerDatabase, clock: Clock, ids: IdSource, key: ServerKey, audit: AuditLog
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._key = key
        self._audit = audit
        self._devices = DeviceRows(ids)

    # ----- tokens

    def begin(
        self, sql: Statements, user_id: Id, facts: DeviceFacts, *, method: str, renewable: bool = True
    ) -> Issued:
        """Tokens for somebody who has proved who they are. Whatever the device had before ends."""
        now = self._clock.now()
        at, until = to_microseconds(now), to_microseconds(now + ABSOLUTE)
        device_id = self._devices.enter(sql, user_id, facts, at)
        sql.execute(
            "UPDATE sign_in SET revoked_at = ? WHERE device_id = ? AND revoked_at IS NULL", (at, device_id)
        )
        sign_in_id = self._ids.new()
        expires = to_microseconds(now + SLIDING) if renewable else until
        sql.execute(
            "INSERT INTO sign_in (sign_in_id, device_id, user_id, created_at, expires_at, until)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (sign_in_id, device_id, user_id, at, expires, until),
        )
        self._audit.record(sql, now, user_id, device_id, AuditAction.SIGNED_IN, user_id, {"method": method})
        if not renewable:
            token = LASTING_PREFIX + secrets.token_urlsafe(32)
            self._keep(sql, token, sign_in_id, TokenKind.LASTING, at, until)
            return Issued(sign_in_id, user_id, device_id, token, "", int(ABSOLUTE.total_seconds()))
        refresh, access = (
            REFRESH_PREFIX + secrets.token_urlsafe(32),
            ACCESS_PREFIX + secrets.token_urlsafe(32),
        )
        self._keep(sql, refresh, sign_in_id, TokenKind.REFRESH, at, expires)
        self._keep(sql, access, sign_in_id, TokenKind.ACCESS, at, to_microseconds(now + ACCESS_LASTS))
        return Issued(sign_in_id, user_id, device_id, access, refresh, int(ACCESS_LASTS.total_seconds()))

    def renew(
        self, token: str, attempt: str = "", facts: DeviceFacts | None = None
    ) -> Issued | Reused | None:
        """The next tokens; None when the sign-in has ended or the token is nobody's.

        `attempt` is a secret of the client's that it shows again when it asks again because no answer came: by it, it
        is told the same even later.
        """
        if not self._is_known(token):
            return None
        now = self._clock.now()
        at = to_microseconds(now)
        with self._database.write() as sql:
            found = sql.execute(
                "SELECT t.sign_in_id, t.expires_at, t.used_at, t.attempt_sha256, s.device_id, s.user_id, s.until"
                " FROM token t JOIN sign_in s ON s.sign_in_id = t.sign_in_id"
                " JOIN device d ON d.device_id = s.device_id"
                ' JOIN "user" u ON u.id = s.user_id'
                " WHERE t.sha256 = ? AND t.kind <> 'access' AND s.revoked_at IS NULL AND s.expires_at > ?"
                " AND d.revoked_at IS NULL AND u.active = 1",
                (digest(token), at),
            ).fetchone()
            if found is None or found[1] <= at:
                return None
            sign_in_id, _, used_at, known_attempt, device_id, user_id, until = found
            successor, access = self._derived(REFRESH_PREFIX, token), self._derived(ACCESS_PREFIX, token)
            if used_at is None:
                expires = min(to_microseconds(now + SLIDING), until)
                sql.execute(
                    "UPDATE token SET used_at = ?, attempt_sha256 = ? WHERE sha256 = ?",
                    (at, digest(attempt) if attempt else None, digest(token)),
                )
                self._keep(sql, successor, sign_in_id, TokenKind.REFRESH, at, expires)
                sql.execute("UPDATE sign_in SET expires_at = ? WHERE sign_in_id = ?", (expires, sign_in_id))
            elif not (
                at - used_at <= GRACE // _MICROSECOND
                or (_same(attempt, known_attempt) and self._is_unused(sql, successor))
            ):
                return self.end_reused(sql, sign_in_id)
            access_until = min(to_microseconds(now + ACCESS_LASTS), until)
            self._keep(sql, access, sign_in_id, TokenKind.ACCESS, at, access_until)
            self._devices.note(sql, device_id, facts, at)
        return Issued(sign_in_id, user_id, device_id, access, successor, (access_until - at) // 1_000_000)

    def bearer(self, token: str) -> Bearer | None:
        """Whose access token this is; None when nobody's, or no longer."""
        at = to_microseconds(self._clock.now())
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT s.user_id, s.device_id, u.role, d.seen_at, d.wipe_requested_at"
                " FROM token t JOIN sign_in s ON s.sign_in_id = t.sign_in_id"
                " JOIN device d ON d.device_id = s.device_id"
                ' JOIN "user" u ON u.id = s.user_id'
                " WHERE t.sha256 = ? AND t.kind <> 'refresh' AND t.used_at IS NULL AND t.expires_at > ?"
                " AND s.revoked_at IS NULL AND s.until > ? AND d.revoked_at IS NULL AND u.active = 1",
                (digest(token), at, at),
            ).fetchone()
        if found is None:
            return None
        user_id, device_id, role, seen_at, wipe_requested_at = found
        if at - seen_at > SEEN_EVERY // _MICROSECOND:
            with self._database.write() as connection:
                self._devices.note(connection, device_id, None, at)
        return Bearer(user_id, device_id, role, wipe_requested_at is not None)

    def is_fresh(self, device_id: Id) -> bool:
        """Whether somebody has just signed in on this device."""
        with self._database.read() as sql:
            return is_fresh(sql, device_id, self._clock.now())

    # ----- the end

    def end_token(self, token: str) -> Id | None:
        """End the sign-in that a token of any kind belongs to, and sign its device out; which device that was."""
        if not self._is_known(token):
            return None
        with self._database.write() as sql:
            found = sql.execute(
                "SELECT s.device_id, s.user_id FROM token t JOIN sign_in s ON s.sign_in_id = t.sign_in_id"
                " WHERE t.sha256 = ? AND s.revoked_at IS NULL",
                (digest(token),),
            ).fetchone()
            if found is None:
                return None
            device_id: Id = found[0]
            self.end_device(sql, device_id, by=found[1], action=AuditAction.SIGNED_OUT)
        return device_id

    def end_reused(self, sql: Statements, sign_in_id: Id) -> Reused | None:
        """What brought this sign-in was shown a second time: revoke all of its tokens."""
        now = self._clock.now()
        found = sql.execute(
            "SELECT user_id, device_id FROM sign_in WHERE sign_in_id = ?", (sign_in_id,)
        ).fetchone()
        if found is None:
            return None
        user_id, device_id = found
        sql.execute(
            "UPDATE sign_in SET revoked_at = ? WHERE sign_in_id = ? AND revoked_at IS NULL",
            (to_microseconds(now), sign_in_id),
        )
        self._audit.record(sql, now, user_id, device_id, AuditAction.TOKEN_REUSED, user_id)
        return Reused(device_id)

    def end_device(
        self, sql: Statements, device_id: Id, *, by: Id, action: AuditAction = AuditAction.DEVICE_SIGNED_OUT
    ) -> None:
        """Sign one device out."""
        now = self._clock.now()
        at = to_microseconds(now)
        sql.execute(
            "UPDATE device SET revoked_at = ? WHERE device_id = ? AND revoked_at IS NULL", (at, device_id)
        )
        sql.execute(
            "UPDATE sign_in SET revoked_at = ? WHERE device_id = ? AND revoked_at IS NULL", (at, device_id)
        )
        self._audit.record(sql, now, by, device_id, action, device_id)

    def end_user(self, sql: Statements, user_id: Id, *, but: Id | None = None) -> list[Id]:
        """Sign all devices of a user out, except perhaps one; which those were that were not signed out before."""
        return sign_out_everywhere(sql, user_id, to_microseconds(self._clock.now()), but or "")

    def alive(self, device_ids: Collection[Id]) -> set[Id]:
        """Those of the devices whose sign-ins still last."""
        with self._database.read() as connection:
            values = (to_microseconds(self._clock.now()), Among(device_ids))
            found = connection.execute(_ALIVE, values)
            return {device_id for (device_id,) in found}

    def sweep(self) -> None:
        """Forget what ended: no answer would be another with it."""
        now = self._clock.now()
        at = to_microseconds(now)
        with self._database.write() as sql:
            sql.execute("DELETE FROM token WHERE expires_at < ?", (at,))
            sql.execute(
                "DELETE FROM authorization_code WHERE expires_at < ?", (to_microseconds(now - GRACE),)
            )
            sql.execute("DELETE FROM sign_in WHERE until <= ?", (at,))

    # ----- helpers

    def _is_known(self, token: str) -> bool:
        """Whether this was ever a token: strangers who guess hold up no writer."""
        with self._database.read() as sql:
            found = sql.execute("SELECT 1 FROM token WHERE sha256 = ?", (digest(token),)).fetchone()
        return found is not None

    def _derived(self, prefix: str, token: str) -> str:
        raw = self._key.digest(f"token {prefix}", token)
        return prefix + base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")

    @staticmethod
    def _keep(sql: Statements, token: str, sign_in_id: Id, kind: TokenKind, at: int, expires: int) -> None:
        sql.execute(
            "INSERT INTO token (sha256, sign_in_id, kind, created_at, expires_at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (sha256) DO UPDATE SET expires_at = excluded.expires_at",
            (digest(token), sign_in_id, kind.value, at, expires),
        )

    @staticmethod
    def _is_unused(sql: Statements, token: str) -> bool:
        found = sql.execute("SELECT used_at FROM token WHERE sha256 = ?", (digest(token),)).fetchone()
        return found is not None and found[0] is None


def is_fresh(sql: Statements, device_id: Id, now: datetime) -> bool:
    """Whether somebody has just signed in on this device, in the caller's transaction."""
    found = sql.execute(
        "SELECT 1 FROM sign_in WHERE device_id = ? AND revoked_at IS NULL AND created_at >= ?",
        (device_id, to_microseconds(now - FRESH)),
    ).fetchone()
    return found is not None


def digest(secret: str) -> str:
    """What is kept of a token or a code."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _same(attempt: str, known: str | None) -> bool:
    return bool(attempt) and known is not None and hmac.compare_digest(digest(attempt), known)
