"""The views beside the list with their counts, kept up to date, and saving one's own."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from agent_desktop.context import Desk
from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id
from agent_desktop.domain.view import View
from agent_desktop.domain.workspace import Channel
from agent_desktop.services.views import STANDARD_VIEWS, ViewGroup, ViewItem
from ui.relay import Relay
from ui.tasks import Tasks

if TYPE_CHECKING:
    from ui.models.view_form import ViewDraft
    from ui.viewmodels.conversation_actions import Notify

THROTTLE = 250
"""Milliseconds in which changes gather before everything is counted again."""
CLOCK_STEP = 30_000
"""Milliseconds after which is counted again because time passes: snoozed ones wake, due ones become overdue."""
_COUNTED = {Conversation.table, "message", "draft_copy", View.table, Channel.table}


class ViewsViewModel(QObject):
    """All views, exactly counted. Until they were counted first, the standard ones without figures."""

    changed = Signal()

    def __init__(
        self,
        desk: Desk,
        tasks: Tasks,
        changes: Relay,
        draft_changes: Relay,
        notify: "Notify",
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks
        self._notify = notify
        self._items: tuple[ViewItem, ...] = tuple(view for view in STANDARD_VIEWS if view.key != "outbox")
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(THROTTLE)
        self._soon.timeout.connect(self.count)
        self._clock_timer = QTimer(self)
        self._clock_timer.setInterval(CLOCK_STEP)
        self._clock_timer.timeout.connect(self.count)
        self._clock_timer.start()
        changes.received.connect(self._on_changes)
        draft_changes.received.connect(self._wake)

    @property
    def items(self) -> tuple[ViewItem, ...]:
        """The views in the order in which they are listed."""
        return self._items

    def of(self, group: ViewGroup) -> tuple[ViewItem, ...]:
        """The views under one heading."""
        return tuple(item for item in self._items if item.group is group)

    def item(self, key: str) -> ViewItem | None:
        """The view with this key."""
        return next((item for item in self._items if item.key == key), None)

    def count(self) -> None:
        """Count everything again."""
        self._tasks.read(self._desk.views.counted, self._show, key=(id(self), "count"))

    def add(self, draft: "ViewDraft") -> None:
        """Keep a new view."""
        self._save(self._desk.ids.new(), draft, 0)

    def change(self, view: View, draft: "ViewDraft") -> None:
        """Replace a saved view, in its place of the list."""
        self._save(view.id, draft, view.position)

    def find(self, item: ViewItem, then: Callable[[View], None]) -> None:
        """Look up a saved view as it is now; nothing happens when it is gone."""

        def take(saved: list[View]) -> None:
            for view in saved:
                if view.id == item.view_id:
                    then(view)

        self._tasks.read(self._desk.views.saved, take, key=(id(self), "find"))

    def delete(self, item: ViewItem) -> None:
        """Remove a saved view; the conversations stay."""
        # Changing views is rare, and the rules of all operations come with it.
        from agent_desktop.domain.operations.knowledge import DeleteView

        if item.view_id is not None:
            payload = DeleteView(view_id=item.view_id)
            self._tasks.write(
                lambda: self._desk.apply(payload),
                lambda applied: self._notify(f"View “{item.title}” deleted", applied),
            )

    def _save(self, view_id: Id, draft: "ViewDraft", position: int) -> None:
        from agent_desktop.domain.operations.knowledge import SaveView

        payload = SaveView(
            view_id=view_id,
            name=draft.name,
            filter=draft.filter,
            sort=draft.sort,
            audience=draft.audience,
            owner_id=self._desk.user_id,
            position=position,
        )
        self._tasks.write(
            lambda: self._desk.apply(payload),
            lambda applied: self._notify(f"View “{draft.name}” saved", applied),
        )

    def _on_changes(self, changes: ChangeSet) -> None:
        if changes.bulk or any(change.entity.table in _COUNTED for change in changes.changes):
            self._wake()

    def _wake(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _show(self, items: list[ViewItem]) -> None:
        shown = tuple(items)
        if shown != self._items:
            self._items = shown
            self.changed.emit()
