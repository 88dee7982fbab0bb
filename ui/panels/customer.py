"""The customer beside a conversation: identity, details, one history over all channels, suggested articles."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from agent_desktop.services.customers import CustomerProfile
from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.customer_text import detail_lines, history_look
from ui.models.row_look import RowLook, one_line
from ui.panels.customer_cards import LINES, IdentityCard, PersonLine, SuggestionsCard
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.viewmodels.customer import CustomerViewModel, Known
from ui.viewmodels.knowledge import KnowledgeViewModel
from ui.widgets.card import Card
from ui.widgets.customer_editor import CustomerEditor
from ui.widgets.detail_grid import DetailGrid
from ui.widgets.empty_state import EmptyState
from ui.widgets.merge_dialog import MergeDialog
from ui.widgets.row_list import RowList
from ui.widgets.safe_text import SafeLabel

_HISTORY_HIGHEST = 16
_LIKENESSES = 3


class CustomerPanel(QScrollArea):
    """Cards about one customer. `history` conversations are shown before somebody asks for all.

    Signals:
        search_requested: somebody wants to look for other articles.
        article_opened: the id of a suggested article to read.
    """

    search_requested = Signal()
    article_opened = Signal(str)

    def __init__(
        self,
        context: UiContext,
        customer: CustomerViewModel,
        knowledge: KnowledgeViewModel | None = None,
        parent: QWidget | None = None,
        *,
        history: int = 4,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._customer = customer
        self._knowledge = knowledge
        self._history_shown = history
        self._all_history = False
        self.setAccessibleName("Customer")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        themes = context.theme
        self._content = content = QWidget(self)
        set_ground(content, ColorRole.SUNKEN)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(14, 2, 14, 14)
        layout.setSpacing(12)
        self._empty = EmptyState(
            themes,
            IconName.USER,
            "No customer",
            "Open a conversation to see who wrote it.",
            parent=content,
        )
        self._identity = IdentityCard(context, content)
        self._likenesses = Card(themes, "May be the same person", icon=IconName.MERGE, parent=content)
        self._merged = Card(themes, "Merged into this customer", icon=IconName.MERGE, parent=content)
        self._details_card = Card(themes, "Details", "Edit", parent=content)
        self._details_card.action_triggered.connect(self.edit)
        self._details = DetailGrid(self._details_card)
        self._no_details = SafeLabel(
            "Nothing is known yet.", color=ColorRole.TEXT_3, parent=self._details_card
        )
        self._details_card.body.addWidget(self._details)
        self._details_card.body.addWidget(self._no_details)
        self._history_card = Card(themes, "History", " ", parent=content)
        self._history_card.action_triggered.connect(self._switch_history)
        self.history = RowList(themes, "History", LINES, single_click=True, parent=self._history_card)
        self.history.opened.connect(self._on_history_opened)
        self._history_card.body.addWidget(self.history)
        self._cards = [self._identity, self._likenesses, self._merged, self._details_card, self._history_card]
        layout.addWidget(self._empty)
        for card in self._cards:
            layout.addWidget(card)
        if knowledge is not None:
            self.suggestions: SuggestionsCard | None = SuggestionsCard(context, knowledge, content)
            self.suggestions.action_triggered.connect(self.search_requested)
            self.suggestions.articles.opened.connect(self._on_article_opened)
            layout.addWidget(self.suggestions)
        else:
            self.suggestions = None
        layout.addStretch(1)
        self.setWidget(content)
        customer.changed.connect(self._refresh)
        customer.compared.connect(self._ask_merge)
        self._refresh()

    @property
    def filled_height(self) -> int:
        """Down to where there is anything; below it is only ground."""
        return self._content.y() + self._content.childrenRect().bottom() + 1

    def edit(self) -> None:
        """Open the dialog in which the customer is described."""
        if self._customer.known is None:
            return
        before = self._customer.form
        name = one_line(before.name)
        editor = CustomerEditor(
            self._context.theme,
            f"Edit {name}",
            before,
            lambda after: self._customer.save(before, after),
            self.window(),
        )
        editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        editor.open()

    def _refresh(self) -> None:
        known = self._customer.known
        self._empty.setVisible(known is None)
        for card in self._cards:
            card.setVisible(known is not None)
        if known is None:
            return
        profile = known.profile
        self._identity.show_profile(profile)
        lines = detail_lines(profile)
        self._details.show_lines(lines)
        self._no_details.setVisible(not lines)
        self._show_history(profile)
        self._show_likenesses(known)
        self._show_merged(profile)

    def _show_history(self, profile: CustomerProfile) -> None:
        now = self._context.desk.clock.now()
        shown = profile.history if self._all_history else profile.history[: self._history_shown]
        self.history.show_rows(history_look(item, now) for item in shown)
        self.history.show_height(min(len(shown), _HISTORY_HIGHEST))
        more = len(profile.history) > self._history_shown
        words = "Fewer" if self._all_history else f"All {profile.conversation_count:,}"
        self._history_card.set_action(words if more else "")
        self._history_card.setVisible(bool(profile.history))

    def _switch_history(self) -> None:
        self._all_history = not self._all_history
        if self._customer.known is not None:
            self._show_history(self._customer.known.profile)

    def _show_likenesses(self, known: Known) -> None:
        _clear(self._likenesses)
        for similar in known.similar[:_LIKENESSES]:
            line = PersonLine(self._context, similar.customer, similar.evidence, "Merge", self._likenesses)
            line.button.clicked.connect(
                lambda _=False, row_id=similar.customer.id: self._customer.compare(row_id)
            )
            self._likenesses.body.addWidget(line)
        self._likenesses.setVisible(bool(known.similar))

    def _show_merged(self, profile: CustomerProfile) -> None:
        _clear(self._merged)
        for customer in profile.merged:
            line = PersonLine(self._context, customer, "Merged", "Separate", self._merged)
            line.button.clicked.connect(lambda _=False, row_id=customer.id: self._customer.separate(row_id))
            self._merged.body.addWidget(line)
        self._merged.setVisible(bool(profile.merged))

    def _ask_merge(self, left: CustomerProfile, right: CustomerProfile) -> None:
        dialog = MergeDialog(self._context.theme, left, right, self._customer.merge, self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _on_history_opened(self, row: RowLook) -> None:
        self._context.navigator.open_conversation(str(row.key))

    def _on_article_opened(self, row: RowLook) -> None:
        self.article_opened.emit(str(row.key))


def _clear(card: Card) -> None:
    while (item := card.body.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
