"""The side panel with all views and how much is in each."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QMenu, QWidget

from agent_desktop.domain.view import View
from agent_desktop.services.views import ViewGroup, ViewItem, ViewSource
from ui.context import UiContext
from ui.delegates.view_row import ViewRowDelegate
from ui.models.roles import RowRole
from ui.models.view_rows import ViewRow, ViewRowsModel, view_rows
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.viewmodels.views import ViewsViewModel

if TYPE_CHECKING:
    from ui.models.view_form import ViewDraft


class ViewsPanel(QListView):
    """Choosing a row shows that view. Views are made, edited and deleted by the context menu."""

    chosen = Signal(object)
    """A `ViewItem`."""

    def __init__(self, context: UiContext, views: ViewsViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._views = views
        self._chosen_key = ""
        self._rows = ViewRowsModel(self)
        self.setModel(self._rows)
        self.setItemDelegate(ViewRowDelegate(context.theme, self))
        self.setAccessibleName("Views")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setViewportMargins(0, 10, 0, 10)
        set_ground(self, ColorRole.SUNKEN)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        views.changed.connect(self.refresh)
        context.theme.changed.connect(self.doItemsLayout)
        self.refresh()

    def mark(self, key: str) -> None:
        """Show which view is open."""
        self._chosen_key = key
        row = self._rows.row_of(key)
        if row >= 0 and row != self.currentIndex().row():
            self.selectionModel().setCurrentIndex(
                self._rows.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    def refresh(self) -> None:
        """Show the views as they are now; the open one stays marked."""
        self._rows.show(view_rows(self._views.items))
        self.mark(self._chosen_key)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        row = index.data(RowRole.ROW)
        item = self._views.item(row.key) if isinstance(row, ViewRow) else None
        if item is not None:
            self.menu_for(item, event.globalPos())

    def menu_for(self, item: ViewItem, where: QPoint) -> None:
        """Open the menu of a view."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Open").triggered.connect(lambda: self.chosen.emit(item))
        menu.addSeparator()
        menu.addAction("New view…").triggered.connect(self.add_view)
        if item.source is ViewSource.FILTER:
            menu.addAction("New view like this…").triggered.connect(lambda: self.add_view_like(item))
        if item.group is ViewGroup.SAVED:
            menu.addAction("Edit…").triggered.connect(lambda: self.edit_view(item))
            menu.addAction("Delete…").triggered.connect(lambda: self.delete_view(item))
        menu.popup(where)

    # What changes views is loaded when it is wanted: see ui.screens.later.

    def add_view(self) -> None:
        """Describe a new view from nothing."""
        from ui.models.view_form import ViewDraft

        self._open_editor("New view", ViewDraft(), self._views.add)

    def add_view_like(self, item: ViewItem) -> None:
        """Describe a new view, beginning with what another one shows."""
        from ui.models.view_form import ViewDraft

        self._open_editor("New view", ViewDraft(item.title, item.filter, item.sort), self._views.add)

    def edit_view(self, item: ViewItem) -> None:
        """Describe a saved view anew."""
        from ui.models.view_form import ViewDraft

        def open_editor(view: View) -> None:
            draft = ViewDraft(view.name, view.filter, view.sort, view.audience)
            self._open_editor("Edit view", draft, partial(self._views.change, view))

        self._views.find(item, open_editor)

    def delete_view(self, item: ViewItem) -> None:
        """Ask, then delete."""
        from ui.prompts import Question

        def answer(yes: bool) -> None:
            if yes:
                self._views.delete(item)

        question = Question(
            title="Delete view",
            text=f"Delete the view “{item.title}”? The conversations in it stay.",
            yes="Delete view",
            dangerous=True,
        )
        self._context.prompts.ask(question, answer)

    def _open_editor(self, title: str, draft: "ViewDraft", save: "Callable[[ViewDraft], None]") -> None:
        from ui.models.view_form import view_fields
        from ui.widgets.view_editor import ViewEditor

        fields = view_fields(self._context.desk.directory)
        editor = ViewEditor(self._context.theme, title, draft, fields, save, self.window())
        editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        editor.open()

    def _on_current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        row = current.data(RowRole.ROW)
        item = self._views.item(row.key) if isinstance(row, ViewRow) else None
        if item is not None and item.key != self._chosen_key:
            self._chosen_key = item.key
            self.chosen.emit(item)
