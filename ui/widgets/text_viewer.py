"""A window for a text that is too long for a bubble, or for the original of a mail: plain, whole, at once."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from ui.models.timeline_text import viewer_text
from ui.theme import ThemeManager
from ui.widgets.buttons import Button
from ui.widgets.dialog_size import begin_at


class TextViewer(QDialog):
    """Shows text literally. Very long lines are broken for the eye; copying takes the text as it is."""

    def __init__(
        self,
        themes: ThemeManager,
        title: str,
        text: str,
        *,
        fixed: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._text = text
        self.field = QPlainTextEdit(self)
        self.field.setReadOnly(True)
        self.field.setAccessibleName(title)
        if fixed:
            self.field.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.field.setPlainText(viewer_text(text))
        copy = Button(themes, "Copy all", parent=self)
        close = Button(themes, "Close", parent=self)
        close.setDefault(True)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._text))
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(copy)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.field)
        layout.addLayout(buttons)
        begin_at(self, QSize(760, 560))
