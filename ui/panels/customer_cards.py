"""The cards of the customer pane: who it is, who else it may be, and articles that fit."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from agent_desktop.domain.customer import Customer
from agent_desktop.domain.knowledge import Article
from agent_desktop.services.customers import CustomerProfile
from ui.context import UiContext
from ui.delegates.row_look import RowShape
from ui.fonts import FontRole
from ui.models.article_text import suggestion_look
from ui.models.customer_text import figures, since_text
from ui.models.row_look import one_line
from ui.tokens import ChipTone, ColorRole
from ui.viewmodels.knowledge import KnowledgeViewModel
from ui.widgets.avatar import Avatar
from ui.widgets.buttons import Button
from ui.widgets.card import Card
from ui.widgets.chip import Chip
from ui.widgets.detail_grid import FigureRow
from ui.widgets.row_list import RowList
from ui.widgets.safe_text import SafeLabel

LINES = RowShape(margin=4, padding=5)
"""The shape of one-line rows inside a card."""
AVATAR = 40


class IdentityCard(Card):
    """Who it is: avatar, name, since when and where, tier, and three figures."""

    def __init__(self, context: UiContext, parent: QWidget) -> None:
        super().__init__(context.theme, parent=parent)
        self._context = context
        self._avatar = Avatar(context.theme, "", AVATAR, parent=self)
        self._name = SafeLabel("", FontRole.STRONG, elide=True, selectable=True, parent=self)
        self._name.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._since = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, wrap=True, parent=self)
        self._tier = Chip(context.theme, parent=self)
        self._figures = FigureRow(3, self)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._name)
        words.addWidget(self._since)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._avatar)
        head.addLayout(words, 1)
        head.addWidget(self._tier)
        self.body.addLayout(head)
        self.body.addSpacing(4)
        self.body.addWidget(self._figures)

    def show_profile(self, profile: CustomerProfile) -> None:
        """Show another customer, or the same one changed."""
        customer, now = profile.customer, self._context.desk.clock.now()
        name = one_line(customer.name)
        self.setAccessibleName(f"Customer {name}")
        self._avatar.set_person(name)
        self._name.setText(name)
        self._since.setText(since_text(customer, now))
        self._tier.set_chip(one_line(customer.tier), ChipTone.ACCENT)
        self._tier.setVisible(bool(customer.tier.strip()))
        self._figures.show_figures([(figure.value, figure.label) for figure in figures(profile, now)])


class PersonLine(QWidget):
    """Somebody else with a reason and a button."""

    def __init__(
        self, context: UiContext, customer: Customer, reason: str, action: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        name = one_line(customer.name)
        self.button = Button(context.theme, action, compact=True, parent=self)
        self.button.setAccessibleName(f"{action} {name}")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        grid.addWidget(Avatar(context.theme, name, 28, parent=self), 0, 0, 2, 1)
        grid.addWidget(SafeLabel(name, elide=True, parent=self), 0, 1)
        grid.addWidget(SafeLabel(reason, FontRole.SECONDARY, ColorRole.TEXT_3, elide=True, parent=self), 1, 1)
        grid.addWidget(self.button, 0, 2, 2, 1)


class SuggestionsCard(Card):
    """Articles that fit the conversation, to be read or put into the reply."""

    def __init__(self, context: UiContext, knowledge: KnowledgeViewModel, parent: QWidget) -> None:
        super().__init__(context.theme, "Suggested articles", "Search", parent=parent)
        self._knowledge = knowledge
        self.articles = RowList(context.theme, "Suggested articles", LINES, parent=self)
        self._link = Button(context.theme, "Insert link", compact=True, parent=self)
        self._text = Button(context.theme, "Insert text", compact=True, parent=self)
        self._none = SafeLabel("Nothing fits this conversation yet.", color=ColorRole.TEXT_3, parent=self)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self._link)
        buttons.addWidget(self._text)
        buttons.addStretch(1)
        self.body.addWidget(self.articles)
        self.body.addWidget(self._none)
        self.body.addLayout(buttons)
        self._link.clicked.connect(self._insert_link)
        self._text.clicked.connect(self._insert_text)
        knowledge.suggestions_changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        hits = self._knowledge.suggestions
        self.articles.show_rows(map(suggestion_look, hits))
        self.articles.show_height(len(hits))
        if self.articles.current is None:
            self.articles.choose_first()
        self.articles.setVisible(bool(hits))
        self._link.setVisible(bool(hits))
        self._text.setVisible(bool(hits))
        self._none.setVisible(not hits)

    def _insert_link(self) -> None:
        article = self._current()
        if article is not None:
            self._knowledge.insert_link(article)

    def _insert_text(self) -> None:
        article = self._current()
        if article is not None:
            self._knowledge.insert_text(article)

    def _current(self) -> Article | None:
        row = self.articles.current
        return next(
            (hit.article for hit in self._knowledge.suggestions if row and hit.article.id == row.key), None
        )
