"""Everything that a server has for mail, put together: accounts, what sends and what reads for them, and set-up."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import Channel
from agent_desktop.store.rows import SqlRows
from sync.channels import Surroundings, spec_of
from sync.channels.mail.exchangers import Exchangers, asks_nobody
from sync.channels.mail.kept_lines import KeptLines
from sync.channels.mail.providers import PROVIDERS, Provider
from sync.channels.mail.reply_token import ReplyTokens
from sync.server.backend import Backend
from sync.server.keys import ServerKey
from sync.server.mail.accounts import HeldPlaces, MailAccounts, new_holder
from sync.server.mail.administration import MailAdministration
from sync.server.mail.grants import MailGrants, Registration
from sync.server.mail.receiving import Receiving
from sync.server.ports import ChannelPort, Dial, InboundPort, MailPlacePort, OpenMailAccount, Receiver
from sync.server.safe_fetch import SafeFetcher


@dataclass(frozen=True, slots=True, kw_only=True)
class MailWays:
    """What a server uses to reach others. `registrations`: as what it is known to providers, by their names;
    `exchangers`: where the mail of domains goes.
    """

    dial: Dial
    registrations: Mapping[str, Registration]
    providers: tuple[Provider, ...] = PROVIDERS
    fetcher: SafeFetcher | None = None
    exchangers: Exchangers = asks_nobody


class PostOffice:
    """The mail of one workspace, as one server process has it. `alone`: no other process serves it."""

    def __init__(
        self,
        backend: Backend,
        key: ServerKey,
        clock: Clock,
        inbound: InboundPort,
        ways: MailWays,
        *,
        alone: bool = False,
    ) -> None:
        database = backend.store.database
        self._lines = KeptLines()
        self._around = Surroundings(
            clock=clock,
            dial=ways.dial,
            random=Random(),  # noqa: S311 - spreads retries, guards nothing
            signer=key,
            inbound=inbound,
            lines=self._lines,
        )
        grants = MailGrants(ways.registrations, key, clock, providers=ways.providers)
        self.accounts = MailAccounts(database, key, clock, grants.token)
        grants.serve(self.accounts)
        holder = new_holder()
        self.receiving = Receiving(
            self.accounts, HeldPlaces(database, clock, holder), self._receiver, holder, alone=alone
        )
        self.administration = MailAdministration(
            backend.store, clock, self.accounts, grants, ways.dial, ways.fetcher, ways.exchangers
        )
        self._backend = backend
        self._tokens = ReplyTokens(key)

    def port_of(self, channel: Channel) -> ChannelPort | None:
        """What sends for a channel; None while it is not connected."""
        spec, account = spec_of(channel.kind), self.accounts.account(channel.id)
        return None if spec is None or account is None else spec.sender(channel, account, self._around)

    def trusted_host(self, channel_id: Id) -> str:
        """The server whose word on senders is believed on a channel; empty for none."""
        saved = self.accounts.read(channel_id).account
        return "" if saved is None else saved.trusted_host

    def named_reply(self, name: str) -> Id | None:
        """The reply that a name stands for, if it is one that we signed."""
        return self._tokens.verify(name)

    def start(self) -> None:
        """Begin to read what is set up."""
        self.receiving.start()

    def stop(self) -> None:
        """Read no more, and let go of connections."""
        self.receiving.stop()
        self._lines.close()

    def _receiver(self, account: OpenMailAccount, places: MailPlacePort) -> Receiver | None:
        store = self._backend.store
        with store.database.read() as sql:
            channel = SqlRows(sql, store.schema.tables).get(Channel, account.channel_id)
        spec = None if channel is None else spec_of(channel.kind)
        return None if spec is None else spec.receiver(account, places, self._around)
