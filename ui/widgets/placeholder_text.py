"""A text with placeholders: those that are understood stand out, those that are not are marked as wrong."""

from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from agent_desktop.domain.placeholders import find_placeholders
from ui.theme import ThemeManager
from ui.tokens import ColorRole


class PlaceholderHighlighter(QSyntaxHighlighter):
    """Colours every placeholder of a document; no placeholder spans lines."""

    def __init__(self, themes: ThemeManager, document: QTextDocument) -> None:
        super().__init__(document)
        self._themes = themes
        themes.changed.connect(self.rehighlight)

    def highlightBlock(self, text: str) -> None:
        for placeholder in find_placeholders(text):
            look = QTextCharFormat()
            wrong = placeholder.problem is not None
            look.setForeground(self._themes.color(ColorRole.DANGER if wrong else ColorRole.ACCENT_TEXT))
            look.setBackground(self._themes.color(ColorRole.DANGER_SOFT if wrong else ColorRole.ACCENT_SOFT))
            look.setFontWeight(QFont.Weight.DemiBold)
            # Qt counts in UTF-16 units, Python in characters.
            start = _units(text[: placeholder.start])
            self.setFormat(start, _units(text[placeholder.start : placeholder.end]), look)


class PlaceholderText(QPlainTextEdit):
    """A plain text field in which placeholders stand out."""

    def __init__(self, themes: ThemeManager, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self._highlighter = PlaceholderHighlighter(themes, self.document())

    def show_text(self, text: str) -> None:
        """Show a text; the caret stays where the text does not change."""
        if self.toPlainText() != text:
            self.setPlainText(text)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
