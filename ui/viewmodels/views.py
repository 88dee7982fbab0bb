"""The views beside the list with their counts, kept up to date, and saving one's own."""

from PySide6.QtCore import QObject, QTimer, Signal

from agent_desktop.context import Desk
from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Audience
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations.knowledge import DeleteView, SaveView
from agent_desktop.domain.view import View
from agent_desktop.domain.workspace import Channel
from agent_desktop.services.apply import Applied
from agent_desktop.services.views import STANDARD_VIEWS, ViewGroup, ViewItem
from ui.relay import Relay
from ui.tasks import Tasks
from ui.viewmodels.conversation_actions import Notify

THROTTLE = 250
"""Milliseconds in which changes gather before everything is counted again."""
CLOCK_STEP = 30_000
"""Milliseconds after which is counted again because time passes: snoozed ones wake, due ones become overdue."""
_COUNTED = (Conversation, Message, View, Channel)


class ViewsViewModel(QObject):
    """All views, exactly counted. Until they were counted first, the standard ones without figures."""

    changed = Signal()

    def __init__(
        self,
        desk: Desk,
        tasks: Tasks,
        changes: Relay,
        draft_changes: Relay,
        notify: Notify,
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

    def save_as(self, name: str, view: ViewItem) -> None:
        """Keep what a view shows, in the order in which it does, under a name of one's own."""
        payload = SaveView(
            view_id=self._desk.ids.new(),
            name=name,
            filter=view.filter,
            sort=view.sort,
            audience=Audience.PERSONAL,
            owner_id=self._desk.user_id,
        )
        self._tasks.write(
            lambda: self._desk.apply(payload),
            lambda applied: self._notify(f"View “{name}” saved", applied),
        )

    def rename(self, item: ViewItem, name: str) -> None:
        """Call a saved view something else."""
        self._tasks.write(
            lambda: self._rename(item.view_id, name),
            lambda applied: self._notify(f"View renamed to “{name}”", applied),
        )

    def delete(self, item: ViewItem) -> None:
        """Remove a saved view; the conversations stay."""
        if item.view_id is not None:
            payload = DeleteView(view_id=item.view_id)
            self._tasks.write(
                lambda: self._desk.apply(payload),
                lambda applied: self._notify(f"View “{item.title}” deleted", applied),
            )

    def _rename(self, view_id: Id | None, name: str) -> Applied:
        saved = next((view for view in self._desk.views.saved() if view.id == view_id), None)
        if saved is None:
            raise Rejected(Reason.GONE, "view")
        return self._desk.apply(
            SaveView(
                view_id=saved.id,
                name=name,
                filter=saved.filter,
                sort=saved.sort,
                audience=saved.audience,
                owner_id=saved.owner_id,
                position=saved.position,
            )
        )

    def _on_changes(self, changes: ChangeSet) -> None:
        if changes.bulk or any(change.entity in _COUNTED for change in changes.changes):
            self._wake()

    def _wake(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _show(self, items: list[ViewItem]) -> None:
        shown = tuple(items)
        if shown != self._items:
            self._items = shown
            self.changed.emit()
