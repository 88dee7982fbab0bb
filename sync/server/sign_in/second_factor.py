"""The second factor of an account: codes of an app, and ten recovery codes for the day the app is lost.

The secret is sealed with the key of the server, and recovery codes are kept as what that key makes of them: with a copy
of the database alone nobody makes a code. Each code is taken once.
"""

import re
import secrets

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.store.database import Statements
from sync.server.audit import AuditLog
from sync.server.database import ServerDatabase
from sync.server.keys import NotSealedHere, ServerKey
from sync.server.sign_in.totp import DIGITS, matching_step

RECOVERY_CODES = 10
_PURPOSE, _RECOVERY = "second factor", "recovery code"
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""None that are taken for others."""
_GROUP, _GROUPS = 5, 3
_NOT_A_CODE = re.compile(r"[^A-Z0-9]")


class AlreadyEnrolled(Exception):
    """There is a second factor: it is taken away by who may, and never replaced by who knows a password."""


class SecondFactors:
    """Enrols, checks and resets. What takes a connection is part of the caller's transaction."""

    def __init__(self, database: ServerDatabase, clock: Clock, key: ServerKey, audit: AuditLog) -> None:
        self._database = database
        self._clock = clock
        self._key = key
        self._audit = audit

    def is_enrolled(self, user_id: Id) -> bool:
        """Whether this user has to show a code."""
        with self._database.read() as sql:
            return _row(sql, user_id) is not None

    def check(self, user_id: Id, typed: str) -> bool:
        """Whether a code of the app or a recovery code is right; it is good no longer then."""
        code = _NOT_A_CODE.sub("", typed.upper())
        with self._database.write() as sql:
            if code.isdecimal() and len(code) == DIGITS:
                return self._check_app(sql, user_id, code)
            return self._check_recovery(sql, user_id, code)

    def enrol(self, user_id: Id, secret: bytes, typed: str) -> list[str] | None:
        """Take a secret whose first code is right; its recovery codes, shown this once. None: the code is wrong.

        Raises AlreadyEnrolled.
        """
        now = self._clock.now()
        step = matching_step(secret, _NOT_A_CODE.sub("", typed), int(now.timestamp()), -1)
        if step is None:
            return None
        codes = [_new_code() for _ in range(RECOVERY_CODES)]
        with self._database.write() as sql:
            if _row(sql, user_id) is not None:
                raise AlreadyEnrolled
            sql.execute(
                "INSERT INTO second_factor (user_id, secret, since, last_step) VALUES (?, ?, ?, ?)",
                (user_id, self._key.seal(_PURPOSE, secret, user_id), to_microseconds(now), step),
            )
            for code in codes:
                sql.execute(
                    "INSERT INTO recovery_code (sha256, user_id) VALUES (?, ?)",
                    (self._digest(user_id, _NOT_A_CODE.sub("", code)), user_id),
                )
            self._audit.record(
                sql, now, user_id, None, AuditAction.SECOND_FACTOR_CHANGED, user_id, {"enrolled": True}
            )
        return codes

    def reset(self, user_id: Id, by: Id) -> bool:
        """Take the second factor away; False when there was none."""
        with self._database.write() as sql:
            if _row(sql, user_id) is None:
                return False
            self._forget(sql, user_id)
            self._audit.record(
                sql,
                self._clock.now(),
                by,
                None,
                AuditAction.SECOND_FACTOR_CHANGED,
                user_id,
                {"enrolled": False},
            )
        return True

    def _check_app(self, sql: Statements, user_id: Id, code: str) -> bool:
        found = _row(sql, user_id)
        if found is None:
            return False
        sealed, last_step = found
        try:
            secret = self._key.open(_PURPOSE, sealed, user_id)
        except NotSealedHere:
            return False  # the key of the server is another one: the recovery codes are of no use either
        step = matching_step(secret, code, int(self._clock.now().timestamp()), last_step)
        if step is None:
            return False
        sql.execute("UPDATE second_factor SET last_step = ? WHERE user_id = ?", (step, user_id))
        return True

    def _check_recovery(self, sql: Statements, user_id: Id, code: str) -> bool:
        known = self._digest(user_id, code)
        found = sql.execute(
            "SELECT 1 FROM recovery_code WHERE sha256 = ? AND user_id = ? AND used_at IS NULL",
            (known, user_id),
        ).fetchone()
        if found is None:
            return False
        now = self._clock.now()
        sql.execute("UPDATE recovery_code SET used_at = ? WHERE sha256 = ?", (to_microseconds(now), known))
        self._audit.record(sql, now, user_id, None, AuditAction.RECOVERY_CODE_USED, user_id)
        return True

    @staticmethod
    def _forget(sql: Statements, user_id: Id) -> None:
        sql.execute("DELETE FROM second_factor WHERE user_id = ?", (user_id,))
        sql.execute("DELETE FROM recovery_code WHERE user_id = ?", (user_id,))

    def _digest(self, user_id: Id, code: str) -> str:
        return self._key.digest(_RECOVERY, user_id, code).hex()


def _row(sql: Statements, user_id: Id) -> tuple[str, int] | None:
    found = sql.execute(
        "SELECT secret, last_step FROM second_factor WHERE user_id = ?", (user_id,)
    ).fetchone()
    return None if found is None else (found[0], int(found[1]))


def _new_code() -> str:
    """Three groups of five letters: 73 random bits."""
    letters = [secrets.choice(_LETTERS) for _ in range(_GROUP * _GROUPS)]
    return "-".join("".join(letters[at : at + _GROUP]) for at in range(0, len(letters), _GROUP))
