"""Who somebody is: by a password and a second factor, by their company's account, or by a token.

However somebody proves who they are, it ends in `Accounts.begin`. Whoever may use a device is looked up from its token
with each request; nothing that a body says counts.
"""

import secrets
from base64 import b64encode
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.workspace import Role, compared
from agent_desktop.store.database import Statements
from sync.protocol.messages import DeviceFacts, SignedIn, SignInRequest, TokenAnswer
from sync.server.audit import AuditLog
from sync.server.database import ServerDatabase
from sync.server.keys import ServerKey
from sync.server.many import AMONG, Among
from sync.server.schema import ServerSchema
from sync.server.sign_in.second_factor import SecondFactors
from sync.server.sign_in.sign_ins import Issued, Reused, SignIns
from sync.server.sign_in.users import users_called
from sync.server.sign_in.weak_passwords import is_guessed_first
from sync.server.workspace_rules import WorkspaceRule, WorkspaceRules

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 1_024
SERVER: Id = "system"
"""Who acts where a command on the server's own machine does."""
_PASSWORD = f"SELECT user_id, password FROM account WHERE user_id {AMONG} ORDER BY user_id LIMIT 1"  # noqa: S608 - from code
_PASSWORD_OF = "SELECT password, changed_at FROM account WHERE user_id = ?"  # noqa: S105 - a statement
_NO_PASSWORD = (
    "You sign in with your company's account: its password is changed there, and there is none here."  # noqa: S105 - a sentence
)


@dataclass(frozen=True, slots=True)
class Session:
    """Who asks, and from which device."""

    user_id: Id
    device_id: Id
    role: Role
    to_wipe: bool = False
    """Whether this device is to be told to wipe itself."""


@dataclass(frozen=True, slots=True)
class CodeNeeded:
    """The password is right; a code of the second factor is missing or wrong."""

    wrong: bool


class FactorDemanded:
    """The password is right; this workspace demands a second factor, and there is none yet to show a code of."""


def default_hasher() -> PasswordHasher:
    """Argon2id with 64 MiB for each attempt and one thread: about a tenth of a second."""
    return PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)


def unmatched(hasher: PasswordHasher) -> str:
    """What an unknown user's password is compared with, so that the answer takes as long: the hash of nothing known.

    It is drawn, not computed: a server is not to take the time of a sign-in only to start.
    """
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, digest = (
        b64encode(secrets.token_bytes(length)).decode().rstrip("=")
        for length in (hasher.salt_len, hasher.hash_len)
    )
    return f"$argon2{hasher.type.name.lower()}$v={ARGON2_VERSION}${cost}${salt}${digest}"


