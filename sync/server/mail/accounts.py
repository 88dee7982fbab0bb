"""Keeps the mail accounts of channels, their secrets sealed, and which process reads which of them how far."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from agent_desktop.domain.clock import Clock, from_microseconds, to_microseconds
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_account import MailAccount, MailAuth, MailSecurity, MailServer, problems_of
from agent_desktop.domain.records import storable_text
from agent_desktop.store.database import Statements
from sync.protocol.mail_accounts import SavedMailAccount
from sync.server.database import ServerDatabase
from sync.server.keys import NotSealedHere, ServerKey
from sync.server.ports import MailCredentials, MailPlace, NoAccess, OpenMailAccount, TakenBack

LEASE = timedelta(seconds=60)
"""So long nobody else reads an account that a process has taken; it takes it again long before."""
PURPOSE = "mail account"
GIVEN_FOR_OTHERS = "The password was given for other servers, or another user. Enter it again for these."
NOTHING_KEPT = "There is no password for this mailbox yet. Enter it in the settings of the channel."
LOST_KEY = "The password of this mailbox cannot be read with this server's key. Enter it again."
_EMPTY = "INSERT INTO mail_account (channel_id, settings, secret, edition, holder, lease_until, problem)"
_SAVE = (
    f"{_EMPTY} VALUES (?, ?, ?, 1, '', 0, '') ON CONFLICT (channel_id) DO UPDATE SET settings = excluded.settings,"
    " secret = excluded.secret, edition = mail_account.edition + 1, problem = ''"
)
_READ = "SELECT settings, secret, last_contact, problem, edition FROM mail_account WHERE channel_id = ?"
_TAKE = (
    "UPDATE mail_account SET holder = ?, lease_until = ? WHERE channel_id = ?"
    " AND (holder = ? OR lease_until <= ? OR lease_until > ?)"
)
_PLACE = (
    "INSERT INTO mail_place (channel_id, folder, uid_validity, last_uid, since, old_upto, recounted)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (channel_id, folder) DO UPDATE SET"
    " uid_validity = excluded.uid_validity, last_uid = excluded.last_uid, since = excluded.since,"
    " old_upto = excluded.old_upto, recounted = excluded.recounted"
)

Renew = Callable[[Id, str, str, bool], str]
"""An access token for a channel, of a provider, by a grant; True: the last was refused. Raises NoAccess or OSError."""


class Secret(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sealed: a password, or what a provider granted."""

    password: str = ""
    grant: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """An account that is to be read, as it was saved the so-many-eth time."""

    channel_id: Id
    edition: int


def no_grants(channel_id: Id, provider: str, grant: str, renew: bool) -> str:
    """No provider is known."""
    raise NoAccess("Signing in with a provider is not set up on this server.")


