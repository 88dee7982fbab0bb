"""Passwords, devices and their tokens.

A token is 32 random bytes, shown once and kept as its SHA-256. Whoever may use a device is looked up from it with each
request; nothing that a body says counts. Other ways to sign in (OIDC, a second factor) end in `Accounts.issue`, too.
"""

import hashlib
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, Connection, func, select, update

from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.workspace import Role, User, Workspace
from sync.protocol.messages import SignedIn, SignInRequest
from sync.server.account_tables import AccountTables
from sync.server.database import ServerDatabase, upsert
from sync.server.schema import ServerSchema

TOKEN_PREFIX = "ad_"  # noqa: S105 - by which scanners for leaked secrets know it
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 1_024
DEVICES = 20
"""So many devices a user may have; one more signs the one unused for longest out."""
SEEN_EVERY = timedelta(hours=1)
"""When a device was last seen is known to the hour: to write it down with each request would cost a commit each."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who asks, and from which device."""

    user_id: Id
    device_id: Id
    role: Role


def default_hasher() -> PasswordHasher:
    """Argon2id with 64 MiB for each attempt and one thread: about a tenth of a second."""
    return PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)


class Accounts:
    """Signs in and out."""

    def __init__(
        self,
        database: ServerDatabase,
        schema: ServerSchema,
        clock: Clock,
        ids: IdSource,
        hasher: PasswordHasher | None = None,
        token: Callable[[], str] = lambda: secrets.token_urlsafe(32),
    ) -> None:
        self._database = database
        self._tables: AccountTables = schema.accounts
        self._user = schema.tables[User].table
        self._workspace = schema.tables[Workspace].table
        self._clock = clock
        self._ids = ids
        self._hasher = hasher or default_hasher()
        self._token = token
        # What an unknown user's password is compared with, so that the answer takes as long.
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    # ----- passwords

    @staticmethod
    def check_password(password: str) -> None:
        """Raises InputError for one that is too short or too long."""
        if len(password) < SHORTEST_PASSWORD or len(password.encode()) > LONGEST_PASSWORD:
            raise InputError(
                f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD:,} characters. Nothing was changed."
            )

    def set_password(self, user_id: Id, password: str) -> None:
        """Give a user a password and sign all of their devices out. Raises as `check_password`."""
        self.check_password(password)
        values = {"password": self._hasher.hash(password), "changed_at": self._now()}
        with self._database.write() as connection:
            upsert(connection, self._tables.account, ["user_id"], {"user_id": user_id, **values}, values)
            self._revoke(connection, self._tables.device.c.user_id == user_id)

    def sign_in(self, request: SignInRequest) -> SignedIn | None:
        """Make a token for a device; None when e-mail address and password do not belong together."""
        account, user = self._tables.account.c, self._user.c
        statement = (
            select(user.id, account.password)
            .join(self._tables.account, account.user_id == user.id)
            .where(func.lower(user.email) == request.email.strip().lower(), user.active == 1)
            .order_by(user.id)
            .limit(1)
        )
        with self._database.read() as connection:
            found = connection.execute(statement).first()
        password = request.password if len(request.password.encode()) <= LONGEST_PASSWORD else ""
        right = self._verify(self._nobody if found is None else found.password, password)
        if found is None or not right:
            return None
        if self._hasher.check_needs_rehash(found.password):
            stronger = self._hasher.hash(password)
            with self._database.write() as connection:
                connection.execute(
                    update(self._tables.account)
                    .where(account.user_id == found.id, account.password == found.password)
                    .values(password=stronger)
                )
        return self.issue(found.id, request.device)

    def _verify(self, known: str, password: str) -> bool:
        try:
            return self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False

    # ----- devices

    def issue(self, user_id: Id, device: str) -> SignedIn:
        """Make a token for a device of a user who has proved who they are."""
        token, now = f"{TOKEN_PREFIX}{self._token()}", self._now()
        table = self._tables.device
        with self._database.write() as connection:
            spare = (
                select(table.c.device_id)
                .where(table.c.user_id == user_id, table.c.revoked_at.is_(None))
                .order_by(table.c.seen_at.desc(), table.c.device_id.desc())
                .offset(DEVICES - 1)
            )
            self._revoke(connection, table.c.device_id.in_(list(connection.scalars(spare))))
            connection.execute(
                table.insert().values(
                    device_id=self._ids.new(),
                    user_id=user_id,
                    name=device,
                    token_sha256=_digest(token),
                    created_at=now,
                    seen_at=now,
                )
            )
            name = connection.execute(select(self._user.c.name).where(self._user.c.id == user_id)).scalar()
            workspace = connection.execute(select(self._workspace.c.name)).scalar()
        return SignedIn(token=token, user_id=user_id, name=name or "", workspace=workspace or "")

    def session(self, token: str) -> Session | None:
        """Whose token this is; None when nobody's, or no longer."""
        device, user = self._tables.device.c, self._user.c
        statement = (
            select(device.device_id, device.user_id, device.seen_at, user.role)
            .join(self._user, user.id == device.user_id)
            .where(device.token_sha256 == _digest(token), device.revoked_at.is_(None), user.active == 1)
        )
        with self._database.read() as connection:
            found = connection.execute(statement).first()
        if found is None:
            return None
        if self._now() - found.seen_at > SEEN_EVERY / timedelta(microseconds=1):
            with self._database.write() as connection:
                connection.execute(
                    update(self._tables.device)
                    .where(device.device_id == found.device_id)
                    .values(seen_at=self._now())
                )
        return Session(found.user_id, found.device_id, Role(found.role))

    def sign_out(self, device_id: Id) -> None:
        """The token of this device is good no longer."""
        with self._database.write() as connection:
            self._revoke(connection, self._tables.device.c.device_id == device_id)

    def sign_out_everywhere(self, user_id: Id) -> None:
        """No token of this user is good any longer."""
        with self._database.write() as connection:
            self._revoke(connection, self._tables.device.c.user_id == user_id)

    def signed_in(self, device_ids: Collection[Id]) -> set[Id]:
        """Those of the devices whose tokens are still good."""
        device, user = self._tables.device.c, self._user.c
        statement = (
            select(device.device_id)
            .join(self._user, user.id == device.user_id)
            .where(device.device_id.in_(device_ids), device.revoked_at.is_(None), user.active == 1)
        )
        with self._database.read() as connection:
            return set(connection.scalars(statement))

    def _revoke(self, connection: Connection, which: ColumnElement[bool]) -> None:
        table = self._tables.device
        connection.execute(
            update(table).where(which, table.c.revoked_at.is_(None)).values(revoked_at=self._now())
        )

    def _now(self) -> int:
        return to_microseconds(self._clock.now())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
