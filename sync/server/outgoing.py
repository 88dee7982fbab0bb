"""Collects what a channel needs of a reply that is due.

Of what came in, a reply is given what those know whom it goes to: a mail quotes it, and takes its subject from it. In
a conversation may stand what its customer never saw: the answer to a forward, or, after a merge, the mail of another.
"""

from collections.abc import Collection

from agent_desktop.domain.conversation_merging import merged_with, survivor_of_conversation
from agent_desktop.domain.customer import normalise_address, survivor_of
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, Direction, Message, MessageKind
from agent_desktop.domain.operations.customer import customer_of
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.standing import is_said
from agent_desktop.domain.workspace import Channel, ChannelKind
from sync.server.ports import Outgoing, ReadFile

LONGEST_THREAD = 50
"""So many messages before the reply are given, the newest and the first."""


def load_outgoing(rows: Rows, message_id: Id, read: ReadFile) -> Outgoing | None:
    """The reply with its surroundings; None when it or its channel is gone."""
    message = rows.get(Message, message_id)
    if message is None or message.channel_id is None:
        return None
    channel = rows.get(Channel, message.channel_id)
    if channel is None:
        return None
    return Outgoing(
        message=message,
        channel=channel,
        attachments=tuple(rows.query(Attachment, message_id=message_id)),
        thread=_thread(rows, message),
        author_name=message.author_name,
        read=read,
    )


def _thread(rows: Rows, reply: Message) -> tuple[Message, ...]:
    """What was said before the reply on its channel, by whatever name the conversation had then, and may be shown."""
    survivor = survivor_of_conversation(rows, reply.conversation_id)
    together = merged_with(rows, survivor) if survivor else []
    said = [
        message
        for name in [row.id for row in together] or [reply.conversation_id]
        for message in rows.query(Message, conversation_id=name)
        if message.kind is MessageKind.REPLY
        and message.channel_id == reply.channel_id
        and is_said(message)
        and (message.created_at, message.id) < (reply.created_at, reply.id)
    ]
    came = [message for message in said if message.direction is Direction.IN]
    taking_part = {row.customer_id for row in together} | {one.author_id for one in came if one.author_id}
    readers = _Readers(rows, reply, taking_part)
    said = [message for message in said if message.direction is Direction.OUT or readers.know(message)]
    said.sort(key=lambda message: (message.created_at, message.id))
    return (*said[:1], *said[1:][-(LONGEST_THREAD - 1) :])


class _Readers:
    """Whom a reply goes to, and which of them take part in the conversation: its customers, and who wrote in it."""

    def __init__(self, rows: Rows, reply: Message, taking_part: Collection[Id]) -> None:
        self._rows = rows
        self._people = {address: self._person(address) for address in (*reply.to, *reply.cc, *reply.bcc)}
        known = {self._survivor(customer_id) for customer_id in taking_part} - {None}
        self._taking_part = {address for address, person in self._people.items() if person in known}

    def know(self, message: Message) -> bool:
        """Whether what came in is known to one of them at least, and to all who take part: they wrote it, or got it."""
        named = {_normal(address) for address in (*message.to, *message.cc, message.reply_to)}
        author = self._survivor(message.author_id) if message.author_id else None
        knowing = {
            address
            for address, person in self._people.items()
            if _normal(address) in named or (author is not None and person == author)
        }
        return not self._people or (bool(knowing) and self._taking_part <= knowing)

    def _person(self, address: str) -> Id | None:
        found = customer_of(self._rows, ChannelKind.EMAIL, address)
        return None if found is None else found.id

    def _survivor(self, customer_id: Id) -> Id | None:
        found = survivor_of(self._rows, customer_id)
        return None if found is None else found.id


def _normal(address: str) -> str:
    return normalise_address(ChannelKind.EMAIL, address)