class MailAccounts:
    """All accounts of a workspace. Implements `MailAccountPort`. `tokens` turns grants into access tokens."""

    def __init__(
        self, database: ServerDatabase, key: ServerKey, clock: Clock, tokens: Renew = no_grants
    ) -> None:
        self._database = database
        self._key = key
        self._clock = clock
        self._tokens = tokens
        self._listeners: list[Callable[[], None]] = []

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call `listener` when an account was changed here, on the thread that did."""
        self._listeners.append(listener)

    def changed(self) -> None:
        """An account was saved or removed, and that is committed."""
        for listener in self._listeners:
            listener()

    # ----- set up

    def read(self, channel_id: Id) -> SavedMailAccount:
        """What is set up for a channel, without its secret."""
        with self._database.read() as sql:
            row = sql.execute(_READ, (channel_id,)).fetchone()
        if row is None:
            return SavedMailAccount()
        settings, secret, last_contact, problem, _ = row
        return SavedMailAccount(
            account=msgspec.json.decode(settings, type=MailAccount),
            has_secret=secret is not None,
            last_contact=last_contact,
            problem=problem,
        )

    def save(self, sql: Statements, channel_id: Id, account: MailAccount, secret: Secret | None) -> None:
        """Set an account up, in this transaction. Raises InputError.

        Without a secret the one that is kept stays, for the servers and the user that it was given for alone: who may
        set accounts up, must not learn it by naming a server of theirs.
        """
        check(account)
        row = sql.execute(_READ, (channel_id,)).fetchone()
        sealed = row[1] if row is not None else None
        if secret is not None:
            sealed = self._key.seal(PURPOSE, msgspec.json.encode(secret), channel_id)
        elif sealed is not None and not keeps_secret(msgspec.json.decode(row[0], type=MailAccount), account):
            raise InputError(GIVEN_FOR_OTHERS)
        sql.execute(_SAVE, (channel_id, msgspec.json.encode(account).decode(), sealed))
        if row is not None:
            _follow_mailbox(sql, channel_id, msgspec.json.decode(row[0], type=MailAccount), account)

    def remove(self, sql: Statements, channel_id: Id) -> bool:
        """Forget an account with its secret, in this transaction; whether there was one."""
        sql.execute("DELETE FROM mail_place WHERE channel_id = ?", (channel_id,))
        return bool(sql.execute("DELETE FROM mail_account WHERE channel_id = ?", (channel_id,)).rowcount)

    def keep_grant(self, channel_id: Id, old: str, new: str) -> None:
        """A provider gave a new grant for the one that was used."""
        with self._database.write() as sql:
            row = sql.execute(_READ, (channel_id,)).fetchone()
            if row is not None and self._opened(channel_id, row[1]).grant == old:
                sealed = self._key.seal(PURPOSE, msgspec.json.encode(Secret(grant=new)), channel_id)
                sql.execute("UPDATE mail_account SET secret = ? WHERE channel_id = ?", (sealed, channel_id))

    def account(self, channel_id: Id) -> OpenMailAccount | None:
        """The account of a channel as it is set up now; None when it has none, or it is switched off."""
        with self._database.read() as sql:
            row = sql.execute(_READ, (channel_id,)).fetchone()
        if row is None:
            return None
        settings = msgspec.json.decode(row[0], type=MailAccount)
        return self.opened(channel_id, settings, None) if settings.enabled else None

    def opened(self, channel_id: Id, settings: MailAccount, secret: Secret | None) -> OpenMailAccount:
        """An account with this secret, or with the one that is kept: also one that is only tried.

        Raises InputError when the secret that is kept was not given for these servers.
        """
        check(settings)
        if secret is None:
            saved = self.read(channel_id).account
            if saved is not None and not keeps_secret(saved, settings):
                raise InputError(GIVEN_FOR_OTHERS)
        return OpenMailAccount(channel_id, settings, _Credentials(self, channel_id, settings, secret))

    def secret_of(self, channel_id: Id) -> Secret:
        """What is kept. Raises NoAccess."""
        with self._database.read() as sql:
            row = sql.execute(_READ, (channel_id,)).fetchone()
        return self._opened(channel_id, row[1] if row is not None else None)

    def token(self, channel_id: Id, provider: str, grant: str, renew: bool) -> str:
        """An access token. Raises NoAccess or OSError."""
        return self._tokens(channel_id, provider, grant, renew)

    def _opened(self, channel_id: Id, sealed: str | None) -> Secret:
        if sealed is None:
            raise NoAccess(NOTHING_KEPT)
        try:
            return msgspec.json.decode(self._key.open(PURPOSE, sealed, channel_id), type=Secret)
        except NotSealedHere as error:
            raise NoAccess(LOST_KEY) from error

    # ----- who reads what

    def listed(self) -> list[Listed]:
        """The accounts that are to be read, of channels that are open; also those whose settings make no sense."""
        found = (
            "SELECT a.channel_id, a.edition, a.settings FROM mail_account a"
            " JOIN channel c ON c.id = a.channel_id WHERE c.active != 0"
        )
        with self._database.read() as sql:
            rows = sql.execute(found).fetchall()
        return [Listed(channel_id, edition) for channel_id, edition, settings in rows if _is_read(settings)]

    def take(self, channel_id: Id, holder: str) -> bool:
        """Have this process read an account for a while; False while another one does."""
        now = to_microseconds(self._clock.now())
        until = to_microseconds(self._clock.now() + LEASE)
        beyond = to_microseconds(self._clock.now() + 2 * LEASE)  # the clock was set back since
        with self._database.write() as sql:
            taken = sql.execute(_TAKE, (holder, until, channel_id, holder, now, beyond))
        return taken.rowcount == 1

    def take_all_back(self) -> None:
        """No other process serves this workspace: whoever read an account has ended."""
        with self._database.write() as sql:
            sql.execute("UPDATE mail_account SET lease_until = 0 WHERE lease_until != 0")

    def give_back(self, channel_id: Id, holder: str) -> None:
        """Another process may read it at once."""
        with self._database.write() as sql:
            sql.execute(
                "UPDATE mail_account SET lease_until = 0 WHERE channel_id = ? AND holder = ?",
                (channel_id, holder),
            )


class HeldPlaces:
    """How far folders were read, for the process that reads them. Implements `MailPlacePort`."""

    def __init__(self, database: ServerDatabase, clock: Clock, holder: str) -> None:
        self._database = database
        self._clock = clock
        self._holder = holder

    def place(self, channel_id: Id, folder: str) -> MailPlace | None:
        """How far a folder was read."""
        sql_text = (
            "SELECT uid_validity, last_uid, since, old_upto, recounted FROM mail_place"
            " WHERE channel_id = ? AND folder = ?"
        )
        with self._database.read() as sql:
            row = sql.execute(sql_text, (channel_id, folder)).fetchone()
        if row is None:
            return None
        validity, last_uid, since, old_upto, recounted = row
        return MailPlace(validity, last_uid, from_microseconds(since), old_upto, bool(recounted))

    def move_place(self, channel_id: Id, folder: str, place: MailPlace) -> None:
        """Remember it, as long as the account is ours to read. Raises TakenBack."""
        values = (
            channel_id,
            folder,
            place.uid_validity,
            place.last_uid,
            to_microseconds(place.since),
            place.old_upto,
            int(place.recounted),
        )
        with self._database.write() as sql:
            ours = "SELECT 1 FROM mail_account WHERE channel_id = ? AND holder = ?"
            if sql.execute(ours, (channel_id, self._holder)).fetchone() is None:
                raise TakenBack
            sql.execute(_PLACE, values)

    def tell(self, channel_id: Id, problem: str) -> None:
        """Note how the account does. What was told already is not written again, or each look would be a write."""
        problem, now = storable_text(problem), to_microseconds(self._clock.now())  # a server may say anything
        with self._database.read() as sql:
            row = sql.execute(_READ, (channel_id,)).fetchone()
        is_old = row is None or row[3] != problem or (not problem and now - (row[2] or 0) > _MINUTE)
        if not is_old:
            return
        contact = "" if problem else ", last_contact = ?"
        given = (problem, channel_id, self._holder) if problem else (problem, now, channel_id, self._holder)
        with self._database.write() as sql:
            sql.execute(
                f"UPDATE mail_account SET problem = ?{contact} WHERE channel_id = ? AND holder = ?",  # noqa: S608
                given,
            )


_MINUTE = timedelta(minutes=1) // timedelta(microseconds=1)


def _is_read(settings: str) -> bool:
    try:
        account = msgspec.json.decode(settings, type=MailAccount)
    except msgspec.DecodeError:
        return True  # whoever begins to read it says so
    return account.enabled and account.imap is not None


def new_holder() -> str:
    """A name for a process that nobody else has."""
    return secrets.token_hex(8)


def check(account: MailAccount) -> None:
    """Raise InputError when an account cannot be as it was written."""
    problems = problems_of(account)
    if problems:
        raise InputError(" ".join(problems))


def keeps_secret(before: MailAccount, after: MailAccount) -> bool:
    """Whether a secret given for one account may be used for the other: by the same user, at the same servers."""
    same_user = (before.user, before.smtp_user, before.auth, before.provider) == (
        after.user,
        after.smtp_user,
        after.auth,
        after.provider,
    )
    same_servers = _is_same(before.imap, after.imap) and _is_same(before.smtp, after.smtp)
    return same_user and same_servers and after.authority in ("", before.authority)


def _follow_mailbox(sql: Statements, channel_id: Id, before: MailAccount, after: MailAccount) -> None:
    """Let no numbers of mails be taken for those of another server, which may count from the same beginning.

    The mailbox of somebody else begins anew. One that has moved to another server is looked through, and what we have
    is recognised. Whoever still reads the old one must not write its numbers again.
    """
    if before.imap is None or after.imap is None:
        return
    if before.user != after.user:
        sql.execute("DELETE FROM mail_place WHERE channel_id = ?", (channel_id,))
    elif before.imap.host.lower() != after.imap.host.lower():
        sql.execute("UPDATE mail_place SET uid_validity = 0 WHERE channel_id = ?", (channel_id,))
    else:
        return
    sql.execute("UPDATE mail_account SET holder = '', lease_until = 0 WHERE channel_id = ?", (channel_id,))


def _is_same(before: MailServer | None, after: MailServer | None) -> bool:
    if before is None or after is None:
        return after is None
    as_safe = after.security is before.security or after.security is not MailSecurity.NONE
    return (before.host, before.port) == (after.host, after.port) and as_safe


class _Credentials(MailCredentials):
    """Opens the secret when it is needed, so that it is in memory no longer than that."""

    def __init__(
        self, accounts: MailAccounts, channel_id: Id, settings: MailAccount, secret: Secret | None
    ) -> None:
        self._accounts = accounts
        self._channel_id = channel_id
        self._provider = settings.provider
        self._is_grant = settings.auth is MailAuth.OAUTH
        self._secret = secret

    def password(self) -> str:
        secret = self._secret or self._accounts.secret_of(self._channel_id)
        if self._is_grant or not secret.password:
            raise NoAccess(NOTHING_KEPT)
        return secret.password

    def access_token(self, *, renew: bool = False) -> str:
        secret = self._secret or self._accounts.secret_of(self._channel_id)
        if not self._is_grant or not secret.grant:
            raise NoAccess("Nobody has granted access to this mailbox yet. Sign in with the provider.")
        return self._accounts.token(self._channel_id, self._provider, secret.grant, renew)
