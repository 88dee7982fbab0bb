"""The pane beside a conversation: who wrote it, and what we know about what they want."""

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from agent_desktop.domain.ids import Id
from ui.context import UiContext
from ui.panels.customer import CustomerPanel
from ui.panels.knowledge import KnowledgePanel
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.viewmodels.customer import CustomerViewModel
from ui.viewmodels.knowledge import KnowledgeViewModel
from ui.widgets.cover import Cover
from ui.widgets.segmented import SegmentedControl

WIDTH = 292
_CUSTOMER, _KNOWLEDGE = 0, 1


class ContextPane(QWidget):
    """Customer or Knowledge, for the conversation that is shown beside it."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Context")
        set_ground(self, ColorRole.SUNKEN)
        self._customer = CustomerViewModel(context, self)
        self._knowledge = KnowledgeViewModel(context, self)
        self.segments = SegmentedControl(context.theme, "Context", ("Customer", "Knowledge"), self)
        self.customer = CustomerPanel(context, self._customer, self._knowledge, self)
        self.knowledge = KnowledgePanel(context, self._knowledge, self)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.customer)
        self._pages.addWidget(self.knowledge)
        head = QVBoxLayout()
        head.setContentsMargins(14, 14, 14, 10)
        head.addWidget(self.segments)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._pages, 1)
        self._cover = Cover(context.theme, ColorRole.SUNKEN, self)
        self._customer.arrived.connect(self._cover.lift)
        self.segments.currentChanged.connect(self._pages.setCurrentIndex)
        self.customer.search_requested.connect(self.search_articles)
        self.customer.article_opened.connect(self._on_article_opened)

    def cover(self) -> None:
        """Hide who wrote the conversation before, while another one is shown already."""
        area = self._pages.geometry()
        if self._pages.currentIndex() == _CUSTOMER:
            area.setHeight(min(area.height(), self.customer.filled_height))
        self._cover.cover(area)

    def show_conversation(self, conversation_id: Id | None) -> None:
        """Follow the conversation, or show that there is none."""
        self._customer.show_conversation(conversation_id)
        self._knowledge.show_conversation(conversation_id)

    def show_customer(self) -> None:
        """Turn to the customer."""
        self.segments.setCurrentIndex(_CUSTOMER)
        self.segments.setFocus()

    def search_articles(self) -> None:
        """Turn to the knowledge base with the keyboard in its search field."""
        self.segments.setCurrentIndex(_KNOWLEDGE)
        self.knowledge.focus_search()

    def edit_customer(self) -> None:
        """Open the dialog in which the customer is described."""
        self.customer.edit()

    def _on_article_opened(self, article_id: str) -> None:
        self.segments.setCurrentIndex(_KNOWLEDGE)
        self._knowledge.open_preview(article_id)
