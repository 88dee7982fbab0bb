"""Labels that show text and never markup: whatever a customer sent is shown as it was typed."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QStyleOption, QWidget

from ui.fonts import FontRole
from ui.models.tool_tip import plain_tool_tip
from ui.styling import set_text_style
from ui.tokens import ColorRole


class SafeLabel(QLabel):
    """A label of plain text with a font role and a colour role.

    An eliding label takes whatever width it gets, ends in an ellipsis and shows the whole text as its tool tip, with
    what was said by `set_hint`.
    """

    def __init__(
        self,
        text: str = "",
        font: FontRole = FontRole.BODY,
        color: ColorRole = ColorRole.TEXT,
        *,
        elide: bool = False,
        wrap: bool = False,
        selectable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self._elide = elide
        self._hint = ""
        self._font_role = font
        self._color = color
        if selectable:
            self.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        set_text_style(self, font, color)
        self.setText(text)

    def set_color(self, color: ColorRole) -> None:
        """Show the text in the colour of another role."""
        if color is self._color:
            return  # to look for a style anew takes longer than to paint the text
        self._color = color
        set_text_style(self, self._font_role, color)

    def setText(self, text: str) -> None:
        if text != self.text():
            super().setText(text)
            self._explain()

    def set_hint(self, hint: str) -> None:
        """Explain the text in the tool tip of an eliding label."""
        if hint != self._hint:
            self._hint = hint
            self._explain()

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(0, hint.height()) if self._elide else hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._elide:
            super().paintEvent(event)
            return
        option = QStyleOption()
        option.initFrom(self)
        painter = QPainter(self)
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            self.alignment(),
            option.palette,
            self.isEnabled(),
            self._shown_text(),
            self.foregroundRole(),
        )
        painter.end()

    def _shown_text(self) -> str:
        width = self.contentsRect().width()
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, width)

    def _explain(self) -> None:
        """An eliding label that hides something says it all in its tool tip, and what it means."""
        if self._elide:
            whole = self.text() if self._shown_text() != self.text() else ""
            self.setToolTip(plain_tool_tip("\n".join(filter(None, (whole, self._hint)))))
