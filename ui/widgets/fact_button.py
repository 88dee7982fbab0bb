"""A fact in the head of a conversation that can be pressed to change it."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from ui.delegates.facts import ChipFact, FactFace, Touch, WordsFact
from ui.models.tool_tip import plain_tool_tip
from ui.tokens import ColorRole


class FactButton(QAbstractButton):
    """Lies over the picture of its fact and paints nothing itself unless mouse or keyboard are on it.

    It takes the focus by keyboard only.
    """

    def __init__(self, what: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._what = what
        self._face: FactFace | None = None
        self._fact: WordsFact | ChipFact | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()

    def show_fact(self, fact: WordsFact | ChipFact, face: FactFace) -> None:
        """State something else."""
        self._face = face
        if fact != self._fact:
            self._fact = fact
            self.setText(fact.text)
            self.setAccessibleName(f"{self._what}: {fact.text}")
            self.setToolTip(plain_tool_tip(f"{self._what}: {fact.text}"))

    def paintEvent(self, event: QPaintEvent) -> None:
        touch = Touch(self.underMouse(), self.isDown(), self.hasFocus())
        if self._face is None or self._fact is None or not any(touch):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self._face.themes.color(ColorRole.SURFACE))
        self._fact.paint(painter, QRect(self.rect()), self._face, touch)
        painter.end()
