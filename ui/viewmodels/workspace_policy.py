"""What the workspace has decided for all: its name, how long what is kept, and what that would take away now."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.operations.policy import SaveRetention, SaveWorkspace
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.policy import Policy, days_problem
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import Workspace
from agent_desktop.services.administration import RetentionPreview
from agent_desktop.services.apply import Applied
from ui.tasks import Problem, sentence_of

if TYPE_CHECKING:
    from ui.context import UiContext


class WorkspacePolicyViewModel(QObject):
    """The policy as it is now.

    Signals:
        changed: it, or the name of the workspace, is another now.
        counted: a sentence on what the chosen times would take away.
    """

    changed = Signal()
    counted = Signal(str)

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        context.changes.received.connect(self._on_changes)

    @property
    def name(self) -> str:
        """What the workspace is called."""
        return self._context.desk.directory.workspace_name

    @property
    def policy(self) -> Policy:
        """What was decided."""
        return self._context.desk.directory.policy

    def may(self, permission: Permission) -> bool:
        """Whether this user may decide it."""
        return self._context.desk.directory.actor.may(permission)

    def save_workspace(self, name: str, lease_days: int, undo_seconds: int) -> None:
        """Name the workspace; say how long computers may do without the server, and replies can be undone."""
        workspace = self._context.desk.directory.workspace
        if workspace is not None:
            payload = SaveWorkspace(
                workspace_id=workspace.id, name=name, lease_days=lease_days, undo_seconds=undo_seconds
            )
            self._apply(payload, "Workspace saved.")

    def problem_of(self, conversations: int, files: int, raw: int) -> str:
        """Why things cannot be kept for these times, or ""."""
        problems = (days_problem(conversations), days_problem(files), days_problem(raw))
        return next((problem for problem in problems if problem), "")

    def count(self, conversations: int, files: int, raw: int) -> None:
        """Ask the server what these times would take away now."""
        desk = self._context.desk

        def failed(problem: Problem) -> None:
            self.counted.emit(sentence_of(problem))

        self._context.tasks.read(
            lambda: desk.administration.preview_retention(conversations, files, raw),
            lambda found: self.counted.emit(preview_words(found)),
            failed,
            key=self,
        )

    def save_retention(self, conversations: int, files: int, raw: int) -> None:
        """Keep things for these times from now on."""
        payload = SaveRetention(conversations_days=conversations, files_days=files, raw_days=raw)
        self._apply(payload, "Retention saved.")

    def _apply(self, payload: Record, message: str) -> None:
        apply, navigator = self._context.desk.apply, self._context.navigator

        def done(applied: Applied) -> None:
            navigator.notify(message, applied)

        self._context.tasks.write(lambda: apply(payload), done)

    def _on_changes(self, change_set: ChangeSet) -> None:
        if change_set.bulk or any(change.entity in (Workspace, Policy) for change in change_set.changes):
            self.changed.emit()


def preview_words(found: RetentionPreview) -> str:
    """What would go, in a sentence."""
    parts = [
        f"{count:,} {noun}{'' if count == 1 else 's'}"
        for count, noun in (
            (found.conversations, "conversation"),
            (found.messages, "message"),
            (found.files, "file"),
            (found.raw, "raw mail"),
        )
        if count
    ]
    held = f" {found.held:,} more are held for the law and stay." if found.held else ""
    if not parts:
        return f"Nothing would go now.{held}"
    return f"{', '.join(parts)} would go within a day, on every computer. That cannot be undone.{held}"
