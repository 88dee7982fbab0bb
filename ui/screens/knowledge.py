"""The knowledge screen: articles, canned responses and macros, each on a page of its own."""

from collections.abc import Iterator
from functools import cached_property
from typing import TypeVar

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from agent_desktop.domain.ids import Id
from ui.context import UiContext
from ui.fonts import scaled
from ui.icon_names import IconName
from ui.screens.articles_page import ArticlesPage
from ui.screens.canned_page import CannedPage
from ui.screens.editor_page import EditorPage
from ui.screens.macros_page import MacrosPage
from ui.screens.stepwise import Stepwise
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.widgets.buttons import Button
from ui.widgets.segmented import SegmentedControl
from ui.widgets.splitters import Separator

P = TypeVar("P", bound=EditorPage)

_TABS_WIDTH = 420


class KnowledgeScreen(Stepwise):
    """What agents answer with, and where it is written."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_ground(self, ColorRole.SURFACE)
        self._context = context

    def make_parts(self) -> Iterator[None]:
        context = self._context
        self._pages = QStackedWidget(self)
        self.tabs = SegmentedControl(
            context.theme, "Knowledge", ("Articles", "Canned responses", "Macros"), self
        )
        self.tabs.setMaximumWidth(scaled(_TABS_WIDTH))
        context.theme.changed.connect(lambda: self.tabs.setMaximumWidth(scaled(_TABS_WIDTH)))
        self.tabs.currentChanged.connect(self._turn_to)
        head = QHBoxLayout()
        head.setContentsMargins(14, 10, 14, 10)
        head.setSpacing(8)
        head.addWidget(self.tabs, 1000)
        head.addStretch(1)
        for words, icon, transfer in (
            ("Import…", IconName.DOWNLOAD, self._import),
            ("Export…", IconName.UPLOAD, self._export),
        ):
            button = Button(context.theme, words, icon=icon, compact=True, parent=self)
            button.clicked.connect(transfer)
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(Separator(parent=self))
        layout.addWidget(self._pages, 1)
        yield
        while self.articles.take_step():
            yield
        self._turn_to(0)

    def _import(self) -> None:
        # What reads mail and writes archives takes memory, and most people never need it.
        from ui.widgets.transfer_dialog import ask_and_import

        ask_and_import(self._context, self)

    def _export(self) -> None:
        from ui.widgets.transfer_dialog import ask_and_export

        ask_and_export(self._context, self)

    @cached_property
    def articles(self) -> ArticlesPage:
        """The page of articles."""
        return self._added(ArticlesPage(self._context, self._pages))

    @cached_property
    def canned(self) -> CannedPage:
        """The page of canned responses."""
        return self._added(CannedPage(self._context, self._pages))

    @cached_property
    def macros(self) -> MacrosPage:
        """The page of macros."""
        return self._added(MacrosPage(self._context, self._pages))

    def _added(self, page: P) -> P:
        self._pages.addWidget(page)
        return page

    def _turn_to(self, tab: int) -> None:
        page = self.articles if tab == 0 else self.canned if tab == 1 else self.macros
        page.finish()
        self._pages.setCurrentWidget(page)

    def activate(self) -> None:
        """Put the keyboard into the search field of the page that is shown."""
        page = self._pages.currentWidget()
        if isinstance(page, EditorPage):
            page.activate()

    def show_article(self, article_id: Id) -> None:
        """Turn to the articles and show one."""
        self.tabs.setCurrentIndex(0)
        self.articles.open_article(article_id)
