"""The server's own operation that moves conversations to where they belong after it changed who sees them."""

from dataclasses import dataclass

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.base import Context, OperationKind
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.rows import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescope:
    """Put conversations, with their messages and files, and customers into the scopes where they belong now."""

    conversation_ids: tuple[Id, ...]
    customer_ids: tuple[Id, ...] = ()


def _rescope(rows: Rows, payload: Rescope, context: Context) -> None:
    for conversation_id in payload.conversation_ids:
        conversation = rows.get(Conversation, conversation_id)
        if conversation is not None:
            rows.put(conversation)  # every put does it
    for customer_id in payload.customer_ids:
        customer = rows.get(Customer, customer_id)
        if customer is not None:
            rows.put(customer)


RESCOPE = OperationKind(
    name="conversation.rescope",
    permission=Permission.SYSTEM,
    title="Change who sees it",
    payload=Rescope,
    apply=_rescope,
    about=lambda payload: next(iter(payload.conversation_ids), None),
)
KINDS = (RESCOPE,)
