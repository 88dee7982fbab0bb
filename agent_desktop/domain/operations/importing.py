"""The operation that brings in a conversation from elsewhere: old mail, another help desk, a file."""

from dataclasses import dataclass
from datetime import datetime

from agent_desktop.domain.conversation import Conversation, Priority, Status
from agent_desktop.domain.conversation_merging import need_conversation, standing_of
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.domain.message import AttachmentFile, Delivery, Direction, Message, MessageKind
from agent_desktop.domain.operations.base import Context, OperationKind, need
from agent_desktop.domain.operations.conversation import ensure_tags, tag_names, take_number
from agent_desktop.domain.operations.message import put_files
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.policy import LEGAL_HOLD
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.standing import with_messages
from agent_desktop.domain.workspace import Channel

_SAID = (MessageKind.REPLY, MessageKind.CALL)
NOT_LEFT = "It had not left where it was exported."


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedMessage:
    """One message of an imported conversation. Without a channel it came by that of the conversation.

    `delivery` is what became of a reply of ours; one that was still on its way waits for its author here.
    """

    id: Id
    direction: Direction
    kind: MessageKind
    created_at: datetime
    text: str
    author_name: str = ""
    author_id: Id | None = None
    subject: str = ""
    quoted: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    channel_id: Id | None = None
    delivery: Delivery = Delivery.NONE
    delivery_detail: str = ""
    automatic: bool = False
    mail_kind: MailKind = MailKind.PERSONAL
    sender: str = ""
    files: tuple[AttachmentFile, ...] = ()
    html_blob: str | None = None
    raw_blob: str | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportConversation:
    """Add a conversation from elsewhere, or the messages of it that are not there yet. Never sends anything."""

    conversation_id: Id
    customer_id: Id
    channel_id: Id
    subject: str
    messages: tuple[ImportedMessage, ...]
    status: Status = Status.OPEN
    priority: Priority = Priority.NORMAL
    assignee_id: Id | None = None
    team_id: Id | None = None
    tags: tuple[str, ...] = ()
    external_id: str | None = None
    snoozed_until: datetime | None = None


def _import(rows: Rows, payload: ImportConversation, context: Context) -> None:
    if not payload.messages:
        raise Rejected(Reason.INVALID, "no messages")
    need(rows, Channel, payload.channel_id)
    for item in payload.messages:
        if item.channel_id is not None:
            need(rows, Channel, item.channel_id)
    customer = need(rows, Customer, payload.customer_id)
    known = rows.get(Conversation, payload.conversation_id)
    new = {item.id: item for item in payload.messages if rows.get(Message, item.id) is None}
    if not new:
        return
    messages = [_message(payload, item, customer, context) for item in new.values()]
    if known is None:
        rows.put(with_messages(_conversation(rows, payload, messages, context), messages))
    for message in messages:
        rows.put(message)
        put_files(rows, payload.conversation_id, message.id, new[message.id].files)
    if known is not None:
        rows.put(standing_of(rows, need_conversation(rows, known.id)))


def _message(
    payload: ImportConversation, item: ImportedMessage, customer: Customer, context: Context
) -> Message:
    incoming = item.direction is Direction.IN
    delivery = _delivery(item)
    detail = item.delivery_detail if delivery is not Delivery.NONE else ""
    return Message(
        id=item.id,
        conversation_id=payload.conversation_id,
        kind=item.kind,
        direction=item.direction,
        created_at=min(
            item.created_at, context.at
        ),  # a clock that was wrong must not be ahead of us for years
        author_id=customer.id if incoming else item.author_id,
        author_name=item.author_name or (customer.name if incoming else ""),
        channel_id=(item.channel_id or payload.channel_id) if item.kind in _SAID else None,
        subject=item.subject,
        text=item.text,
        quoted=item.quoted,
        to=item.to,
        cc=item.cc,
        bcc=item.bcc,
        delivery=delivery,
        delivery_detail=NOT_LEFT if delivery is not item.delivery and delivery is Delivery.HELD else detail,
        automatic=item.automatic or item.mail_kind.by_program,
        mail_kind=item.mail_kind,
        sender=item.sender,
        html_blob=item.html_blob,
        raw_blob=item.raw_blob,
        external_id=item.external_id,
        attachment_count=len(item.files),
    )


def _delivery(item: ImportedMessage) -> Delivery:
    """What becomes of a reply that comes in: nothing is ever sent by importing it."""
    if item.kind is not MessageKind.REPLY or item.direction is Direction.IN:
        return Delivery.NONE
    return Delivery.HELD if item.delivery in (Delivery.QUEUED, Delivery.SENDING) else item.delivery


def _conversation(
    rows: Rows, payload: ImportConversation, messages: list[Message], context: Context
) -> Conversation:
    times = [message.created_at for message in messages]
    tags = tag_names(payload.tags)
    if not context.actor.may(Permission.RETENTION_MANAGE):
        tags = tuple(
            tag for tag in tags if tag != LEGAL_HOLD
        )  # they decide on no hold, wherever it comes from
    ensure_tags(rows, tags)
    return Conversation(
        id=payload.conversation_id,
        number=take_number(rows, context),
        subject=payload.subject,
        customer_id=payload.customer_id,
        channel_id=payload.channel_id,
        status=payload.status,
        priority=payload.priority,
        solved_at=max(times) if payload.status in (Status.SOLVED, Status.CLOSED) else None,
        assignee_id=payload.assignee_id,
        team_id=payload.team_id,
        tags=tags,
        created_at=min(times),
        last_message_at=min(times),
        external_id=payload.external_id,
        snoozed_until=payload.snoozed_until,
    )


IMPORT_CONVERSATION = OperationKind(
    name="conversation.import",
    permission=Permission.IMPORT,
    title="Import conversation",
    payload=ImportConversation,
    apply=_import,
    about=lambda payload: payload.conversation_id,
    version=2,
    upcasters=(
        lambda plain: plain,
    ),  # from which address a mail came, and what kind of mail it is, was not kept
)
KINDS = (IMPORT_CONVERSATION,)
