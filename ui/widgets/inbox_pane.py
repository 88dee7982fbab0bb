"""The list of conversations with everything around it: search, heading, order, news, bulk bar, empty state."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from agent_desktop.domain.view import SortOrder
from agent_desktop.services.views import ViewSource
from ui.context import UiContext
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.empty_words import empty_words
from ui.styling import set_ground, set_text_style
from ui.tokens import ColorRole
from ui.viewmodels.inbox import SORT_WORDS, InboxViewModel
from ui.viewmodels.mailbox_offer import MailboxOffer
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.empty_state import EmptyState
from ui.widgets.inbox_list import InboxList
from ui.widgets.safe_text import SafeLabel
from ui.widgets.search_trigger import SearchTrigger
from ui.widgets.splitters import Separator

if TYPE_CHECKING:
    from ui.widgets.begun_list import BegunList

_SIDE = 14


class InboxPane(QWidget):
    """One view as a list."""

    search_requested = Signal(str)
    """The palette is wanted, with this text in it."""
    sort_chosen = Signal(SortOrder)
    mailbox_wanted = Signal(str)
    """The mailbox of this channel is to be connected."""

    def __init__(
        self,
        context: UiContext,
        inbox: InboxViewModel,
        make_bulk_bar: Callable[[], QWidget],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._inbox = inbox
        themes = context.theme
        set_ground(self, ColorRole.SURFACE)
        self.search = SearchTrigger(themes, "Ctrl+K", self)
        self.search.triggered.connect(self.search_requested)
        self._title = SafeLabel("", FontRole.STRONG, elide=True, parent=self)
        self._sort = Button(themes, "", ButtonKind.LINK, parent=self)
        set_text_style(self._sort, FontRole.SECONDARY, ColorRole.TEXT_3)
        self._sort.clicked.connect(self.choose_sort)
        self._make_bulk_bar = make_bulk_bar
        self._context = context
        self._begun: BegunList | None = None
        self._watched = False
        self._news_row = QWidget(self)
        self._news = Button(themes, "", ButtonKind.PRIMARY, IconName.ARROW_UP, compact=True, parent=self)
        news = QHBoxLayout(self._news_row)
        news.setContentsMargins(_SIDE, 4, _SIDE, 6)
        news.addWidget(self._news, 0, Qt.AlignmentFlag.AlignHCenter)
        self.list = InboxList(context, inbox, self)
        self._news.clicked.connect(self.list.let_in)
        self.empty = EmptyState(themes, IconName.INBOX, "", "", parent=self)
        self.offer = MailboxOffer(context, self)
        self.offer.changed.connect(self._show_list_or_why_not)
        self.empty.action_triggered.connect(lambda: self.mailbox_wanted.emit(self.offer.channel_id))
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.empty)
        self._lay_out()
        inbox.view_changed.connect(self._refresh)
        inbox.heading_changed.connect(self._refresh)
        inbox.model.held_changed.connect(self._refresh)
        inbox.model.checks_changed.connect(self._on_checks_changed)
        self.setFocusProxy(self.list)
        self._refresh()

    def choose_sort(self) -> None:
        """Open the menu with the orders there are."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for order, words in SORT_WORDS.items():
            action = menu.addAction(words.capitalize())
            action.setCheckable(True)
            action.setChecked(order is self._inbox.sort)
            action.triggered.connect(partial(self.sort_chosen.emit, order))
        menu.popup(self._sort.mapToGlobal(QPoint(0, self._sort.height())))

    def _lay_out(self) -> None:
        search_row = QHBoxLayout()
        search_row.setContentsMargins(_SIDE, 12, _SIDE, 8)
        search_row.addWidget(self.search)
        head = QHBoxLayout()
        head.setContentsMargins(_SIDE, 2, _SIDE - 4, 8)
        head.addWidget(self._title, 1)
        head.addWidget(self._sort)
        self._bulk = QVBoxLayout()
        self._besides = QVBoxLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(search_row)
        layout.addLayout(head)
        layout.addLayout(self._bulk)
        layout.addWidget(self._news_row)
        layout.addWidget(Separator(parent=self))
        layout.addLayout(self._besides)
        layout.addWidget(self._stack, 1)

    def _on_checks_changed(self) -> None:
        """The bar for several conversations is made with the first check mark."""
        if self._inbox.model.checked and not self._bulk.count():
            self._bulk.addWidget(self._make_bulk_bar())

    def _refresh(self) -> None:
        view = self._inbox.view
        self._title.setText(view.title if view else "")
        listed = view is not None and view.source is not ViewSource.FILTER
        order = "" if listed or view is None else f" · {SORT_WORDS[view.sort]} ▾"
        self._sort.setText(f"{self._inbox.heading}{order}")
        self._sort.setEnabled(not listed)
        self._sort.setAccessibleName(f"Order of the list: {self._inbox.heading}{order}".rstrip(" ▾"))
        self._show_news()
        self._show_begun(view is not None and view.source is ViewSource.DRAFTS)
        self._show_list_or_why_not()

    def _show_begun(self, wanted: bool) -> None:
        """Messages that begin conversations stand above the drafts in conversations."""
        if wanted and self._begun is None:
            from ui.widgets.begun_list import BegunList

            self._begun = BegunList(self._context, self)
            self._besides.addWidget(self._begun)
            self._begun.counted.connect(self._inbox.set_besides)
        if self._begun is not None and wanted is not self._watched:
            self._watched = wanted
            self._begun.watch(wanted)

    def _show_news(self) -> None:
        new, held = self._inbox.model.held_new, self._inbox.model.held
        self._news.setText(f"{new:,} new" if new else "Order has changed")
        self._news_row.setVisible(held > 0)

    def _show_list_or_why_not(self) -> None:
        view = self._inbox.view
        listed = self._inbox.besides + len(self._inbox.model.order)
        empty = view is not None and not self._inbox.loading and not listed
        if empty and view is not None:
            self.empty.set_state(*(self.offer.words or empty_words(view)))
            self.offer.look()
        self._stack.setCurrentWidget(self.empty if empty else self.list)
