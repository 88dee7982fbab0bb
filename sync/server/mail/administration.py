"""What administrators ask of mail accounts: set up, detect, test, have access granted, remove. All of it is told."""

from contextlib import suppress

from agent_desktop.domain.audit import AuditAction, Detail
from agent_desktop.domain.clock import Clock
from agent_desktop.domain.errors import InputError, Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_account import MailAccount, MailAuth
from agent_desktop.domain.mail_address import mail_address
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.workspace import Channel, User
from agent_desktop.store.database import Statements
from agent_desktop.store.rows import SqlRows
from sync.channels import spec_of
from sync.channels.mail.checking import Trial, check
from sync.channels.mail.detect import detect
from sync.channels.mail.exchangers import Exchangers, asks_nobody
from sync.protocol.mail_accounts import (
    BeginMailGrant,
    DetectedMailAccount,
    DetectMailAccount,
    FinishMailGrant,
    MailGrantBegun,
    MailTest,
    SavedMailAccount,
    SaveMailAccount,
    TestMailAccount,
)
from sync.server.answering import Answering, Asker
from sync.server.commit import ServerStore
from sync.server.mail.accounts import MailAccounts, Secret
from sync.server.mail.grants import MailGrants
from sync.server.ports import Dial
from sync.server.public_address import NotPublic
from sync.server.safe_fetch import FetchFailed, FetchLimits, SafeFetcher

_PUBLISHED = frozenset({"text/xml", "application/xml"})
_SMALL = FetchLimits(bytes=200_000, seconds=8.0, connect_seconds=4.0, hops=2)


class MailAdministration(Answering):
    """Answers administrators about the mail accounts of channels. Raises Rejected as `Administration` does.

    Some methods wait for mail servers and providers, and never within a transaction.
    """

    def __init__(
        self,
        store: ServerStore,
        clock: Clock,
        accounts: MailAccounts,
        grants: MailGrants,
        dial: Dial,
        fetcher: SafeFetcher | None = None,
        exchangers: Exchangers = asks_nobody,
    ) -> None:
        super().__init__(store, clock)
        self._accounts = accounts
        self._grants = grants
        self._dial = dial
        self._fetcher = fetcher or SafeFetcher(_SMALL)
        self._exchangers = exchangers

    def read(self, asker: Asker, channel_id: Id) -> SavedMailAccount:
        """What is set up for a channel, without its secret, and how it does."""
        self._channel(asker, channel_id)
        return self._accounts.read(channel_id)

    def save(self, asker: Asker, channel_id: Id, wanted: SaveMailAccount) -> SavedMailAccount:
        """Set an account up. Raises InputError."""
        secret = None if wanted.secret is None else Secret(password=wanted.secret)
        self._save(asker, channel_id, wanted.account, secret, AuditAction.MAIL_SAVED)
        return self._accounts.read(channel_id)

    def remove(self, asker: Asker, channel_id: Id) -> None:
        """Forget an account and its secret. What was received stays."""

        def change(sql: Statements) -> None:
            if not self._accounts.remove(sql, channel_id):
                raise Rejected(Reason.GONE, "mail account")
            self._tell(sql, asker, AuditAction.MAIL_REMOVED, channel_id, {})

        self._change(asker, Permission.CHANNELS_MANAGE, change)
        self._grants.forget(channel_id)
        self._accounts.changed()

    def test(self, asker: Asker, channel_id: Id, wanted: TestMailAccount) -> MailTest:
        """Try an account step by step, also for a channel that is not made yet. Raises InputError.

        A mail goes to whoever asks, or else to the channel itself: to nobody who could be named.
        """
        channel = self._channel_if_there(asker, channel_id)
        secret = None if wanted.secret is None else Secret(password=wanted.secret)
        opened = self._accounts.opened(channel_id, wanted.account, secret)
        # Told before it is done: whoever has this server knock at others leaves a trace.
        with self._database.write() as sql:
            self._tell(sql, asker, AuditAction.MAIL_TESTED, channel_id, _hosts(wanted.account))
        trial = self._trial(asker, channel, wanted.account) if wanted.send else None
        return check(opened, self._dial, self._clock, trial)

    def detect(self, asker: Asker, wanted: DetectMailAccount) -> DetectedMailAccount:
        """The servers of an address."""
        with self._database.snapshot() as sql:
            self._require(SqlRows(sql, self._schema.tables), asker, Permission.CHANNELS_MANAGE)
        return detect(
            wanted.address, self._fetched, self._dial, self._grants.knows, wanted.provider, self._exchangers
        )

    def begin_grant(self, asker: Asker, channel_id: Id, wanted: BeginMailGrant) -> MailGrantBegun:
        """Begin to ask a provider for access. Raises InputError."""
        self._channel(asker, channel_id)
        return self._grants.begin(channel_id, wanted.provider, wanted.redirect, wanted.user)

    def finish_grant(self, asker: Asker, channel_id: Id, brought: FinishMailGrant) -> SavedMailAccount:
        """Get what was granted, and set the account up with it. Raises InputError."""
        self._channel(asker, channel_id)
        provider, secret = self._grants.finish(channel_id, brought.step, brought.code)
        if brought.account.auth is not MailAuth.OAUTH or brought.account.provider != provider:
            raise InputError("What was granted is for another account. Begin again.")
        self._save(asker, channel_id, brought.account, secret, AuditAction.MAIL_GRANTED)
        return self._accounts.read(channel_id)

    # ----- what they have in common

    def _save(
        self, asker: Asker, channel_id: Id, account: MailAccount, secret: Secret | None, action: AuditAction
    ) -> None:
        self._channel(asker, channel_id)

        def change(sql: Statements) -> None:
            self._accounts.save(sql, channel_id, account, secret)
            told = {**_hosts(account), "auth": account.auth.value, "secret": secret is not None}
            self._tell(sql, asker, action, channel_id, told)

        self._change(asker, Permission.CHANNELS_MANAGE, change)
        self._grants.forget(channel_id)
        self._accounts.changed()

    def _trial(self, asker: Asker, channel: Channel | None, account: MailAccount) -> Trial:
        sender = mail_address(channel.address if channel is not None else account.user)
        if sender is None:
            raise InputError("This channel has no e-mail address to send from. Give it one first.")
        with self._database.read() as sql:
            user = SqlRows(sql, self._schema.tables).get(User, asker.user_id)
        own = mail_address(user.email) if user is not None else None
        return Trial(sender, own or sender)

    def _channel(self, asker: Asker, channel_id: Id) -> Channel:
        channel = self._channel_if_there(asker, channel_id)
        if channel is None:
            raise Rejected(Reason.GONE, "channel")
        return channel

    def _channel_if_there(self, asker: Asker, channel_id: Id) -> Channel | None:
        with self._database.snapshot() as sql:
            rows = SqlRows(sql, self._schema.tables)
            self._require(rows, asker, Permission.CHANNELS_MANAGE)
            channel = rows.get(Channel, channel_id)
        if channel is not None and spec_of(channel.kind) is None:
            raise InputError("This kind of channel has no mail account.")
        return channel

    def _fetched(self, url: str) -> bytes | None:
        with suppress(NotPublic, FetchFailed):
            return self._fetcher.fetch(url, _PUBLISHED).content
        return None


def _hosts(account: MailAccount) -> dict[str, Detail]:
    servers = [server for server in (account.imap, account.smtp) if server is not None]
    return {"servers": [f"{server.host}:{server.port}" for server in servers]}
