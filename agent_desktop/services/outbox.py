"""What of this user has not reached its end: replies that wait or failed, operations that were not carried out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.conversation import Conversation, ReadMarker
from agent_desktop.domain.conversation_merging import survivor_of_conversation
from agent_desktop.domain.errors import SENTENCES, InputError, Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Article
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations import decode_payload, kind_of
from agent_desktop.domain.operations.conversation import (
    AssignConversation,
    CreateConversation,
    SetStatus,
    read_marker_id,
)
from agent_desktop.domain.operations.knowledge import SaveArticle
from agent_desktop.domain.operations.message import AddNote, Reply
from agent_desktop.domain.operations.workspace import DiscardResult
from agent_desktop.domain.records import Record, to_plain
from agent_desktop.domain.result import OperationResult
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.standing import is_news_to
from agent_desktop.domain.workspace import User
from agent_desktop.services.apply import Apply
from agent_desktop.services.composer import SENT_ALREADY
from agent_desktop.services.unsendable import Unsendable, UnsendableOperations
from agent_desktop.store.conversation import ConversationQueries
from agent_desktop.store.database import Database
from agent_desktop.store.rows import SqlRows
from agent_desktop.store.schema import ReplicaSchema

DELIVERY_WORDS: dict[Delivery, str] = {
    Delivery.QUEUED: "Waiting to be sent",
    Delivery.SENDING: "Sending",
    Delivery.FAILED: "Not sent",
    Delivery.HELD: "Held: somebody wrote after you last looked",
    Delivery.UNKNOWN: "It is not known whether this was sent",
}
_SETTLING = (Delivery.QUEUED, Delivery.SENDING)
_SETTLED = (Reason.CHANGED_MEANWHILE, Reason.EXISTS)
"""To try the same again would come to the same."""
_LOOKED_AT = 50
"""In so many of the newest messages it is looked for what is new to the author of a held reply."""
_EDITABLE = (Reply, AddNote, SaveArticle)
_TEXTS = ("text", "body", "notes")
_NEW_MESSAGE = "New message"
AS_ONE = "It was to be done as one, so nothing of it was done."
TOO_LARGE = (
    "There is more text in this than a server takes at once, so it cannot be sent. It is kept here: copy it and do it"
    " again in several parts, or discard it."
)
_NOT_SAID = ("seen_in", "check_seen", "base", "base_revision")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """One thing that waits or needs attention.

    `title` is what was to be done, `subject` on what, where that has a name of its own. A reply has `message_id` and
    what became of it (`delivery`); anything else has `operation_id` and its `payload` (None when this program does not
    know it, or when several were to be done as one, of which this is the first). Of those, `parts` are all payloads;
    where they are a message that `begins` a conversation, it can be edited as one. `state` says how what it is about
    stands now. A held reply says what its author has not seen (`news`), and which messages are the last then
    (`seen_in`, `seen_out`).
    """

    conversation_id: Id | None
    title: str
    subject: str = ""
    text: str
    words: str
    at: datetime
    message_id: Id | None = None
    delivery: Delivery = Delivery.NONE
    operation_id: Id | None = None
    payload: Record | None = None
    parts: tuple[Record, ...] = ()
    state: str = ""
    news: tuple[Message, ...] = ()
    seen_in: Id | None = None
    seen_out: Id | None = None
    can_retry: bool = False
    can_check: bool = False
    can_edit: bool = False
    can_discard: bool = False

    @property
    def needs_attention(self) -> bool:
        """Whether it goes no further without a person."""
        return self.delivery not in _SETTLING

    @property
    def begins(self) -> bool:
        """Whether it is a message that was to begin a conversation."""
        return _begins(self.parts)


class OutboxService:
    """Reads of what waits, and another try for what was refused."""

    def __init__(
        self,
        database: Database,
        schema: ReplicaSchema,
        queries: ConversationQueries,
        apply: Apply,
        unsendable: UnsendableOperations,
        user_id: Id,
    ) -> None:
        self._database = database
        self._schema = schema
        self._queries = queries
        self._apply = apply
        self._unsendables = unsendable
        self._user_id = user_id

    def items(self) -> list[OutboxItem]:
        """Everything that waits or needs attention, the oldest first."""
        with self._database.snapshot() as connection:
            rows = SqlRows(connection, self._schema.tables)
            lost = self._unsendables.found()
            unsendable = _messages_of(lost)
            items = [
                self._reply_item(rows, message)
                for message in self._queries.waiting(self._user_id)
                if message.id not in unsendable
            ]
            items += [_unsendable_item(rows, found) for found in lost]
            items += [_refused_item(rows, refused) for refused in _refused(rows)]
        return sorted(items, key=lambda item: item.at)

    def attention(self) -> int:
        """How many of them go no further without a person."""
        with self._database.read() as connection:
            refused = len(_refused(SqlRows(connection, self._schema.tables)))
        own = self._queries.waiting(self._user_id)
        waiting = sum(message.delivery not in _SETTLING for message in own)
        return refused + waiting + len(self._unsendables.found())

    def retry(self, operation_id: Id) -> None:
        """Try a refused operation again, as a new one, in knowledge of how things stand now, and what was to be done
        with it as one. Of what cannot be sent it is looked whether its files are back, or the server takes them by now.

        Raises Rejected when it is still not possible, InputError when it still cannot be sent; it stays listed then.
        """
        unsendable = self._unsendable(operation_id)
        if unsendable is not None and (unsendable.files or not unsendable.large_files):
            raise InputError(_words_of(unsendable))
        if self._unsendables.waits(operation_id):
            self._unsendables.look_again()
            return
        with self._database.read() as connection:
            rows = SqlRows(connection, self._schema.tables)
            refused = _refused_with(rows, operation_id)
            payloads = [_as_seen_now(rows, _payload_of(result)) for result in refused]
        self._apply.together([payloads], then=[DiscardResult(operation_id=result.id) for result in refused])

    def _unsendable(self, operation_id: Id) -> Unsendable | None:
        return next(
            (
                found
                for found in self._unsendables.found()
                if operation_id in {made.id for made in found.operations}
            ),
            None,
        )

    def discard(self, operation_id: Id) -> None:
        """Give a refused operation up, or one that cannot be sent, and what was to be done with it.

        Raises Rejected when that was done already.
        """
        unsendable = self._unsendable(operation_id)
        if unsendable is not None:
            self._unsendables.give_up(unsendable)
            return
        with self._database.read() as connection:
            refused = _refused_with(SqlRows(connection, self._schema.tables), operation_id)
        self._apply(*(DiscardResult(operation_id=result.id) for result in refused))

    def _reply_item(self, rows: Rows, message: Message) -> OutboxItem:
        item = _reply_item(message)
        if message.delivery is not Delivery.HELD:
            return item
        conversation = survivor_of_conversation(rows, message.conversation_id)
        marker_id = read_marker_id(
            self._user_id, conversation.id if conversation else message.conversation_id
        )
        marker = rows.get(ReadMarker, marker_id)
        page = self._queries.page(message.conversation_id, None, _LOOKED_AT)
        news = _unseen(message, page.messages, marker.read_at if marker else EPOCH)
        return replace(
            item,
            news=news,
            seen_in=conversation.last_in_id if conversation else None,
            seen_out=conversation.last_out_id if conversation else None,
        )


def _reply_item(message: Message) -> OutboxItem:
    words = DELIVERY_WORDS[message.delivery]
    if message.delivery_detail:
        words = f"{words}. {message.delivery_detail}"
    return OutboxItem(
        conversation_id=message.conversation_id,
        title="Reply",
        text=message.text,
        words=words,
        at=message.created_at,
        message_id=message.id,
        delivery=message.delivery,
        can_retry=message.delivery in (Delivery.FAILED, Delivery.HELD, Delivery.UNKNOWN),
        can_check=message.delivery is Delivery.UNKNOWN,
        can_edit=message.delivery in (Delivery.QUEUED, Delivery.HELD, Delivery.FAILED),
        can_discard=message.delivery in (Delivery.QUEUED, Delivery.HELD, Delivery.FAILED),
    )


def _unseen(held: Message, messages: Sequence[Message], read_at: datetime) -> tuple[Message, ...]:
    """What others have said that the author of a held reply has not seen, as far as can be told afterwards.

    It was written offline hours ago, perhaps: what the customer wrote before it, and it did not know of, is new too.
    """
    own = [m.created_at for m in messages if m.author_id == held.author_id and m.created_at < held.created_at]
    since = min(max([read_at, *own]), held.created_at)
    others = [message for message in messages if is_news_to(held.author_id, message)]
    new = tuple(message for message in others if message.created_at > since)
    return new or tuple(others[-1:])


def _refused(rows: Rows) -> list[list[OperationResult]]:
    """What was refused, each by itself or with all that was to be done as one, in the order in which it was made."""
    found: dict[Id, list[OperationResult]] = {}
    for result in rows.query(OperationResult):
        found.setdefault(result.group_id or result.id, []).append(result)
    return list(found.values())


def _refused_with(rows: Rows, operation_id: Id) -> list[OperationResult]:
    for refused in _refused(rows):
        if any(result.id == operation_id for result in refused):
            return refused
    raise Rejected(Reason.GONE, "result")


def _payload_of(result: OperationResult) -> Record:
    return decode_payload(result.kind, 1, result.payload)


def _as_seen_now(rows: Rows, payload: Record) -> Record:
    """The payload as if whoever asks for it had looked just now: they have, at what it says of the present."""
    if isinstance(payload, SetStatus | AssignConversation):
        conversation = survivor_of_conversation(rows, payload.conversation_id)
        if conversation is not None and isinstance(payload, SetStatus):
            return replace(payload, seen_in=conversation.last_in_id)
        if conversation is not None and isinstance(payload, AssignConversation):
            return replace(payload, seen_assignee_id=conversation.assignee_id)
    return payload


def _messages_of(lost: Sequence[Unsendable]) -> set[Id]:
    """The replies among what cannot be sent, which wait as messages, too."""
    payloads = [operation.payload for found in lost for operation in found.operations]
    return {payload.message_id for payload in payloads if isinstance(payload, Reply)}


def _words_of(lost: Unsendable) -> str:
    files = lost.files or lost.large_files
    if not files:
        return TOO_LARGE
    names = " and ".join(f"“{name}”" for name in dict.fromkeys(files))
    verb, it = ("is", "it") if len(set(files)) == 1 else ("are", "them")
    if not lost.files:
        return (
            f"{names} {verb} larger than the server takes, so this cannot be sent. It is kept here. Ask whoever runs"
            " the server whether it can take more, and try again; edit it to attach something else, or discard it."
        )
    return (
        f"{names} {verb} no longer on this computer, so this cannot be sent. Your text is kept here. Put {it} back and"
        " try again, edit the text to attach something else, or discard it."
    )


def _unsendable_item(rows: Rows, lost: Unsendable) -> OutboxItem:
    written = next(
        (made for made in lost.operations if isinstance(made.payload, _EDITABLE)), lost.operations[0]
    )
    about = kind_of(written.payload).about(written.payload)
    parts = tuple(made.payload for made in lost.operations)
    conversation = survivor_of_conversation(rows, about) if about is not None else None
    return OutboxItem(
        conversation_id=conversation.id if conversation is not None else None,
        title=_NEW_MESSAGE
        if _begins(parts)
        else ", ".join(dict.fromkeys(kind_of(payload).title for payload in parts)),
        text=_text_of(written.payload),
        words=_words_of(lost),
        at=written.created_at,
        delivery=Delivery.FAILED,
        operation_id=written.id,
        payload=written.payload,
        parts=parts,
        state=_state_of(rows, written.payload, conversation),
        can_retry=bool(lost.files or lost.large_files),
        can_edit=isinstance(written.payload, _EDITABLE),
        can_discard=True,
    )


def _refused_item(rows: Rows, refused: Sequence[OperationResult]) -> OutboxItem:
    parts = [_result_item(rows, result) for result in refused]
    first = parts[0]
    if len(parts) == 1:
        return first
    payloads = tuple(part.payload for part in parts if part.payload is not None)
    if _begins(payloads):
        return _refused_beginning(first, refused, payloads)
    return replace(
        first,
        title=", ".join(dict.fromkeys(part.title for part in parts)),
        text="\n\n".join("\n".join(filter(None, (part.title, part.text))) for part in parts),
        words=f"{first.words} {AS_ONE}",
        payload=None,
        can_retry=all(part.can_retry for part in parts),
        can_edit=False,
    )


def _begins(parts: Sequence[Record]) -> bool:
    kinds = {type(payload) for payload in parts}
    return kinds >= {CreateConversation, Reply}


def _refused_beginning(
    item: OutboxItem, refused: Sequence[OperationResult], payloads: tuple[Record, ...]
) -> OutboxItem:
    """A message that was to begin a conversation, as the one thing that it was for its author."""
    reply = next(payload for payload in payloads if isinstance(payload, Reply))
    is_sent = any(result.reason is Reason.EXISTS for result in refused)
    return replace(
        item,
        title=_NEW_MESSAGE,
        subject=reply.subject,
        text=reply.text,
        words=SENT_ALREADY if is_sent else item.words,
        payload=reply,
        parts=payloads,
        can_retry=not is_sent and item.can_retry,
        can_edit=True,
    )


def _result_item(rows: Rows, result: OperationResult) -> OutboxItem:
    conversation = survivor_of_conversation(rows, result.conversation_id) if result.conversation_id else None
    item = OutboxItem(
        # It may be about anything; only a conversation that is here can be gone to.
        conversation_id=conversation.id if conversation is not None else None,
        title=result.kind,
        text=result.payload,
        words=SENTENCES[result.reason],
        at=result.created_at,
        operation_id=result.id,
        can_discard=True,
    )
    try:
        payload = _payload_of(result)
    except Rejected:
        return item
    sent_twice = isinstance(payload, Reply) and result.reason is Reason.EXISTS
    return replace(
        item,
        title=kind_of(payload).title,
        words=SENT_ALREADY if sent_twice else item.words,
        subject=payload.title if isinstance(payload, SaveArticle) else "",
        text=_text_of(payload),
        payload=payload,
        state=_state_of(rows, payload, conversation),
        can_retry=result.reason not in _SETTLED,
        can_edit=isinstance(payload, _EDITABLE),
    )


def _text_of(payload: Record) -> str:
    """What a person wrote in it; else its fields, without what only programs read."""
    plain = to_plain(payload)
    for name in _TEXTS:
        if plain.get(name):
            return str(plain[name])
    lines = []
    for name, value in plain.items():
        if value in (None, "", [], {}) or name.endswith(("_id", "_ids")) or name in _NOT_SAID:
            continue
        words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        lines.append(f"{name.replace('_', ' ').capitalize()}: {words}")
    return "\n".join(lines)


def _state_of(rows: Rows, payload: Record, conversation: Conversation | None) -> str:
    """How what an operation was to change stands now."""
    if isinstance(payload, SaveArticle):
        article = rows.get(Article, payload.article_id)
        return f"Version {article.revision} of “{article.title}” stands now." if article else ""
    if conversation is None:
        return ""
    assignee = rows.get(User, conversation.assignee_id) if conversation.assignee_id else None
    whose = f"assigned to {assignee.name}" if assignee is not None else "not assigned"
    return f"The conversation is {conversation.status.value} and {whose} now."
