"""What its author must decide about a reply that did not leave: why, what is new, and what can be done."""

from functools import partial

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui.fonts import FontRole
from ui.models.timeline import DeliveryAction, TimelineEntry
from ui.paint import draw_box
from ui.theme import ThemeManager
from ui.tokens import ChipTone, ColorRole, Radius
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.safe_text import SafeLabel


class HeldBanner(QFrame):
    """Stands inside the bubble of the reply. `decided(DeliveryAction)` tells the answer."""

    decided = Signal(object)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._why = SafeLabel("", FontRole.STRONG, ColorRole.TEXT, wrap=True, parent=self)
        self._news = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_2, wrap=True, parent=self)
        self._buttons: list[Button] = []
        self._row = QHBoxLayout()
        self._row.setSpacing(6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(6)
        layout.addWidget(self._why)
        layout.addWidget(self._news)
        layout.addLayout(self._row)
        self._ground = ColorRole.WARN_SOFT
        themes.changed.connect(self.update)

    def set_entry(self, entry: TimelineEntry) -> None:
        """Ask about this reply."""
        danger = entry.tone is ChipTone.DANGER
        self._ground = ColorRole.DANGER_SOFT if danger else ColorRole.WARN_SOFT
        self._why.set_color(ColorRole.DANGER if danger else ColorRole.WARN)
        self._why.setText(
            entry.news.sentence if entry.news is not None else f"{entry.state.removesuffix('.')}."
        )
        preview = entry.news.preview if entry.news is not None else ""
        self._news.setText(f"“{preview}”")
        self._news.setVisible(bool(preview))
        self._offer(entry.actions)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_box(painter, QRectF(self.rect()), Radius.CONTROL, self._themes.color(self._ground))
        painter.end()

    def _offer(self, actions: tuple[DeliveryAction, ...]) -> None:
        while self._row.count():
            self._row.takeAt(0)
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons = []
        for action in actions:
            button = Button(self._themes, action.value, ButtonKind.SECONDARY, compact=True, parent=self)
            button.clicked.connect(partial(self.decided.emit, action))
            self._row.addWidget(button)
            button.show()  # a layout does so later, and measures nothing of it until then
            self._buttons.append(button)
        self._row.addStretch(1)
