"""The list of one view: what it shows, in which order, which conversation is open and which are checked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from agent_desktop.context import Desk
from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.ids import Id
from agent_desktop.domain.view import SortOrder
from agent_desktop.services.inbox_rows import InboxRow
from agent_desktop.services.settings import AFTER_SENDING, SORTS
from agent_desktop.services.views import ViewItem, ViewSource
from ui.models.inbox import InboxModel
from ui.models.sorted_keys import Difference, SortedKeys, difference
from ui.relay import Relay
from ui.tasks import Problem, Tasks
from ui.viewmodels.inbox_changes import InboxChanges, Moved

T = TypeVar("T")

SORT_WORDS = {
    SortOrder.DUE: "by due time",
    SortOrder.NEWEST: "newest first",
    SortOrder.OLDEST: "oldest first",
    SortOrder.PRIORITY: "by priority",
}
"""Orders as the head of the list names them."""
FIRST_SCREEN = 100
THROTTLE = 80
"""Milliseconds in which changes gather before the list follows."""
CLOCK_STEP = 20_000
"""Milliseconds after which a view that depends on time looks again."""
MOST_CHECKED = 2_000


class InboxViewModel(QObject):
    """Keeps an `InboxModel` in step with a view. All reads happen elsewhere and one at a time."""

    view_changed = Signal()
    """Another view or another order is shown."""
    heading_changed = Signal()
    opened = Signal(object)
    """The id of the conversation that is open now, or None."""
    targets_changed = Signal()
    """Commands act on other conversations now."""
    select_wanted = Signal(int)
    """The cursor belongs on the row with this key."""

    def __init__(
        self, desk: Desk, tasks: Tasks, changes: Relay, draft_changes: Relay, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks
        self._view: ViewItem | None = None
        self._open_id: Id | None = None
        self._open_key: int | None = None
        self._checked_ids: dict[int, Id] = {}
        self._changes = InboxChanges()
        self._loading = False
        self._busy = False
        self._own_change = False
        self._besides = 0
        self.model = InboxModel(self._fetch, desk.clock, self)
        self.model.rowsInserted.connect(self.heading_changed)
        self.model.rowsRemoved.connect(self.heading_changed)
        self.model.modelReset.connect(self.heading_changed)
        self.model.checks_changed.connect(self.targets_changed)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(THROTTLE)
        self._soon.timeout.connect(self._follow)
        self._clock_timer = QTimer(self)
        self._clock_timer.setInterval(CLOCK_STEP)
        self._clock_timer.timeout.connect(self._let_time_pass)
        self._clock_timer.start()
        changes.received.connect(self._on_changes)
        draft_changes.received.connect(self._on_draft)

    @property
    def view(self) -> ViewItem | None:
        """What is shown."""
        return self._view

    @property
    def sort(self) -> SortOrder:
        """In which order."""
        return self._view.sort if self._view else SortOrder.DUE

    @property
    def loading(self) -> bool:
        """Whether nothing of the view is there yet."""
        return self._loading

    @property
    def open_id(self) -> Id | None:
        """The conversation that is open."""
        return self._open_id

    @property
    def besides(self) -> int:
        """How many are listed beside the conversations of the view."""
        return self._besides

    def set_besides(self, count: int) -> None:
        """So many are listed beside them."""
        if count != self._besides:
            self._besides = count
            self.heading_changed.emit()

    @property
    def heading(self) -> str:
        """How many there are: "12 open"."""
        if self._view is None:
            return ""
        count = len(self.model.order) + self.model.held_new + self._besides
        words = "open" if self._view.filter.statuses else "in all"
        if self._view.source is not ViewSource.FILTER:
            words = "waiting" if self._view.source is ViewSource.OUTBOX else "being written"
        return f"{count:,} {words}"

    def target_ids(self) -> tuple[Id, ...]:
        """What commands act on: the checked conversations, else the open one."""
        checked = tuple(self._checked_ids[key] for key in self.model.checked if key in self._checked_ids)
        if checked:
            return checked
        return (self._open_id,) if self._open_id else ()

    def show(self, view: ViewItem) -> None:
        """Show another view from its beginning, in the order that was chosen for it last.

        The first screen is there at once, then all of it.
        """
        sort = self._desk.settings.get(SORTS).get(view.key)
        self._begin(replace(view, sort=SortOrder(sort)) if sort in set(SortOrder) else view)

    def _begin(self, view: ViewItem) -> None:
        self._view = view
        self._loading = True
        self._changes = InboxChanges()
        self._checked_ids.clear()
        self.model.replace(SortedKeys.listed(()))
        self.view_changed.emit()
        self._read(partial(self._first_screen, view), self._show_first)

    def set_sort(self, sort: SortOrder) -> None:
        """Show the same view in another order, from now on."""
        if self._view is None or sort is self._view.sort:
            return
        settings = self._desk.settings
        before = settings.get(SORTS)
        chosen = {**before, self._view.key: sort.value}
        self._tasks.write(lambda: settings.set(SORTS, chosen))
        self._begin(replace(self._view, sort=sort))

    def reload(self) -> None:
        """Look at the whole order again, without losing the place."""
        self._changes.order = True
        self._wake()

    def open_row(self, position: int) -> None:
        """Open the conversation in a position of the list; -1 leaves what is open."""
        if not 0 <= position < len(self.model.order):
            return
        self._open_key = self.model.key_at(position)
        self._open_what_is_known()

    def open_next(self, position: int) -> bool:
        """The open conversation leaves the list, with the cursor on `position` now: open that one, if this was the
        person's own doing and the settings say so.
        """
        go_on = self._own_change and self._desk.settings.get(AFTER_SENDING) == "next"
        if go_on:
            self.open_row(position)
        return go_on

    def open(self, conversation_id: Id | None) -> None:
        """Open a conversation, in the list or not; None closes what is open."""
        self._open_key = None
        self._set_open(conversation_id)
        if conversation_id is not None:
            inbox = self._desk.inbox
            self._tasks.read(
                lambda: inbox.pk_of(conversation_id), self._select_opened, key=(id(self), "select")
            )

    def toggle_check(self, position: int) -> None:
        """Check or uncheck the conversation in a position. The first check takes what is open along."""
        row = self.model.row_at(position)
        if row is not None:
            self._checked_ids[row.pk] = row.id
            self.model.toggle_check(row.pk)

    def check_range(self, first: int, last: int) -> None:
        """Check the conversations between two positions as well as those that are checked."""
        low, high = sorted((first, last))
        rows = [row for position in range(low, high + 1) if (row := self.model.row_at(position))]
        self._checked_ids.update({row.pk: row.id for row in rows})
        self.model.set_checked([*self.model.checked, *(row.pk for row in rows)])

    def check_all(self) -> None:
        """Check every conversation of the view, or the first of very many."""
        keys = self.model.order.keys(0, MOST_CHECKED)
        self._tasks.read(lambda: self._desk.inbox.rows(keys), self._check_rows, key=(id(self), "check"))

    def uncheck(self) -> None:
        """Take all check marks away."""
        self.model.set_checked(())

    def _on_changes(self, changes: ChangeSet) -> None:
        self._changes.add(changes)
        self._wake()

    def _on_draft(self, conversation_id: Id) -> None:
        self._changes.touch([conversation_id])
        self._wake()

    def _let_time_pass(self) -> None:
        if self._view is not None and self._view.filter.depends_on_time:
            self.reload()

    def _wake(self) -> None:
        if self._changes and not self._soon.isActive():
            self._soon.start()

    def _follow(self) -> None:
        """Bring the list up to date with everything that gathered."""
        if self._busy or self._view is None or not self._changes:
            return
        changes, self._changes = self._changes, InboxChanges()
        if changes.every_row:
            self.model.forget_rows()
        listed = self._view.source is not ViewSource.FILTER
        if changes.order or (listed and changes.ids):
            old = self.model.order.copy().parts
            self._read(partial(self._difference, self._view, old), self._change_order)
        elif changes.ids:
            inbox, ids = self._desk.inbox, changes.ids
            self._read(lambda: inbox.rows(inbox.keys_of(ids)), partial(self._place, changes))

    def _read(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Read for the list: one thing after another, so that positions stay true."""
        self._busy = True
        self._tasks.read(work, partial(self._done, then), self._failed, key=(id(self), "list"))

    def _done(self, then: Callable[[T], None], result: T) -> None:
        self._busy = False
        then(result)
        self._wake()

    def _failed(self, problem: Problem) -> None:
        self._busy = False
        self._loading = False
        self.heading_changed.emit()
        self._tasks.problem.emit(problem)

    def _order(self, view: ViewItem) -> SortedKeys:
        inbox = self._desk.inbox
        match view.source:
            case ViewSource.DRAFTS:
                return SortedKeys.listed(inbox.keys_of(inbox.draft_ids()))
            case ViewSource.OUTBOX:
                return SortedKeys.listed(inbox.keys_of(inbox.waiting_ids()))
            case _:
                return SortedKeys(inbox.order(view.filter, view.sort))

    def _first_screen(self, view: ViewItem) -> tuple[SortedKeys, list[InboxRow]]:
        inbox = self._desk.inbox
        if view.source is ViewSource.FILTER:
            columns, rows = inbox.first_screen(view.filter, view.sort, FIRST_SCREEN)
            return SortedKeys(columns), rows
        order = self._order(view)
        return order, inbox.rows(order.keys(0, FIRST_SCREEN))

    def _show_first(self, screen: tuple[SortedKeys, list[InboxRow]]) -> None:
        order, rows = screen
        self._loading = False
        self.model.replace(order, rows)
        if len(order) >= FIRST_SCREEN and self._view is not None:
            old = order.copy().parts
            self._read(partial(self._difference, self._view, old), self._change_order)

    def _difference(self, view: ViewItem, old: Sequence[int]) -> tuple[SortedKeys, Difference]:
        order = self._order(view)
        return order, difference(old, order.parts)

    def _change_order(self, result: tuple[SortedKeys, Difference]) -> None:
        self.model.change_to(*result)
        self.model.forget_rows()

    def _place(self, changes: InboxChanges, rows: list[InboxRow]) -> None:
        """Rows of changed conversations are here: put each where it belongs now."""
        found = {row.id: row for row in rows}
        for conversation_id, moved in changes.moved.items():
            row = found.get(conversation_id)
            if row is None:
                self.reload()  # it is gone, and with it the key to find it by
            else:
                self._move(row.pk, moved)
        self.model.store_rows([], [row for row in rows if self._is_listed(row, changes)])

    def _move(self, key: int, moved: Moved) -> None:
        inbox, view = self._desk.inbox, self._view
        if view is None:
            return
        old = inbox.sort_key(moved.old, view.sort, key) if moved.old else None
        belongs = moved.new is not None and inbox.matches(moved.new, view.filter)
        new = inbox.sort_key(moved.new, view.sort, key) if moved.new and belongs else None
        self._own_change = moved.local
        self.model.change(key, old, new, hold=not moved.local)
        self._own_change = False

    def _is_listed(self, row: InboxRow, changes: InboxChanges) -> bool:
        return row.id in changes.moved or self.model.row_of(row.pk) is not None

    def _fetch(self, keys: Sequence[int]) -> None:
        inbox = self._desk.inbox
        self._tasks.read(lambda: inbox.rows(keys), partial(self._store, keys))

    def _store(self, keys: Sequence[int], rows: list[InboxRow]) -> None:
        self.model.store_rows(keys, rows)
        if self._open_key in keys:
            self._open_what_is_known()

    def _open_what_is_known(self) -> None:
        row = self.model.row_of(self._open_key) if self._open_key is not None else None
        if row is not None:
            self._set_open(row.id)

    def _set_open(self, conversation_id: Id | None) -> None:
        if conversation_id != self._open_id:
            self._open_id = conversation_id
            self.opened.emit(conversation_id)
            self.targets_changed.emit()

    def _select_opened(self, key: int | None) -> None:
        self.select_wanted.emit(key or 0)

    def _check_rows(self, rows: list[InboxRow]) -> None:
        self._checked_ids.update({row.pk: row.id for row in rows})
        self.model.set_checked(row.pk for row in rows)