class Accounts:
    """Signs in and out. Without a `key` it makes one that nothing outlives."""

    def __init__(
        self,
        database: ServerDatabase,
        schema: ServerSchema,
        clock: Clock,
        ids: IdSource,
        hasher: PasswordHasher | None = None,
        key: ServerKey | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._hasher = hasher or default_hasher()
        self._audit = AuditLog()
        self.key = key or ServerKey.generate()
        self.sign_ins = SignIns(database, clock, ids, self.key, self._audit)
        self.second_factors = SecondFactors(database, clock, self.key, self._audit)
        self.rules = WorkspaceRules(database)
        self._nobody = unmatched(self._hasher)

    # ----- passwords

    @staticmethod
    def check_password(password: str, names: Iterable[str] = ()) -> None:
        """Raises InputError for one that is too short, too long, or among those that are guessed first."""
        if len(password) < SHORTEST_PASSWORD or len(password.encode()) > LONGEST_PASSWORD:
            raise InputError(
                f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD:,} characters. Nothing was changed."
            )
        if is_guessed_first(password, names):
            raise InputError(
                "This password is among those that are guessed first. A few words in a row are easy to remember and"
                " hard to guess. Nothing was changed."
            )

    def email_of(self, user_id: Id) -> str:
        """The address by which a user signs in."""
        with self._database.read() as connection:
            found = connection.execute('SELECT email FROM "user" WHERE id = ?', (user_id,)).fetchone()
        return "" if found is None else compared(found[0])

    def names_of(self, user_id: Id) -> list[str]:
        """What a password of this user must not be made of."""
        with self._database.read() as connection:
            user = connection.execute('SELECT name, email FROM "user" WHERE id = ?', (user_id,)).fetchone()
            workspace = connection.execute("SELECT name FROM workspace").fetchone()
        return [*(user or ()), *(workspace or ())]

    def set_password(self, user_id: Id, password: str, by: Id = SERVER) -> None:
        """Give a user a password and sign all of their devices out. Raises as `check_password`."""
        self.check_password(password, self.names_of(user_id))
        hashed = self._hasher.hash(password)
        with self._database.write() as sql:
            self._keep_password(sql, user_id, hashed)
            self.sign_ins.end_user(sql, user_id)
            self._audit.record(sql, self._clock.now(), by, None, AuditAction.PASSWORD_CHANGED, user_id)

    def change_password(
        self, session: Session, current: str, new: str, *, sign_out_others: bool
    ) -> list[Id] | None:
        """Give a user who knows their password another one; this device stays signed in.

        The devices that were signed out with it; None when `current` is not right. Raises as `check_password`, and
        InputError for a user who has no password.
        """
        known, _ = self._password_of(session.user_id)
        if not self._matches(known, current):
            return None
        return self._replace(session.user_id, known, new, session.device_id, sign_out_others)

    def choose_password(
        self, user_id: Id, new: str, *, proved_at: int, device_id: Id | None, sign_out_others: bool
    ) -> list[Id] | None:
        """The same for a user who proved on the pages, not before `proved_at` (microseconds), who they are.

        `device_id` is the device at which they say they sit: it stays signed in if it is theirs. None when the password
        was changed since.
        """
        known, changed_at = self._password_of(user_id)
        if changed_at > proved_at:
            return None
        with self._database.read() as connection:
            theirs = connection.execute(
                "SELECT 1 FROM device WHERE device_id = ? AND user_id = ?", (device_id or "", user_id)
            ).fetchone()
        return self._replace(user_id, known, new, device_id if theirs else None, sign_out_others)

    def password_changed_since(self, user_id: Id, at: int) -> bool:
        """Whether this user has had another password since then (microseconds): that of before proves nothing."""
        with self._database.read() as connection:
            found = connection.execute(_PASSWORD_OF, (user_id,)).fetchone()
        return found is not None and int(found[1]) > at

    def _password_of(self, user_id: Id) -> tuple[str, int]:
        """How it is kept, and when it was changed. Raises InputError for a user who has none."""
        with self._database.read() as connection:
            found = connection.execute(_PASSWORD_OF, (user_id,)).fetchone()
        if found is None:
            raise InputError(_NO_PASSWORD)
        return found[0], int(found[1])

    def _replace(
        self, user_id: Id, known: str, new: str, device_id: Id | None, sign_out_others: bool
    ) -> list[Id] | None:
        """Take another password than the known one."""
        self.check_password(new, self.names_of(user_id))
        if self._matches(known, new):
            raise InputError("The new password is the one that you have already. Nothing was changed.")
        hashed = self._hasher.hash(new)
        with self._database.write() as sql:
            kept = self._keep_password(sql, user_id, hashed, instead_of=known)
            if not kept:
                return None  # somebody else changed it meanwhile: what was typed is right no longer
            ended = self.sign_ins.end_user(sql, user_id, but=device_id) if sign_out_others else []
            self._audit.record(
                sql,
                self._clock.now(),
                user_id,
                device_id,
                AuditAction.PASSWORD_CHANGED,
                user_id,
                {"signed_out": len(ended)},
            )
        return ended

    def _keep_password(
        self, sql: Statements, user_id: Id, hashed: str, instead_of: str | None = None
    ) -> bool:
        """Store a password; False when another than `instead_of` is there (None: whatever is)."""
        at = to_microseconds(self._clock.now())
        if instead_of is not None:
            changed = sql.execute(
                "UPDATE account SET password = ?, changed_at = ? WHERE user_id = ? AND password = ?",
                (hashed, at, user_id, instead_of),
            )
            return changed.rowcount > 0
        sql.execute(
            "INSERT INTO account (user_id, password, changed_at) VALUES (?, ?, ?) ON CONFLICT (user_id)"
            " DO UPDATE SET password = excluded.password, changed_at = excluded.changed_at",
            (user_id, hashed, at),
        )
        return True

    def verified(self, email: str, password: str) -> Id | None:
        """Whose address and password these are; None, after the same time, when they do not belong together."""
        with self._database.read() as connection:
            found = connection.execute(_PASSWORD, (Among(users_called(connection, email)),)).fetchone()
        password = password if len(password.encode("utf-8", "surrogatepass")) <= LONGEST_PASSWORD else ""
        known = self._nobody if found is None else found[1]
        right = self._matches(known, password)
        if found is None or not right:
            return None
        if self._hasher.check_needs_rehash(known):
            stronger = self._hasher.hash(password)
            with self._database.write() as connection:
                connection.execute(
                    "UPDATE account SET password = ? WHERE user_id = ? AND password = ?",
                    (stronger, found[0], known),
                )
        user_id: Id = found[0]
        return user_id

    def sign_in(self, request: SignInRequest) -> SignedIn | CodeNeeded | FactorDemanded | None:
        """Make tokens for a device; None when e-mail address and password do not belong together."""
        user_id = self.verified(request.email, request.password)
        if user_id is None:
            return None
        if self.second_factors.is_enrolled(user_id):
            if not request.code.strip():
                return CodeNeeded(wrong=False)
            if not self.second_factors.check(user_id, request.code):
                return CodeNeeded(wrong=True)
        elif self.rules.is_on(WorkspaceRule.SECOND_FACTOR):
            return FactorDemanded()
        facts = _named(request.about, request.device)
        return self.begin(user_id, facts, method="password", renewable=request.renewable)

    def _matches(self, known: str, password: str) -> bool:
        try:
            return self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False

    # ----- tokens

    def begin(self, user_id: Id, facts: DeviceFacts, *, method: str, renewable: bool = True) -> SignedIn:
        """Make tokens for a device of a user who has proved who they are."""
        with self._database.write() as sql:
            signed_in, _ = self.begin_in(sql, user_id, facts, method=method, renewable=renewable)
            return signed_in

    def begin_in(
        self, sql: Statements, user_id: Id, facts: DeviceFacts, *, method: str, renewable: bool = True
    ) -> tuple[SignedIn, Id]:
        """The same in the caller's transaction, and the id of the sign-in."""
        issued = self.sign_ins.begin(sql, user_id, facts, method=method, renewable=renewable)
        return self._signed_in(sql, issued), issued.sign_in_id

    def issue(self, user_id: Id, device: str) -> SignedIn:
        """Tokens for a new device of this name."""
        return self.begin(user_id, DeviceFacts(name=device), method="server")

    def renew(self, token: str, attempt: str, facts: DeviceFacts | None) -> TokenAnswer | Reused | None:
        """The next tokens of a device; see `SignIns.renew`."""
        issued = self.sign_ins.renew(token, attempt, facts)
        if not isinstance(issued, Issued):
            return issued
        with self._database.read() as connection:
            return token_answer(self._signed_in(connection, issued))

    def _signed_in(self, sql: Statements, issued: Issued) -> SignedIn:
        user = sql.execute('SELECT name, email FROM "user" WHERE id = ?', (issued.user_id,)).fetchone()
        workspace = sql.execute("SELECT name FROM workspace").fetchone()
        return SignedIn(
            token=issued.access,
            user_id=issued.user_id,
            name=user[0] if user else "",
            email=user[1] if user else "",
            workspace=workspace[0] if workspace else "",
            refresh_token=issued.refresh,
            expires_in=issued.seconds,
            device_id=issued.device_id,
        )

    def session(self, token: str) -> Session | None:
        """Whose token this is; None when nobody's, or no longer."""
        found = self.sign_ins.bearer(token)
        if found is None:
            return None
        return Session(found.user_id, found.device_id, Role(found.role), found.to_wipe)

    # ----- signing out

    def sign_out(self, device_id: Id, by: Id) -> None:
        """The tokens of this device are good no longer."""
        action = AuditAction.SIGNED_OUT
        with self._database.write() as connection:
            self.sign_ins.end_device(connection, device_id, by=by, action=action)

    def revoke_device(self, user_id: Id, device_id: Id, by: Id) -> bool:
        """Sign a device of a user out; False when it is none of theirs."""
        with self._database.write() as sql:
            found = sql.execute(
                "SELECT 1 FROM device WHERE device_id = ? AND user_id = ?", (device_id, user_id)
            ).fetchone()
            if found is not None:
                self.sign_ins.end_device(sql, device_id, by=by)
        return found is not None

    def sign_out_everywhere(self, user_id: Id, by: Id = SERVER, but: Id | None = None) -> list[Id]:
        """No token of this user is good any longer, except perhaps at one device; the devices that were signed out."""
        with self._database.write() as sql:
            ended = self.sign_ins.end_user(sql, user_id, but=but)
            self._audit.record(
                sql, self._clock.now(), by, None, AuditAction.DEVICE_SIGNED_OUT, user_id, {"all": True}
            )
        return ended

    def signed_in(self, device_ids: Collection[Id]) -> set[Id]:
        """Those of the devices whose sign-ins still last."""
        return self.sign_ins.alive(device_ids)

    def tell_of_guessing(self, email: str) -> None:
        """Write down that somebody guesses at an account, whether there is one or not: it takes as long."""
        with self._database.write() as sql:
            found = users_called(sql, email, disabled=True)
            self._audit.record(
                sql,
                self._clock.now(),
                SERVER,
                None,
                AuditAction.SIGN_IN_FAILED,
                found[0] if found else None,
            )

    def is_called(self, email: str) -> bool:
        """Whether somebody who may sign in has this address."""
        with self._database.read() as connection:
            return bool(users_called(connection, email))

    def has_device(self, email: str, device_id: Id) -> bool:
        """Whether somebody with this address has signed in on this device before."""
        with self._database.read() as connection:
            found = connection.execute(
                f"SELECT 1 FROM device WHERE device_id = ? AND user_id {AMONG}",  # noqa: S608 - from code
                (device_id, Among(users_called(connection, email))),
            ).fetchone()
        return found is not None


def token_answer(signed_in: SignedIn) -> TokenAnswer:
    """The same in the words of OAuth 2.0."""
    return TokenAnswer(
        access_token=signed_in.token,
        token_type="Bearer",  # noqa: S106 - its kind
        expires_in=signed_in.expires_in,
        refresh_token=signed_in.refresh_token,
        user_id=signed_in.user_id,
        name=signed_in.name,
        email=signed_in.email,
        workspace=signed_in.workspace,
        device_id=signed_in.device_id,
    )


def _named(facts: DeviceFacts, name: str) -> DeviceFacts:
    return DeviceFacts(name=name, os=facts.os, version=facts.version, id=facts.id, pending=facts.pending)
