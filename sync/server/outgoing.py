"""Collects what a channel needs of a reply that is due."""

from agent_desktop.domain.conversation_merging import merged_with, survivor_of_conversation
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, Message, MessageKind
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.standing import is_said
from agent_desktop.domain.workspace import Channel
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
    """What was said before the reply on its channel, by whatever name the conversation had then."""
    survivor = survivor_of_conversation(rows, reply.conversation_id)
    names = [row.id for row in merged_with(rows, survivor)] if survivor else [reply.conversation_id]
    said = [
        message
        for name in names
        for message in rows.query(Message, conversation_id=name)
        if message.kind is MessageKind.REPLY
        and message.channel_id == reply.channel_id
        and is_said(message)
        and (message.created_at, message.id) < (reply.created_at, reply.id)
    ]
    said.sort(key=lambda message: (message.created_at, message.id))
    return (*said[:1], *said[1:][-(LONGEST_THREAD - 1) :])
