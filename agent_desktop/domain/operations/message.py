"""Operations that add messages and follow what becomes of them. A note never reaches a channel."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.conversation_merging import (
    OVER,
    belongs_to,
    mentioning,
    need_conversation,
)
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.delivery import MAXIMUM_UNDO_SECONDS
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.domain.message import (
    Attachment,
    AttachmentFile,
    Delivery,
    Direction,
    Message,
    MessageKind,
)
from agent_desktop.domain.operations.base import Context, OperationKind, need
from agent_desktop.domain.operations.holding import change_reply, hold_of_others, hold_waiting
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.standing import time_of_next, with_message
from agent_desktop.domain.workspace import Channel, User

ASKING = "The channel is asked whether it arrived."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Answer the customer. `seen_in` and `seen_out` are the last messages the author had seen: when somebody has
    written since, the reply is held until its author decides. So is one that waits, for its time (`send_at`) or for
    its channel, when the customer writes before it has left; and any that has not left when a colleague answers.
    What is passed on to somebody else (`forward`) answers nobody: it neither is held nor holds anything.
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
    forward: bool = False


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
class CheckDelivery:
    """Have the channel asked whether it has a reply of which nobody knows. The server answers with a report."""

    conversation_id: Id
    message_id: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveMessage:
    """A message of the customer has arrived on a channel. See `Message` for what is known of a mail."""

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
    mail_kind: MailKind = MailKind.PERSONAL
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    sender: str = ""
    reply_to: str = ""
    authentication: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDelivery:
    """What the channel says about one of our replies."""

    conversation_id: Id
    message_id: Id
    delivery: Delivery
    detail: str = ""


AboutMessage = RemoveNote | CancelReply | ReleaseReply | CheckDelivery | ReportDelivery
"""What is done to a message that is there."""


def put_files(rows: Rows, conversation_id: Id, message_id: Id, files: tuple[AttachmentFile, ...]) -> None:
    """Make the rows of the files of a new message."""
    for file in files:
        if rows.get(Attachment, file.id) is not None:
            raise Rejected(Reason.EXISTS, "attachment")  # it may be part of somebody else's message
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


def _message_of(rows: Rows, payload: AboutMessage, context: Context) -> Message:
    """The message, which must belong to the conversation that the operation, and who may apply it, is about, or have
    been taken out of it.
    """
    message = need(rows, Message, payload.message_id)
    if not belongs_to(rows, message, payload.conversation_id, context.actor):
        raise Rejected(Reason.GONE, "message of another conversation")
    return message


def _author_name(rows: Rows, user_id: Id) -> str:
    user = rows.get(User, user_id)
    return user.name if user else ""


def _reply(rows: Rows, payload: Reply, context: Context) -> None:
    conversation = need_conversation(rows, payload.conversation_id)
    if rows.get(Message, payload.message_id) is not None:
        raise Rejected(Reason.EXISTS, "message")
    need(rows, Channel, payload.channel_id)
    if not payload.text.strip() and not payload.files:
        raise Rejected(Reason.INVALID, "empty reply")
    seen = conversation.last_in_id == payload.seen_in and conversation.last_out_id == payload.seen_out
    stale = not (seen or payload.forward)
    if not stale and not payload.forward:
        said_at = max(payload.send_at or context.at, context.at)
        conversation = hold_of_others(rows, conversation, {context.actor_id}, said_at, context)
    undo = timedelta(seconds=max(0, min(payload.undo_seconds, MAXIMUM_UNDO_SECONDS)))
    message = Message(
        id=payload.message_id,
        conversation_id=payload.conversation_id,
        kind=MessageKind.REPLY,
        direction=Direction.OUT,
        created_at=time_of_next(conversation, context.at),
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
        not_before=payload.send_at or context.now + undo,
        forwarded=payload.forward,
    )
    rows.put(message)
    put_files(rows, payload.conversation_id, message.id, payload.files)
    if not stale:
        rows.put(with_message(conversation, message))


def _add_note(rows: Rows, payload: AddNote, context: Context) -> None:
    conversation = need_conversation(rows, payload.conversation_id)
    if rows.get(Message, payload.message_id) is not None:
        raise Rejected(Reason.EXISTS, "message")
    if not payload.text.strip() and not payload.files:
        raise Rejected(Reason.INVALID, "empty note")
    rows.put(
        Message(
            id=payload.message_id,
            conversation_id=payload.conversation_id,
            kind=MessageKind.NOTE,
            direction=Direction.OUT,
            created_at=context.at,
            author_id=context.actor_id,
            author_name=_author_name(rows, context.actor_id),
            text=payload.text,
            attachment_count=len(payload.files),
            mentioned_ids=payload.mentioned_ids,
        )
    )
    put_files(rows, payload.conversation_id, payload.message_id, payload.files)
    mentioned = tuple(dict.fromkeys([*conversation.mentioned_ids, *payload.mentioned_ids]))
    if mentioned != conversation.mentioned_ids:
        rows.put(replace(conversation, mentioned_ids=mentioned))


def _remove_note(rows: Rows, payload: RemoveNote, context: Context) -> None:
    message = _message_of(rows, payload, context)
    if message.kind is not MessageKind.NOTE or message.author_id != context.actor_id:
        raise Rejected(Reason.FORBIDDEN, "not a note of this user")
    for attachment in rows.query(Attachment, message_id=message.id):
        rows.delete(Attachment, attachment.id)
    rows.delete(Message, message.id)
    conversation = need_conversation(rows, message.conversation_id)
    changed = mentioning(rows, conversation)
    if changed != conversation:
        rows.put(changed)


def _inverse_note(rows: Rows, payload: AddNote, context: Context) -> tuple[RemoveNote, ...]:
    return (RemoveNote(conversation_id=payload.conversation_id, message_id=payload.message_id),)


def _cancel_reply(rows: Rows, payload: CancelReply, context: Context) -> None:
    message = _message_of(rows, payload, context)
    if message.delivery is Delivery.CANCELLED:
        return
    if message.delivery not in (Delivery.QUEUED, Delivery.HELD, Delivery.FAILED):
        raise Rejected(Reason.ALREADY_SENT)
    change_reply(rows, message, replace(message, delivery=Delivery.CANCELLED, not_before=None))


def _release_reply(rows: Rows, payload: ReleaseReply, context: Context) -> None:
    message = _message_of(rows, payload, context)
    if message.delivery not in (Delivery.HELD, Delivery.FAILED, Delivery.UNKNOWN):
        return
    conversation = need_conversation(rows, message.conversation_id)
    seen = conversation.last_in_id == payload.seen_in and conversation.last_out_id == payload.seen_out
    if not (seen or message.forwarded):
        change_reply(rows, message, replace(message, delivery=Delivery.HELD))
        return
    if not message.forwarded:
        authors = {message.author_id, context.actor_id}
        conversation = hold_of_others(rows, conversation, authors, context.at, context)
    released = replace(
        message,
        created_at=time_of_next(conversation, context.at),  # it is said now, after what its author has seen
        delivery=Delivery.QUEUED,
        delivery_detail="",
        not_before=context.at,
    )
    change_reply(rows, message, released)


def _check_delivery(rows: Rows, payload: CheckDelivery, context: Context) -> None:
    message = _message_of(rows, payload, context)
    if message.delivery is Delivery.UNKNOWN:
        # Where an attempt is whose end nobody has seen, for it is what the server asks about.
        rows.put(replace(message, delivery=Delivery.SENDING, delivery_detail=ASKING))


def _receive(rows: Rows, payload: ReceiveMessage, context: Context) -> None:
    conversation = need_conversation(rows, payload.conversation_id)
    if rows.get(Message, payload.message_id) is not None:
        raise Rejected(Reason.EXISTS, "message")
    customer = need(rows, Customer, payload.customer_id)
    if payload.kind not in (MessageKind.REPLY, MessageKind.CALL):
        raise Rejected(Reason.INVALID, "customers write no notes")
    message = Message(
        id=payload.message_id,
        conversation_id=payload.conversation_id,
        kind=payload.kind,
        direction=Direction.IN,
        created_at=time_of_next(conversation, min(payload.sent_at, context.at)),
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
        automatic=payload.mail_kind.by_program,
        mail_kind=payload.mail_kind,
        to=payload.to,
        cc=payload.cc,
        sender=payload.sender,
        reply_to=payload.reply_to,
        authentication=payload.authentication,
    )
    if not message.automatic:
        before = conversation
        conversation = _reopened(hold_waiting(rows, before, context), message.created_at)
        thread = need(rows, Conversation, payload.conversation_id)
        if thread.merged_into is not None:
            rows.put(_awake(thread, before, message.created_at))  # so it will be when it is taken apart
    rows.put(message)
    put_files(rows, payload.conversation_id, message.id, payload.files)
    rows.put(with_message(conversation, message))


def _awake(thread: Conversation, survivor: Conversation, moment: datetime) -> Conversation:
    """A merged conversation for which a message came. While the survivor goes on, whom it waits for goes on waiting."""
    goes_on = survivor.status in _GOING_ON and thread.status not in OVER
    return _reopened(replace(thread, status=Status.OPEN) if goes_on else thread, moment)


def _reopened(conversation: Conversation, moment: datetime) -> Conversation:
    """The conversation when the customer writes: open, awake, and waiting from now on unless they waited before."""
    if conversation.status not in _GOING_ON:
        conversation = replace(conversation, reopened_at=moment, waiting_since=None, solved_at=None)
    return replace(conversation, status=Status.OPEN, snoozed_until=None)


_GOING_ON = (Status.OPEN, Status.ON_HOLD)
_LEAVING = frozenset({Delivery.QUEUED, Delivery.SENDING, Delivery.UNKNOWN})
# What is said of a reply already may be said again, in other words.
_FORWARD: dict[Delivery, frozenset[Delivery]] = {
    Delivery.SENDING: frozenset({Delivery.QUEUED}),
    Delivery.SENT: _LEAVING | {Delivery.SENT},
    Delivery.DELIVERED: frozenset({Delivery.SENDING, Delivery.SENT, Delivery.DELIVERED, Delivery.UNKNOWN}),
    Delivery.READ: frozenset({Delivery.SENDING, Delivery.SENT, Delivery.DELIVERED, Delivery.UNKNOWN}),
    Delivery.FAILED: _LEAVING | {Delivery.SENT, Delivery.DELIVERED, Delivery.FAILED},
    Delivery.UNKNOWN: frozenset({Delivery.QUEUED, Delivery.SENDING}),
    Delivery.QUEUED: frozenset({Delivery.QUEUED, Delivery.SENDING}),
}


def _report_delivery(rows: Rows, payload: ReportDelivery, context: Context) -> None:
    message = _message_of(rows, payload, context)
    if message.delivery in _FORWARD.get(payload.delivery, frozenset()):
        after = replace(message, delivery=payload.delivery, delivery_detail=payload.detail)
        if payload.delivery is Delivery.FAILED:
            change_reply(rows, message, after)  # the customer is waiting still
        else:
            rows.put(after)


def _with_kind(plain: dict[str, Any]) -> dict[str, Any]:
    """Of a program it was only known that it was one."""
    by_program = plain.pop("automatic", False) is True
    return {**plain, "mail_kind": (MailKind.AUTOMATIC if by_program else MailKind.PERSONAL).value}


REPLY = OperationKind(
    name="message.reply",
    permission=Permission.CONVERSATION_REPLY,
    title="Reply",
    payload=Reply,
    apply=_reply,
    inverse=lambda rows, payload, context: (
        CancelReply(conversation_id=payload.conversation_id, message_id=payload.message_id),
    ),
    about=lambda payload: payload.conversation_id,
    version=2,
    upcasters=(lambda plain: plain,),  # nothing was forwarded
)
ADD_NOTE = OperationKind(
    name="message.note",
    permission=Permission.CONVERSATION_NOTE,
    title="Note",
    payload=AddNote,
    apply=_add_note,
    inverse=_inverse_note,
    about=lambda payload: payload.conversation_id,
)
REMOVE_NOTE = OperationKind(
    name="message.remove_note",
    permission=Permission.CONVERSATION_NOTE,
    title="Remove note",
    payload=RemoveNote,
    apply=_remove_note,
    about=lambda payload: payload.conversation_id,
)
CANCEL_REPLY = OperationKind(
    name="message.cancel",
    permission=Permission.CONVERSATION_REPLY,
    title="Undo send",
    payload=CancelReply,
    apply=_cancel_reply,
    about=lambda payload: payload.conversation_id,
)
RELEASE_REPLY = OperationKind(
    name="message.release",
    permission=Permission.CONVERSATION_REPLY,
    title="Send anyway",
    payload=ReleaseReply,
    apply=_release_reply,
    about=lambda payload: payload.conversation_id,
)
CHECK_DELIVERY = OperationKind(
    name="message.check",
    permission=Permission.CONVERSATION_REPLY,
    title="Check delivery",
    payload=CheckDelivery,
    apply=_check_delivery,
    about=lambda payload: payload.conversation_id,
)
RECEIVE_MESSAGE = OperationKind(
    name="message.receive",
    permission=Permission.SYSTEM,
    title="Receive message",
    payload=ReceiveMessage,
    apply=_receive,
    about=lambda payload: payload.conversation_id,
    version=3,
    upcasters=(
        lambda plain: plain,  # whom it was written to, and whether its sender is proven, was not kept
        _with_kind,  # nor from which address it came
    ),
)
REPORT_DELIVERY = OperationKind(
    name="message.report_delivery",
    permission=Permission.SYSTEM,
    title="Report delivery",
    payload=ReportDelivery,
    apply=_report_delivery,
    about=lambda payload: payload.conversation_id,
)
KINDS = (
    REPLY,
    ADD_NOTE,
    REMOVE_NOTE,
    CANCEL_REPLY,
    RELEASE_REPLY,
    CHECK_DELIVERY,
    RECEIVE_MESSAGE,
    REPORT_DELIVERY,
)
