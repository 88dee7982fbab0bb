"""Drafts on the devices of one user: each device keeps its own, and shows the others' copies."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.rows import Entity

BEGINS = "new"
"""The kind of draft that begins a conversation: until it is sent, there is no conversation with its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCopy(Entity):
    """What one user was writing on one device, for their other devices. Its id derives from user, place and kind.

    `conversation_id` is where it is written; of what begins a conversation (`BEGINS`), the one that is to be.
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


def people_of(content: str) -> tuple[Id, ...]:
    """The customers whose addresses stand in a draft, as far as it says so."""
    try:
        draft = json.loads(content)
    except (ValueError, RecursionError):
        return ()
    found = draft.get("customer_ids") if isinstance(draft, dict) else None
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()
