"""The side panel with all views and how much is in each."""

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QMenu, QWidget

from agent_desktop.services.views import ViewGroup, ViewItem, ViewSource
from ui.context import UiContext
from ui.delegates.view_row import ViewRowDelegate
from ui.models.roles import RowRole
from ui.models.view_rows import ViewRow, ViewRowsModel, view_rows
from ui.prompts import Question
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.viewmodels.views import ViewsViewModel

WIDTH = 188


class ViewsPanel(QListView):
    """Choosing a row shows that view. Views of one's own are renamed and deleted by the context menu."""

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
        if item.source is ViewSource.FILTER:
            menu.addAction("Save as a view of my own…").triggered.connect(lambda: self.save_as(item))
        if item.group is ViewGroup.SAVED:
            menu.addSeparator()
            menu.addAction("Rename…").triggered.connect(lambda: self.rename(item))
            menu.addAction("Delete…").triggered.connect(lambda: self.delete(item))
        menu.popup(where)

    def save_as(self, item: ViewItem) -> None:
        """Ask for a name and keep what the view shows under it."""

        def answer(name: str | None) -> None:
            if name:
                self._views.save_as(name, item)

        self._context.prompts.ask_line("Save view", "Name of the view", item.title, answer)

    def rename(self, item: ViewItem) -> None:
        """Ask for another name."""

        def answer(name: str | None) -> None:
            if name:
                self._views.rename(item, name)

        self._context.prompts.ask_line("Rename view", "Name of the view", item.title, answer)

    def delete(self, item: ViewItem) -> None:
        """Ask, then delete."""

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

    def _on_current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        row = current.data(RowRole.ROW)
        item = self._views.item(row.key) if isinstance(row, ViewRow) else None
        if item is not None and item.key != self._chosen_key:
            self._chosen_key = item.key
            self.chosen.emit(item)
