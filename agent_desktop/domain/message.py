"""Messages of a conversation, what became of sending them, and their attachments."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from agent_desktop.domain.attachment_file import AttachmentFile as AttachmentFile
from agent_desktop.domain.delivery import WAITING as WAITING
from agent_desktop.domain.delivery import Delivery as Delivery
from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.domain.rows import INBOX_SCOPE, Entity

PREVIEW_LENGTH = 160


class Direction(StrEnum):
    """Who a message comes from: the customer (in) or us (out)."""

    IN = "in"
    OUT = "out"


class MessageKind(StrEnum):
    """What a message is. Only a reply ever reaches a channel."""

    REPLY = "reply"
    NOTE = "note"
    EVENT = "event"
    CALL = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Entity):
    """One entry of a timeline. Text and attachments never change after it was made; the delivery does.

    `author_id` is a user for ours and notes, a customer for theirs, None for events of the system. `quoted` is
    the folded quotation; `html_blob` and `raw_blob` name files by SHA-256. `automatic` marks what
    nobody said to anybody, such as an out-of-office reply or a call that was not answered. `mentioned_ids` are the
    users that a note asks for. What is `forwarded` goes to somebody who is not part of the conversation: it answers
    nobody.

    Of a mail that came, `sender` is whom it says that it is from ("Name <address>", or the address alone), `reply_to`
    where they want answers if not there, `authentication` what our mail server found out about them (see `trust`), and
    `mail_kind` what wrote it.
    """

    table: ClassVar[str] = "message"

    scope: str = INBOX_SCOPE
    conversation_id: Id
    kind: MessageKind
    direction: Direction
    created_at: datetime
    author_id: Id | None = None
    author_name: str = ""
    channel_id: Id | None = None
    subject: str = ""
    text: str = ""
    quoted: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    html_blob: str | None = None
    raw_blob: str | None = None
    external_id: str | None = None
    attachment_count: int = 0
    delivery: Delivery = Delivery.NONE
    delivery_detail: str = ""
    not_before: datetime | None = None
    automatic: bool = False
    mentioned_ids: tuple[Id, ...] = ()
    sender: str = ""
    reply_to: str = ""
    authentication: str = ""
    forwarded: bool = False
    mail_kind: MailKind = MailKind.PERSONAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment(Entity):
    """A file of a message; its content lies under its SHA-256."""

    table: ClassVar[str] = "attachment"

    scope: str = INBOX_SCOPE
    message_id: Id
    conversation_id: Id
    name: str
    media_type: str
    size: int
    sha256: str
    content_id: str = ""
    inline: bool = False


def preview_of(text: str) -> str:
    """The first words of a text on one line, for lists."""
    return " ".join(text[: PREVIEW_LENGTH * 4].split())[:PREVIEW_LENGTH]
