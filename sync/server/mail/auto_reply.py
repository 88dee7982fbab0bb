"""The automatic answer of a channel: off unless somebody wrote one, once a day for each address, never to programs.

It carries nothing that a stranger wrote but their name without links, so that nobody can have us send mail to others
for them.
"""

from datetime import timedelta

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.ids import derived_id
from agent_desktop.domain.operations.inbound import AnswerAutomatically
from agent_desktop.domain.placeholders import render
from agent_desktop.domain.trust import SenderTrust
from agent_desktop.domain.workspace import Channel, Workspace
from sync.server.mail.reading import Arrived
from sync.server.transaction import Transaction

ONCE_IN = timedelta(days=1)
_ANSWERED = "SELECT 1 FROM inbound WHERE sender = ? AND answered_at > ? LIMIT 1"


class AutoReply:
    """Makes automatic answers within one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def to(
        self, arrived: Arrived, channel: Channel, conversation: Conversation
    ) -> AnswerAutomatically | None:
        """The answer to the mail that began a conversation; None when there must be none."""
        address = arrived.sender.address
        if not channel.auto_reply or not address or not self._may_answer(arrived):
            return None
        return AnswerAutomatically(
            conversation_id=conversation.id,
            message_id=derived_id(
                arrived.waiting.received_at, "automatic answer", arrived.waiting.inbound_id
            ),
            channel_id=channel.id,
            text=self._text(channel, conversation),
            to=(address,),
            subject=f"{channel.name} #{conversation.number}",
        )

    def _may_answer(self, arrived: Arrived) -> bool:
        if arrived.mail.is_automatic:
            return False
        if arrived.trust is SenderTrust.FAILED:
            return False  # somebody else would get it
        since = to_microseconds(self._transaction.time - ONCE_IN)
        keys = (arrived.waiting.sender, since)
        return self._transaction.connection.execute(_ANSWERED, keys).fetchone() is None

    def _text(self, channel: Channel, conversation: Conversation) -> str:
        rows, now = self._transaction.rows, self._transaction.time
        customer = rows.get(Customer, conversation.customer_id)
        workspace = next(iter(rows.query(Workspace)), None)
        values = {
            "customer.name": customer.name if customer else "",
            "customer.first_name": customer.first_name if customer else "",
            "conversation.number": str(conversation.number),
            "channel.name": channel.name,
            "workspace.name": workspace.name if workspace else "",
            "today": now.date().isoformat(),
        }
        rendered = render(channel.auto_reply, values)
        text = rendered.text
        for left in reversed(rendered.unresolved):  # nobody is there to fill it in
            text = text[: left.start] + text[left.end :]
        return text.strip() or channel.name
