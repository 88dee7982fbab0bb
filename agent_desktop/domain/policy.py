"""What the workspace has decided for all: how long what is kept, and how long a computer may do without the server."""

from dataclasses import dataclass
from typing import ClassVar

from agent_desktop.domain.ids import Id
from agent_desktop.domain.rows import Entity, Rows

POLICY_ID: Id = "00000000000078d092d1eacb67956220"
"""There is one. It derives from its name (`derived_id`)."""
LONGEST_DAYS = 3_650
LONGEST_LEASE = 30
"""Days: whoever was away for longer has to prove who they are again anyway."""
SHORTEST_KEPT = 7
"""Whatever is closed stays for so many days at least: a slip of the hand can be taken back for that long."""
LEGAL_HOLD = "legal-hold"
"""A conversation with this tag is kept whatever the policy says, and its customer cannot be erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Entity):
    """Times in days; 0: for ever.

    Closed conversations are kept for `conversations_days` after the last message, files of closed ones for
    `files_days`, and mails as they arrived for `raw_days`. A computer may be used for `lease_days` without having been
    in touch with the server. Replies wait `undo_seconds` before they leave, unless their author chose another time.
    """

    table: ClassVar[str] = "policy"

    conversations_days: int = 0
    files_days: int = 0
    raw_days: int = 0
    lease_days: int = 0
    undo_seconds: int = 10

    @property
    def removes_something(self) -> bool:
        """Whether anything is ever removed by it."""
        return bool(self.conversations_days or self.files_days or self.raw_days)


def policy_of(rows: Rows) -> Policy:
    """What the workspace has decided."""
    return rows.get(Policy, POLICY_ID) or Policy(id=POLICY_ID)


def days_problem(days: int) -> str:
    """Why nothing can be kept for so many days, or ""."""
    if days and not SHORTEST_KEPT <= days <= LONGEST_DAYS:
        return f"Choose {SHORTEST_KEPT} to {LONGEST_DAYS:,} days, or 0 to keep it for ever."
    return ""
