"""Operations that add messages and follow what becomes of them. A note never reaches a channel."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import (
    Attachment,
    AttachmentFile,
    Delivery,
    Direction,
    Message,
    MessageKind,
    preview_of,
)
from agent_desktop.domain.operations.base import SYSTEM_ONLY, Context, OperationKind, need
from agent_desktop.domain.operations.conversation import ensure_tags, take_number, with_due
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.workspace import Channel, User

MAXIMUM_UNDO_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Answer the customer. `seen_in` and `seen_out` are the last messages the author had seen: when somebody has
    written since, the reply is held until its author decides.
    """

    conversation_id: Id
    message_id: Id
    channel_id: Id
    text: str
    subject: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    files: tuple[AttachmentFile, ...] = ()
    seen_in: Id | None = None
    seen_out: Id | None = None
    undo_seconds: int = 10
    send_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote:
    """Write an internal note; `mentioned_ids` are the users it asks for."""

    conversation_id: Id
    message_id: Id
    text: str
    files: tuple[AttachmentFile, ...] = ()
    mentioned_ids: tuple[Id, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveNote:
    """Take back a note of one's own."""

    conversation_id: Id
    message_id: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReply:
    """Call back a reply that has not left yet."""

    conversation_id: Id
    message_id: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseReply:
    """Send a held, failed or unknown reply as it is, having seen what is new."""

    conversation_id: Id
    message_id: Id
    seen_in: Id | None = None
    seen_out: Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveMessage:
    """A message of the customer has arrived on a channel."""

    conversation_id: Id
    message_id: Id
    customer_id: Id
    channel_id: Id
    text: str
    sent_at: datetime
    quoted: str = ""
    subject: str = ""
    kind: MessageKind = MessageKind.REPLY
    files: tuple[AttachmentFile, ...] = ()
    html_blob: str | None = None
    raw_blob: str | None = None
    external_id: str | None = None
    automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDelivery:
    """What the channel says about one of our replies."""

    conversation_id: Id
    message_id: Id
    delivery: Delivery
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedMessage:
    """One message of an imported conversation."""

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
    assignee_id: Id | None = None
    team_id: Id | None = None
    tags: tuple[str, ...] = ()
    external_id: str | None = None


def _put_files(rows: Rows, conversation_id: Id, message_id: Id, files: tuple[AttachmentFile, ...]) -> None:
    for file in files:
        rows.put(
            Attachment(
                id=file.id,
                message_id=message_id,
                conversation_id=conversation_id,
                name=file.name,
                media_type=file.media_type,
                size=file.size,
                sha256=file.sha256,
                content_id=file.content_id,
                inline=file.inline,
            )
        )


def _author_name(rows: Rows, user_id: Id) -> str:
    user = rows.get(User, user_id)
    return user.name if user else ""


def _reply(rows: Rows, payload: Reply, context: Context) -> None:
    conversation = need(rows, Conversation, payload.conversation_id)
    if rows.get(Message, payload.message_id) is not None:
        raise Rejected(Reason.EXISTS, "message")
    need(rows, Channel, payload.channel_id)
    if not payload.text.strip() and not payload.files:
        raise Rejected(Reason.INVALID, "empty reply")
    stale = conversation.last_in_id != payload.seen_in or conversation.last_out_id != payload.seen_out
    undo = timedelta(seconds=max(0, min(payload.undo_seconds, MAXIMUM_UNDO_SECONDS)))
    message = Message(
        id=payload.message_id,
        conversation_id=conversation.id,
        kind=MessageKind.REPLY,
        direction=Direction.OUT,
        created_at=context.at,
        author_id=context.actor_id,
        author_name=_author_name(rows, context.actor_id),
        channel_id=payload.channel_id,
        subject=payload.subject,
        text=payload.text,
        to=payload.to,
        cc=payload.cc,
        bcc=payload.bcc,
        attachment_count=len(payload.files),
        delivery=Delivery.HELD if stale else Delivery.QUEUED,
        not_before=payload.send_at or context.at + undo,
    )
    rows.put(message)
    _put_files(rows, conversation.id, message.id, payload.files)
    if not stale:
        rows.put(_answered(conversation, message))


def _answered(conversation: Conversation, message: Message) -> Conversation:
    return with_due(
        replace(
            conversation,
            last_out_id=message.id,
            last_out_at=message.created_at,
            last_message_at=max(conversation.last_message_at, message.created_at),
            waiting_since=None,
            preview=preview_of(message.text),
            preview_out=True,
            message_count=conversation.message_count + 1,
        )
    )


def _add_note(rows: Rows, payload: AddNote, context: Context) -> None:
    conversation = need(rows, Conversation, payload.conversation_id)
    if rows.get(Message, payload.message_id) is not None:
        raise Rejected(Reason.EXISTS, "message")
    rows.put(
        Message(
            id=payload.message_id,
            conversation_id=conversation.id,
            kind=MessageKind.NOTE,
            direction=Direction.OUT,
            created_at=context.at,
            author_id=context.actor_id,
            author_name=_author_name(rows, context.actor_id),
            text=payload.text,
            attachment_count=len(payload.files),
        )
    )
    _put_files(rows, conversation.id, payload.message_id, payload.files)
    mentioned = tuple(dict.fromkeys([*conversation.mentioned_ids, *payload.mentioned_ids]))
    if mentioned != conversation.mentioned_ids:
        rows.put(replace(conversation, mentioned_ids=mentioned))


def _remove_note(rows: Rows, payload: RemoveNote, context: Context) -> None:
    message = need(rows, Message, payload.message_id)
    if message.kind is not MessageKind.NOTE or message.author_id != context.actor_id:
        raise Rejected(Reason.FORBIDDEN, "not a note of this user")
    for attachment in rows.query(Attachment, message_id=message.id):
        rows.delete(Attachment, attachment.id)
    rows.delete(Message, message.id)


def _inverse_note(rows: Rows, payload: AddNote, context: Context) -> tuple[RemoveNote, ...]:
    return (RemoveNote(conversation_id=payload.conversation_id, message_id=payload.message_id),)


def _cancel_reply(rows: Rows, payload: CancelReply, context: Context) -> None:
    message = need(rows, Message, payload.message_id)
    if message.delivery is Delivery.CANCELLED:
        return
    if message.delivery not in (Delivery.QUEUED, Delivery.HELD, Delivery.FAILED):
        raise Rejected(Reason.ALREADY_SENT)
    rows.put(replace(message, delivery=Delivery.CANCELLED, not_before=None))
    conversation = need(rows, Conversation, message.conversation_id)
    if conversation.last_out_id == message.id:
        rows.put(_without(rows, conversation, message))


def _without(rows: Rows, conversation: Conversation, cancelled: Message) -> Conversation:
    """The conversation as it stands without a reply that was called back."""
    left = [
        message
        for message in rows.query(Message, conversation_id=conversation.id)
        if message.kind in (MessageKind.REPLY, MessageKind.CALL)
        and message.delivery not in (Delivery.CANCELLED, Delivery.HELD)
        and message.id != cancelled.id
    ]
    left.sort(key=lambda message: (message.created_at, message.id))
    ours = [message for message in left if message.direction is Direction.OUT]
    last, last_out = left[-1] if left else None, ours[-1] if ours else None
    unanswered = [
        message
        for message in left
        if message.direction is Direction.IN
        and (last_out is None or message.created_at > last_out.created_at)
    ]
    return with_due(
        replace(
            conversation,
            last_out_id=last_out.id if last_out else None,
            last_out_at=last_out.created_at if last_out else None,
            last_message_at=last.created_at if last else conversation.created_at,
            waiting_since=unanswered[0].created_at if unanswered else None,
            preview=preview_of(last.text) if last else "",
            preview_out=last is not None and last.direction is Direction.OUT,
            message_count=len(left),
        )
    )


def _release_reply(rows: Rows, payload: ReleaseReply, context: Context) -> None:
    message = need(rows, Message, payload.message_id)
    if message.delivery not in (Delivery.HELD, Delivery.FAILED, Delivery.UNKNOWN):
        return
    conversation = need(rows, Conversation, message.conversation_id)
    stale = conversation.last_in_id != payload.seen_in or conversation.last_out_id != payload.seen_out
    if stale:
        rows.put(replace(message, delivery=Delivery.HELD))
        return
    rows.put(replace(message, delivery=Delivery.QUEUED, delivery_detail="", not_before=context.at))
    if conversation.last_out_id != message.id:
        rows.put(_answered(conversation, message))


def _receive(rows: Rows, payload: ReceiveMessage, context: Context) -> None:
    conversation = need(rows, Conversation, payload.conversation_id)
    if rows.get(Message, payload.message_id) is not None:
        raise Rejected(Reason.EXISTS, "message")
    customer = need(rows, Customer, payload.customer_id)
    message = Message(
        id=payload.message_id,
        conversation_id=conversation.id,
        kind=payload.kind,
        direction=Direction.IN,
        created_at=payload.sent_at,
        author_id=customer.id,
        author_name=customer.name,
        channel_id=payload.channel_id,
        subject=payload.subject,
        text=payload.text,
        quoted=payload.quoted,
        html_blob=payload.html_blob,
        raw_blob=payload.raw_blob,
        external_id=payload.external_id,
        attachment_count=len(payload.files),
    )
    rows.put(message)
    _put_files(rows, conversation.id, message.id, payload.files)
    woken = conversation
    if not payload.automatic:
        woken = replace(
            conversation,
            status=Status.OPEN,
            solved_at=None,
            snoozed_until=None,
            waiting_since=conversation.waiting_since or message.created_at,
        )
    rows.put(
        with_due(
            replace(
                woken,
                last_in_id=message.id,
                last_in_at=message.created_at,
                last_message_at=max(conversation.last_message_at, message.created_at),
                preview=preview_of(message.text) or preview_of(message.subject),
                preview_out=False,
                message_count=conversation.message_count + 1,
            )
        )
    )


_FORWARD: dict[Delivery, frozenset[Delivery]] = {
    Delivery.SENDING: frozenset({Delivery.QUEUED}),
    Delivery.SENT: frozenset({Delivery.QUEUED, Delivery.SENDING, Delivery.UNKNOWN}),
    Delivery.DELIVERED: frozenset({Delivery.SENDING, Delivery.SENT, Delivery.UNKNOWN}),
    Delivery.READ: frozenset({Delivery.SENDING, Delivery.SENT, Delivery.DELIVERED, Delivery.UNKNOWN}),
    Delivery.FAILED: frozenset({Delivery.QUEUED, Delivery.SENDING, Delivery.SENT, Delivery.UNKNOWN}),
    Delivery.UNKNOWN: frozenset({Delivery.SENDING}),
    Delivery.QUEUED: frozenset({Delivery.QUEUED, Delivery.SENDING}),
}


def _report_delivery(rows: Rows, payload: ReportDelivery, context: Context) -> None:
    message = need(rows, Message, payload.message_id)
    if message.delivery in _FORWARD.get(payload.delivery, frozenset()):
        rows.put(replace(message, delivery=payload.delivery, delivery_detail=payload.detail))


def _import(rows: Rows, payload: ImportConversation, context: Context) -> None:
    if not payload.messages:
        raise Rejected(Reason.INVALID, "no messages")
    need(rows, Channel, payload.channel_id)
    customer = need(rows, Customer, payload.customer_id)
    conversation = rows.get(Conversation, payload.conversation_id)
    added = [item for item in payload.messages if rows.get(Message, item.id) is None]
    if conversation is not None and not added:
        return
    for item in added:
        incoming = item.direction is Direction.IN
        rows.put(
            Message(
                id=item.id,
                conversation_id=payload.conversation_id,
                kind=item.kind,
                direction=item.direction,
                created_at=item.created_at,
                author_id=customer.id if incoming else item.author_id,
                author_name=item.author_name or (customer.name if incoming else ""),
                channel_id=payload.channel_id,
                subject=item.subject,
                text=item.text,
                quoted=item.quoted,
                to=item.to,
                cc=item.cc,
                html_blob=item.html_blob,
                raw_blob=item.raw_blob,
                external_id=item.external_id,
                attachment_count=len(item.files),
            )
        )
        _put_files(rows, payload.conversation_id, item.id, item.files)
    ensure_tags(rows, payload.tags)
    spoken = sorted(
        (item for item in added if item.kind in (MessageKind.REPLY, MessageKind.CALL)),
        key=lambda item: (item.created_at, item.id),
    )
    first = min(item.created_at for item in payload.messages)
    base = conversation or Conversation(
        id=payload.conversation_id,
        number=take_number(rows, context),
        subject=payload.subject,
        customer_id=customer.id,
        channel_id=payload.channel_id,
        status=payload.status,
        solved_at=max(item.created_at for item in payload.messages)
        if payload.status in (Status.SOLVED, Status.CLOSED)
        else None,
        assignee_id=payload.assignee_id,
        team_id=payload.team_id,
        tags=tuple(dict.fromkeys(payload.tags)),
        created_at=first,
        last_message_at=first,
        external_id=payload.external_id,
    )
    for item in spoken:
        base = _with_imported(base, item)
    rows.put(with_due(base))


def _with_imported(conversation: Conversation, item: ImportedMessage) -> Conversation:
    """The conversation after one more imported message, whatever order they come in."""
    later = conversation.message_count == 0 or item.created_at >= conversation.last_message_at
    changed = replace(
        conversation,
        message_count=conversation.message_count + 1,
        last_message_at=max(conversation.last_message_at, item.created_at),
        preview=(preview_of(item.text) or preview_of(item.subject)) if later else conversation.preview,
        preview_out=item.direction is Direction.OUT if later else conversation.preview_out,
    )
    if item.direction is Direction.IN:
        if conversation.last_in_at is None or item.created_at >= conversation.last_in_at:
            changed = replace(changed, last_in_id=item.id, last_in_at=item.created_at)
        if conversation.last_out_at is None or item.created_at > conversation.last_out_at:
            changed = replace(changed, waiting_since=conversation.waiting_since or item.created_at)
    elif conversation.last_out_at is None or item.created_at >= conversation.last_out_at:
        changed = replace(changed, last_out_id=item.id, last_out_at=item.created_at)
        if conversation.last_in_at is None or item.created_at >= conversation.last_in_at:
            changed = replace(changed, waiting_since=None)
    return changed


REPLY = OperationKind(
    name="message.reply",
    title="Reply",
    payload=Reply,
    apply=_reply,
    inverse=lambda rows, payload, context: (
        CancelReply(conversation_id=payload.conversation_id, message_id=payload.message_id),
    ),
    about=lambda payload: payload.conversation_id,
)
ADD_NOTE = OperationKind(
    name="message.note",
    title="Note",
    payload=AddNote,
    apply=_add_note,
    inverse=_inverse_note,
    about=lambda payload: payload.conversation_id,
)
REMOVE_NOTE = OperationKind(
    name="message.remove_note",
    title="Remove note",
    payload=RemoveNote,
    apply=_remove_note,
    about=lambda payload: payload.conversation_id,
)
CANCEL_REPLY = OperationKind(
    name="message.cancel",
    title="Undo send",
    payload=CancelReply,
    apply=_cancel_reply,
    about=lambda payload: payload.conversation_id,
)
RELEASE_REPLY = OperationKind(
    name="message.release",
    title="Send anyway",
    payload=ReleaseReply,
    apply=_release_reply,
    about=lambda payload: payload.conversation_id,
)
RECEIVE_MESSAGE = OperationKind(
    name="message.receive",
    title="Receive message",
    payload=ReceiveMessage,
    apply=_receive,
    roles=SYSTEM_ONLY,
    about=lambda payload: payload.conversation_id,
)
REPORT_DELIVERY = OperationKind(
    name="message.report_delivery",
    title="Report delivery",
    payload=ReportDelivery,
    apply=_report_delivery,
    roles=SYSTEM_ONLY,
    about=lambda payload: payload.conversation_id,
)
IMPORT_CONVERSATION = OperationKind(
    name="conversation.import",
    title="Import conversation",
    payload=ImportConversation,
    apply=_import,
    about=lambda payload: payload.conversation_id,
)
KINDS = (
    REPLY,
    ADD_NOTE,
    REMOVE_NOTE,
    CANCEL_REPLY,
    RELEASE_REPLY,
    RECEIVE_MESSAGE,
    REPORT_DELIVERY,
    IMPORT_CONVERSATION,
)
