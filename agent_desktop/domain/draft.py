"""Drafts on the devices of one user: each device keeps its own, and shows the others' copies."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.rows import Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCopy(Entity):
    """What one user was writing on one device, for their other devices. Its id derives from user, place and kind.

    `content` is the draft as the program keeps it; `device` names where it was written; `written_at` is by that
    device's clock.
    """

    table: ClassVar[str] = "draft_copy"

    user_id: Id
    conversation_id: Id
    kind: str
    content: str
    device: str
    written_at: datetime


def draft_copy_id(user_id: Id, conversation_id: Id, kind: str) -> Id:
    """The id of the copy of this user's draft."""
    return derived_id(EPOCH, "draft", user_id, conversation_id, kind)
