"""What a conversation has to do with others: one that it may belong to, goes on from, or was made of."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.services.conversation import ConversationCard, Related
from ui.fonts import FontRole
from ui.models.tool_tip import plain_tool_tip
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.viewmodels.merging import Merging
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.safe_text import SafeLabel
from ui.widgets.soft_bar import SoftBar

_SIDE = 20
Answer = tuple[str, str, Callable[[], None]]
"""Title, what it is called in full, and what it does."""


class RelatedBar(QWidget):
    """Stands below the head; takes no room where there is nothing to say. `changed`: something else is said now."""

    changed = Signal()

    def __init__(
        self,
        themes: ThemeManager,
        merging: Merging,
        open_conversation: Callable[[Id], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._merging = merging
        self._open = open_conversation
        self._card: ConversationCard | None = None
        self._said: object = (None, None, ())
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(_SIDE, 10, _SIDE, 8)
        self._lines.setSpacing(6)
        self.hide()

    def join(self) -> None:
        """Yes: it belongs to the suggested conversation."""
        if self._card is not None:
            self._merging.join(self._card)

    def keep_apart(self) -> None:
        """No: it is a matter of its own."""
        if self._card is not None:
            self._merging.keep_apart(self._card)

    def take_apart(self, part: Related) -> None:
        """Take out again what was merged into it."""
        if self._card is not None:
            self._merging.take_apart(part, self._card)

    def show_card(self, card: ConversationCard) -> None:
        """Say it of this conversation."""
        self._card = card
        said = (card.suggested, card.follow_up_of, card.merged)
        if said == self._said:
            return
        self._said = said
        self._clear()
        if card.suggested is not None:
            self._ask(card.suggested)
        if card.follow_up_of is not None:
            show = partial(self._open, card.follow_up_of.id)
            self._add(
                f"Goes on from {card.follow_up_of.title}", ("Open", "Open the other conversation", show)
            )
        for part in card.merged:
            act = partial(self.take_apart, part)
            self._add(f"Merged with {_whose(part)}", ("Take apart", f"Take {part.name} out again", act))
        self.setVisible(bool(self._lines.count()))
        self.changed.emit()

    def _clear(self) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            if (line := item.widget()) is not None:
                line.hide()
                line.deleteLater()

    def _ask(self, suggested: Related) -> None:
        self._add(
            f"This may belong to {_whose(suggested)}",
            ("Look", "Look at the other conversation", partial(self._open, suggested.id)),
            ("Join", "Join it with the other conversation (Y)", self.join),
            ("Keep apart", "Keep it apart from the other conversation (Shift+Y)", self.keep_apart),
            ground=ColorRole.ACCENT_SOFT,
        )

    def _add(self, words: str, *answers: Answer, ground: ColorRole = ColorRole.SUNKEN) -> None:
        bar = SoftBar(self._themes, ground, self)
        label = SafeLabel(words, FontRole.SECONDARY, ColorRole.TEXT_2, elide=True, parent=bar)
        bar.row.addWidget(label, 1)
        for title, name, act in answers:
            button = Button(self._themes, title, ButtonKind.LINK, parent=bar)
            button.setToolTip(plain_tool_tip(name))
            button.setAccessibleName(f"{name}: {words}")
            button.clicked.connect(lambda _=False, act=act: act())
            bar.row.addWidget(button)
        self._lines.addWidget(bar)


def _whose(other: Related) -> str:
    """What it is about, and whose it is where that is somebody else."""
    return other.title if other.same_customer else f"{other.title} of {other.customer_name}"
