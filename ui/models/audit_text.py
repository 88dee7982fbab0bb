"""How entries of the audit log read: who did what, to what, and the small print."""

import json
from collections.abc import Callable
from datetime import tzinfo

from agent_desktop.domain.audit import TITLES, AuditAction, AuditEntry
from agent_desktop.domain.ids import Id
from ui.models.cells import Cell, Column, TableRow
from ui.models.moment_text import full_text
from ui.tokens import ChipTone, ColorRole

AUDIT = (
    Column("No."),
    Column("When"),
    Column("Who", 3),
    Column("What"),
    Column("About", 3),
    Column("Details", 4),
)
PERIODS: tuple[tuple[int, str], ...] = (
    (0, "All time"),
    (1, "Today"),
    (7, "7 days"),
    (30, "30 days"),
    (365, "A year"),
)
"""For how many days back entries are shown, in words; 0: all."""
_GRAVE = frozenset(
    {
        AuditAction.REFUSED,
        AuditAction.SIGN_IN_FAILED,
        AuditAction.TOKEN_REUSED,
        AuditAction.WIPE_REQUESTED,
        AuditAction.CUSTOMER_ERASED,
        AuditAction.RESTORED,
    }
)
_NOTABLE = frozenset(
    {
        AuditAction.EXPORTED,
        AuditAction.CUSTOMER_EXPORTED,
        AuditAction.AUDIT_EXPORTED,
        AuditAction.KEY_RELEASED,
        AuditAction.RECOVERY_CODE_USED,
        AuditAction.ROLE_SAVED,
        AuditAction.RULE_CHANGED,
    }
)
_SILENT = frozenset({"operation", "client", "active"})
"""Details that only programs read: they are in an export."""

NameOf = Callable[[Id], str]
"""What a row is called: "" where nobody knows it."""


def action_title(action: str) -> str:
    """How an action is named, also one that a newer server knows."""
    try:
        return TITLES[AuditAction(action)]
    except ValueError:
        return action


def audit_row(entry: AuditEntry, name_of: NameOf, zone: tzinfo | None = None) -> TableRow:
    """One entry."""
    who = name_of(entry.actor_id)
    details = _details(entry.details)
    failed = details.get("verdict") in ("rejected", "failed")
    tone = ChipTone.DANGER if failed or _is(entry.action, _GRAVE) else ChipTone.NEUTRAL
    if tone is ChipTone.NEUTRAL and _is(entry.action, _NOTABLE):
        tone = ChipTone.WARN
    about = name_of(entry.about) if entry.about else ""
    return TableRow(
        str(entry.number),
        (
            Cell(text=f"{entry.number:,}", color=ColorRole.TEXT_3),
            Cell(text=full_text(entry.at, zone), color=ColorRole.TEXT_2),
            Cell(text=who or "Somebody who is not here any more", avatar=who or "?"),
            Cell(text=action_title(entry.action), tone=tone),
            Cell(text=about or entry.about or "", color=ColorRole.TEXT if about else ColorRole.TEXT_3),
            Cell(text=details_words(details, name_of, entry.about), color=ColorRole.TEXT_2),
        ),
    )


def details_words(details: dict[str, object], name_of: NameOf, about: Id | None = None) -> str:
    """The small print on one line: "Role agent · Teams Support, Billing"."""
    parts = ["no longer active"] if details.get("active") is False else []
    for name, value in details.items():
        if name in _SILENT or value in (None, "", [], False, about):
            continue
        title = name.removesuffix("_ids").removesuffix("_id").replace("_", " ")
        if isinstance(value, list):
            value = ", ".join(name_of(str(item)) or str(item) for item in value)
        elif isinstance(value, str):
            value = name_of(value) or value.replace("_", " ")
        elif isinstance(value, int) and value is not True:
            value = f"{value:,}"
        parts.append(title if value is True else f"{title} {value}")
    line = " · ".join(parts)
    return line[:1].upper() + line[1:]


def _details(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        return {"details": text}
    return found if isinstance(found, dict) else {}


def _is(action: str, among: frozenset[AuditAction]) -> bool:
    return any(action == item.value for item in among)
