"""Operations that were not carried out: a row that their author sees, with everything that was in them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from agent_desktop.domain.errors import Reason
from agent_desktop.domain.ids import Id
from agent_desktop.domain.rows import Entity


class Verdict(StrEnum):
    """How the server judged an operation."""

    OK = "ok"
    REJECTED = "rejected"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationResult(Entity):
    """A rejected or failed operation in its author's scope. Its id is the operation's; discarding deletes it.

    `payload` is the operation's payload as JSON text, so that no text is lost. `group_id` names what it was to happen
    together with: all of that has the same verdict.
    """

    table: ClassVar[str] = "operation_result"

    kind: str
    verdict: Verdict
    reason: Reason
    note: str = ""
    payload: str = "{}"
    created_at: datetime
    conversation_id: Id | None = None
    group_id: Id | None = None
