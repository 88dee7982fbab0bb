"""Replies that are due, for tests of what becomes of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, Delivery, Direction, Message, MessageKind
from agent_desktop.domain.workspace import Channel, ChannelKind
from sync.channels.mail.reply_token import ReplyTokens
from sync.server.keys import ServerKey
from sync.server.ports import Outgoing
from tests.fakes import START

TOKENS = ReplyTokens(ServerKey(bytes(range(32))))
CHANNEL = Channel(
    id="0190b0e0a1b27c3d8e4f5a6b7c8d0001",
    kind=ChannelKind.EMAIL,
    name="Support",
    address="support@example.test",
)
REPLY_ID = "0190b0e0a1b27c3d8e4f5a6b7c8d9e0f"
TEXT = "Dear Ada,\n\nit is on its way: https://example.test/t?a=1&b=2.\n\nBen"
QUESTION = Message(
    id="0190b0e0a1b27c3d8e4f5a6b7c8d0003",
    conversation_id="0190b0e0a1b27c3d8e4f5a6b7c8d0002",
    kind=MessageKind.REPLY,
    direction=Direction.IN,
    created_at=START,
    author_name="Ada Lovelace",
    channel_id=CHANNEL.id,
    subject="AW: Re: Where is my order?",
    text="Where is it?\n\nAda",
    external_id="question.1@customer.test",
)


def a_reply(
    reply_id: Id = REPLY_ID, text: str = TEXT, to: tuple[str, ...] = ("ada@customer.test",), **changes: object
) -> Message:
    message = Message(
        id=reply_id,
        conversation_id=QUESTION.conversation_id,
        kind=MessageKind.REPLY,
        direction=Direction.OUT,
        created_at=START + timedelta(hours=1),
        author_name="Ben Okri",
        channel_id=CHANNEL.id,
        subject="Re: Where is my order?",
        text=text,
        to=to,
        delivery=Delivery.QUEUED,
    )
    return replace(message, **changes)  # type: ignore[arg-type]  # fields by name


def an_outgoing(
    message: Message | None = None,
    files: Mapping[str, bytes] | None = None,
    thread: tuple[Message, ...] = (QUESTION,),
    channel: Channel = CHANNEL,
    **attachment: object,
) -> Outgoing:
    """A reply with files by their names."""
    message = message or a_reply()
    stored = {sha256(content).hexdigest(): content for content in (files or {}).values()}
    attachments = tuple(
        replace(
            Attachment(
                id=f"{number:032x}",
                message_id=message.id,
                conversation_id=message.conversation_id,
                name=name,
                media_type="application/pdf",
                size=len(content),
                sha256=sha256(content).hexdigest(),
            ),
            **attachment,  # type: ignore[arg-type]  # fields by name
        )
        for number, (name, content) in enumerate((files or {}).items())
    )
    return Outgoing(message, channel, attachments, thread, message.author_name, stored.get)
