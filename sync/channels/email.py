"""E-mail: read by IMAP or brought by the mail server of the house, sent by SMTP."""

from agent_desktop.domain.channels import LIMITS
from agent_desktop.domain.workspace import Channel, ChannelKind
from sync.channels import ChannelSpec, Surroundings
from sync.channels.mail.receiving import ImapReceiver
from sync.channels.mail.reply_token import ReplyTokens
from sync.channels.mail.sending import MailSender
from sync.server.ports import ChannelPort, MailPlacePort, OpenMailAccount, Receiver


def _sender(channel: Channel, account: OpenMailAccount, around: Surroundings) -> ChannelPort | None:
    if account.settings.smtp is None:
        return None
    return MailSender(channel, account, ReplyTokens(around.signer), around.clock, around.dial, around.lines)


def _receiver(account: OpenMailAccount, places: MailPlacePort, around: Surroundings) -> Receiver | None:
    server = account.settings.imap
    if server is None:
        return None
    return ImapReceiver(account, server, around.inbound, places, around.clock, around.dial, around.random)


SPEC = ChannelSpec(
    kind=ChannelKind.EMAIL,
    title="E-mail",
    limits=LIMITS[ChannelKind.EMAIL],
    sender=_sender,
    receiver=_receiver,
)
