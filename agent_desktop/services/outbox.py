"""What has not reached its end: replies that wait or failed, operations that were not carried out."""

from dataclasses import dataclass
from datetime import datetime

from agent_desktop.domain.errors import SENTENCES, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations import decode_payload, kind_of
from agent_desktop.domain.records import to_plain
from agent_desktop.domain.result import OperationResult
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


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """One thing that waits or needs attention.

    A reply has `message_id` and what became of it (`delivery`); anything else has `operation_id`.
    """

    conversation_id: Id | None
    title: str
    text: str
    words: str
    at: datetime
    message_id: Id | None = None
    delivery: Delivery = Delivery.NONE
    operation_id: Id | None = None
    can_retry: bool = False
    can_check: bool = False
    can_edit: bool = False
    can_discard: bool = False


class OutboxService:
    """Reads of what waits."""

    def __init__(self, database: Database, schema: ReplicaSchema, queries: ConversationQueries) -> None:
        self._database = database
        self._schema = schema
        self._queries = queries

    def items(self) -> list[OutboxItem]:
        """Everything that waits or needs attention, the oldest first."""
        with self._database.read() as connection:
            results = SqlRows(connection, self._schema.tables).query(OperationResult)
        items = [_reply_item(message) for message in self._queries.waiting()]
        items += [_result_item(result) for result in results]
        return sorted(items, key=lambda item: item.at)


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


def _result_item(result: OperationResult) -> OutboxItem:
    title, text = result.kind, ""
    try:
        payload = decode_payload(result.kind, 1, result.payload)
    except Rejected:
        text = result.payload
    else:
        title = kind_of(payload).title
        plain = to_plain(payload)
        text = str(plain.get("text") or plain.get("body") or plain.get("name") or "")
    return OutboxItem(
        conversation_id=result.conversation_id,
        title=title,
        text=text,
        words=SENTENCES[result.reason],
        at=result.created_at,
        operation_id=result.id,
        can_discard=True,
    )
