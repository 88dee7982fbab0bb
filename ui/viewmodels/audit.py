"""The audit log at the server: read page by page, checked, and written to a file."""

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.audit import AuditAction, AuditEntry, AuditHead
from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.services.administration import AuditPart, AuditVerdict, AuditWanted
from ui.models.audit_text import audit_row
from ui.models.cells import TableRow
from ui.models.local_time import local_zone
from ui.tasks import Problem, sentence_of

if TYPE_CHECKING:
    from ui.context import UiContext


class AuditViewModel(QObject):
    """What was read of the log so far.

    Signals:
        changed: entries, or why there are none, are others now.
        checked: the server has looked whether the log is whole (an `AuditVerdict`).
    """

    changed = Signal()
    checked = Signal(object)

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._wanted = AuditWanted()
        self._entries: tuple[AuditEntry, ...] = ()
        self._more = False
        self._loading = False
        self.head = AuditHead()
        self.problem = ""
        """Why nothing can be shown, in words."""

    @property
    def rows(self) -> tuple[TableRow, ...]:
        """The entries that were read, newest first."""
        zone = local_zone()
        return tuple(audit_row(entry, self._name_of, zone) for entry in self._entries)

    @property
    def loading(self) -> bool:
        """Whether the server is being asked."""
        return self._loading

    def want(self, action: AuditAction | None, actor_id: Id | None, days: int) -> None:
        """Show other entries: of an action, of a person, of the last days (0: of all time)."""
        since = None
        if days:
            zone = local_zone()
            today = self._context.desk.clock.now().astimezone(zone)
            since = today.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
        self._wanted = AuditWanted(
            actions=() if action is None else (action,), actor_id=actor_id, since=since
        )
        self.read()

    def read(self) -> None:
        """Read the newest entries."""
        self._ask(None)

    def read_on(self) -> None:
        """Read older ones, if there are any."""
        if self._more and not self._loading and self._entries:
            self._ask(self._entries[-1].number)

    def check(self) -> None:
        """Have the server look whether the log is as it was written."""
        desk = self._context.desk

        def done(verdict: AuditVerdict) -> None:
            self.checked.emit(verdict)
            self.read()

        self._context.tasks.read(lambda: desk.administration.check_audit(), done)

    def export(self, path: Path) -> None:
        """Write every entry to a file, one JSON object a line, oldest first; the last line is the end of the log."""
        desk, navigator = self._context.desk, self._context.navigator

        def work() -> int:
            entries: list[AuditEntry] = []
            part = desk.administration.audit(AuditWanted())
            head = part.head
            while True:
                entries += part.entries
                if not part.more:
                    break
                part = desk.administration.audit(AuditWanted(), part.entries[-1].number)
            lines = [_line(entry) for entry in reversed(entries)]
            lines.append(json.dumps({"head": str(head)}))
            try:
                path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            except OSError as error:
                raise StoreError(
                    f"{path.name} could not be written. Choose another place.", str(error)
                ) from error
            return len(entries)

        self._context.tasks.read(
            work, lambda count: navigator.notify(f"{count:,} entries are in {path.name}.")
        )

    def _ask(self, before: int | None) -> None:
        desk, wanted = self._context.desk, self._wanted
        self._loading = True
        self.changed.emit()

        def take(part: AuditPart) -> None:
            self._entries = part.entries if before is None else (*self._entries, *part.entries)
            self._more, self.head, self.problem, self._loading = part.more, part.head, "", False
            self.changed.emit()

        self._context.tasks.read(
            lambda: desk.administration.audit(wanted, before), take, self._failed, key=(self, "read")
        )

    def _failed(self, problem: Problem) -> None:
        self.problem, self._loading = sentence_of(problem), False
        self._entries = ()
        self.changed.emit()

    def _name_of(self, row_id: Id) -> str:
        directory = self._context.desk.directory
        if set(row_id) == {"0"}:
            return "The server"
        row = directory.user(row_id) or directory.team(row_id) or directory.channel(row_id)
        return row.name if row is not None else ""


def _line(entry: AuditEntry) -> str:
    return json.dumps(
        {
            "number": entry.number,
            "at": to_microseconds(entry.at),
            "actor_id": entry.actor_id,
            "device_id": entry.device_id,
            "action": entry.action,
            "about": entry.about,
            "details": entry.details,
            "hash": entry.hash,
        }
    )
