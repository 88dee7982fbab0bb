"""Sharing drafts among the devices of one user. A copy is a whole value: the one written last stays."""

from dataclasses import dataclass
from datetime import datetime

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.draft import BEGINS, DraftCopy, draft_copy_id, people_of
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.base import Context, OperationKind
from agent_desktop.domain.rows import Rows, user_scope


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareDraft:
    """Show a draft on the acting user's other devices; empty `content` says that it is sent or thrown away."""

    conversation_id: Id
    kind: str
    content: str
    device: str
    written_at: datetime


def _share(rows: Rows, payload: ShareDraft, context: Context) -> None:
    row_id = draft_copy_id(context.actor_id, payload.conversation_id, payload.kind)
    before = rows.get(DraftCopy, row_id)
    place, begins = rows.get(Conversation, payload.conversation_id), payload.kind == BEGINS
    if place is None and not begins:
        return  # nobody needs to hear that the place of a draft is gone: the draft itself stays where it was written
    is_sent = begins and place is not None  # what was written on elsewhere is no draft of it any more
    if is_sent or _tells_of_erased(rows, place, payload):
        rows.delete(DraftCopy, row_id)
        return
    if before is not None and before.written_at > payload.written_at:
        return  # written on another device meanwhile
    if not payload.content:
        rows.delete(DraftCopy, row_id)
        return
    rows.put(
        DraftCopy(
            id=row_id,
            scope=user_scope(context.actor_id),
            user_id=context.actor_id,
            conversation_id=payload.conversation_id,
            kind=payload.kind,
            content=payload.content,
            device=payload.device,
            written_at=payload.written_at,
        )
    )


def _tells_of_erased(rows: Rows, place: Conversation | None, payload: ShareDraft) -> bool:
    """Whether it is for somebody who was erased on request, which its author had not heard."""
    named = people_of(payload.content) if place is None else (place.customer_id,)
    customers = (rows.get(Customer, customer_id) for customer_id in named)
    return any(customer is not None and customer.erased_at is not None for customer in customers)


SHARE_DRAFT = OperationKind(
    name="draft.share",
    permission=None,
    title="Share draft",
    payload=ShareDraft,
    apply=_share,
    about=lambda payload: payload.conversation_id,
)
KINDS = (SHARE_DRAFT,)
