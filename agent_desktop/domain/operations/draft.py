"""Sharing drafts among the devices of one user. A copy is a whole value: the one written last stays."""

from dataclasses import dataclass
from datetime import datetime

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.draft import DraftCopy, draft_copy_id
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
    if rows.get(Conversation, payload.conversation_id) is None:
        return  # nobody needs to hear that the place of a draft is gone: the draft itself stays where it was written
    row_id = draft_copy_id(context.actor_id, payload.conversation_id, payload.kind)
    before = rows.get(DraftCopy, row_id)
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


SHARE_DRAFT = OperationKind(
    name="draft.share",
    permission=None,
    title="Share draft",
    payload=ShareDraft,
    apply=_share,
    about=lambda payload: payload.conversation_id,
)
KINDS = (SHARE_DRAFT,)
