"""The server's own operation that moves conversations to where they belong after a team or channel became private."""

from dataclasses import dataclass

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.base import Context, OperationKind
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.rows import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescope:
    """Put conversations, with their messages and files, into the scopes where they belong now."""

    conversation_ids: tuple[Id, ...]


def _rescope(rows: Rows, payload: Rescope, context: Context) -> None:
    for conversation_id in payload.conversation_ids:
        conversation = rows.get(Conversation, conversation_id)
        if conversation is not None:
            rows.put(conversation)  # every put does it


RESCOPE = OperationKind(
    name="conversation.rescope",
    permission=Permission.SYSTEM,
    title="Change who sees it",
    payload=Rescope,
    apply=_rescope,
    about=lambda payload: next(iter(payload.conversation_ids), None),
)
KINDS = (RESCOPE,)
