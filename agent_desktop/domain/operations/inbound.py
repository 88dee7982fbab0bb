"""Operations of the server on what arrives: an automatic answer, a match that is only suggested, a line of its own."""

from dataclasses import dataclass, replace

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.conversation_merging import need_conversation, survivor_of_conversation
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind
from agent_desktop.domain.operations.base import Context, OperationKind, need, put_event
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.standing import time_of_next
from agent_desktop.domain.workspace import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerAutomatically:
    """Send a customer the automatic answer of a channel. The customer goes on waiting: nobody has answered yet."""

    conversation_id: Id
    message_id: Id
    channel_id: Id
    text: str
    to: tuple[str, ...]
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestMatch:
    """Say that a conversation may belong to another one; nothing happens where something is suggested already."""

    conversation_id: Id
    suggested_id: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class TellConversation:
    """Put a line of the server's own into a timeline."""

    conversation_id: Id
    text: str


def _answer(rows: Rows, payload: AnswerAutomatically, context: Context) -> None:
    conversation = need_conversation(rows, payload.conversation_id)
    need(rows, Channel, payload.channel_id)
    if rows.get(Message, payload.message_id) is not None:
        raise Rejected(Reason.EXISTS, "message")
    if not payload.text.strip() or not payload.to:
        raise Rejected(Reason.INVALID, "empty reply")
    rows.put(
        Message(
            id=payload.message_id,
            conversation_id=payload.conversation_id,
            kind=MessageKind.REPLY,
            direction=Direction.OUT,
            created_at=time_of_next(conversation, context.at),
            channel_id=payload.channel_id,
            subject=payload.subject,
            text=payload.text,
            to=payload.to,
            delivery=Delivery.QUEUED,
            not_before=context.now,
            automatic=True,
        )
    )


def _suggest(rows: Rows, payload: SuggestMatch, context: Context) -> None:
    conversation = need(rows, Conversation, payload.conversation_id)
    other = survivor_of_conversation(rows, payload.suggested_id)
    if other is None or other.id == conversation.id or conversation.merged_into is not None:
        return
    if conversation.suggested_id is None:
        rows.put(replace(conversation, suggested_id=other.id))


def _tell(rows: Rows, payload: TellConversation, context: Context) -> None:
    need(rows, Conversation, payload.conversation_id)
    if payload.text.strip():
        put_event(rows, payload.conversation_id, payload.text, context)


ANSWER_AUTOMATICALLY = OperationKind(
    name="message.answer_automatically",
    permission=Permission.SYSTEM,
    title="Answer automatically",
    payload=AnswerAutomatically,
    apply=_answer,
    about=lambda payload: payload.conversation_id,
)
SUGGEST_MATCH = OperationKind(
    name="conversation.suggest",
    permission=Permission.SYSTEM,
    title="Suggest a match",
    payload=SuggestMatch,
    apply=_suggest,
    about=lambda payload: payload.conversation_id,
)
TELL_CONVERSATION = OperationKind(
    name="conversation.tell",
    permission=Permission.SYSTEM,
    title="Add a line",
    payload=TellConversation,
    apply=_tell,
    about=lambda payload: payload.conversation_id,
)
KINDS = (ANSWER_AUTOMATICALLY, SUGGEST_MATCH, TELL_CONVERSATION)
