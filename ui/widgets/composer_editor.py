"""The field that a reply or a note is written in: plain text, takes files and pictures, grows with its text."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QResizeEvent, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QTextEdit, QWidget

from agent_desktop.domain.placeholders import find_placeholders, render
from ui.models.triggers import Trigger, TriggerKind, trigger_at
from ui.styling import StyleProperty, set_style
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.text_fields import keep_for_writing

_LINES, _MOST_LINES = 3, 14
_LOOKED_BACK = 80


class ComposerEditor(QPlainTextEdit):
    """Holds the text of one buffer. Positions that it tells count characters, not the units of Qt."""

    edited = Signal(str, int)
    """Text and caret after typing, not after `set_text`."""
    trigger_changed = Signal(object)
    """The `Trigger` at the caret, or None, after typing or moving."""
    files_given = Signal(object)
    """Paths (tuple) that were pasted or dropped."""
    image_given = Signal(object)
    """A `QImage` that was pasted or dropped."""
    entered = Signal()
    """The keyboard came here."""
    left = Signal()
    """The keyboard went elsewhere."""
    escaped = Signal()
    """Esc was pressed."""

    def __init__(
        self, themes: ThemeManager, name: str, kinds: frozenset[TriggerKind], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._kinds = kinds
        self._setting = False
        self._most_lines = _MOST_LINES
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        set_style(self, StyleProperty.KIND, "bare")
        keep_for_writing(self)
        self.textChanged.connect(self._tell_edit)
        self.cursorPositionChanged.connect(self._tell_trigger)
        self.document().documentLayout().documentSizeChanged.connect(self.updateGeometry)
        themes.changed.connect(self._mark_placeholders)

    # Text and caret

    @property
    def text(self) -> str:
        """The text as it was typed."""
        return self.toPlainText()

    @property
    def caret(self) -> int:
        """How many characters stand before the caret."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(self.textCursor().position(), QTextCursor.MoveMode.KeepAnchor)
        return len(cursor.selectedText())

    def set_text(self, text: str, caret: int) -> None:
        """Show another text with the caret where it was; it is not told as an edit."""
        self._setting = True
        self.setPlainText(text)
        cursor = self.textCursor()
        cursor.setPosition(min(_units(text[:caret]), self.document().characterCount() - 1))
        self.setTextCursor(cursor)
        self._setting = False
        self._mark_placeholders()

    def insert(self, text: str) -> None:
        """Put text at the caret, in place of what is selected, as one step to undo."""
        self.textCursor().insertText(text)
        self.ensureCursorVisible()

    def replace(self, trigger: Trigger, text: str) -> None:
        """Put text in place of what asked for a completion."""
        cursor = self.textCursor()
        end = cursor.position()
        start = end - _units(self._before_caret()[trigger.start : trigger.end])
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def fill_placeholders(self, values: Mapping[str, str]) -> bool:
        """Fill in what is known now, as one step to undo; whether there was anything."""
        text, cursor, found = self.text, self.textCursor(), False
        cursor.beginEditBlock()
        for placeholder in reversed(find_placeholders(text)):
            filled = render(placeholder.source, values)
            if not filled.unresolved:
                found = True
                cursor.setPosition(_units(text[: placeholder.start]))
                cursor.setPosition(_units(text[: placeholder.end]), QTextCursor.MoveMode.KeepAnchor)
                cursor.insertText(filled.text)
        cursor.endEditBlock()
        return found

    def select_placeholder(self) -> None:
        """Select the first placeholder that is left, to type in its place."""
        found = find_placeholders(self.text)
        if found:
            cursor = self.textCursor()
            cursor.setPosition(_units(self.text[: found[0].start]))
            cursor.setPosition(_units(self.text[: found[0].end]), QTextCursor.MoveMode.KeepAnchor)
            self.setTextCursor(cursor)

    def trigger(self) -> Trigger | None:
        """The completion that the text at the caret asks for."""
        if self.textCursor().hasSelection() or self.isReadOnly():
            return None
        before = self._before_caret()
        return trigger_at(before, len(before), self._kinds)

    def _before_caret(self) -> str:
        """The end of the text before the caret."""
        cursor = self.textCursor()
        end = cursor.position()
        cursor.setPosition(max(cursor.block().position() - 1, end - _LOOKED_BACK, 0))
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor.selectedText().replace("\u2029", "\n")

    def caret_rect(self) -> QRect:
        """The caret in global coordinates, for a popup."""
        rect = self.cursorRect()
        return QRect(self.viewport().mapToGlobal(rect.topLeft()), rect.size())

    # Telling

    def _tell_edit(self) -> None:
        if not self._setting:
            self._mark_placeholders()
            self.edited.emit(self.text, self.caret)

    def _tell_trigger(self) -> None:
        if not self._setting:
            self.trigger_changed.emit(self.trigger())

    def _mark_placeholders(self) -> None:
        """Placeholders that are left in the text keep it from being sent, so they stand out."""
        text = self.text
        marks = []
        if "{{" in text:
            for placeholder in find_placeholders(text):
                mark = QTextEdit.ExtraSelection()
                mark.format.setBackground(self._themes.color(ColorRole.DANGER_SOFT))
                mark.format.setForeground(self._themes.color(ColorRole.DANGER))
                cursor = QTextCursor(self.document())
                cursor.setPosition(_units(text[: placeholder.start]))
                cursor.setPosition(_units(text[: placeholder.end]), QTextCursor.MoveMode.KeepAnchor)
                mark.cursor = cursor
                marks.append(mark)
        self.setExtraSelections(marks)

    # Size

    def set_most_lines(self, lines: int) -> None:
        """Scroll from this many lines on."""
        self._most_lines = max(_LINES, lines)
        self.updateGeometry()

    def set_filling(self) -> None:
        """Take all the room there is, instead of growing with the text."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        lines = max(_LINES, min(round(self.document().size().height()), self._most_lines))
        return QSize(super().sizeHint().width(), lines * self.fontMetrics().lineSpacing() + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, _LINES * self.fontMetrics().lineSpacing() + 4)

    # Overrides of Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.hasFocus():
            self.ensureCursorVisible()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or source.hasImage() or source.hasUrls()

    def insertFromMimeData(self, source: QMimeData) -> None:
        paths = local_files(source)
        if paths:
            self.files_given.emit(paths)
        elif source.hasImage() and not source.hasText():
            image = source.imageData()
            if isinstance(image, QImage) and not image.isNull():
                self.image_given.emit(image)
        elif source.hasText():
            self.insert(_cleaned(source.text()))


def local_files(source: QMimeData) -> tuple[Path, ...]:
    """The files of this computer that are pasted or dropped."""
    return tuple(Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile())


def _units(text: str) -> int:
    """How many units a text has where Qt counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cleaned(text: str) -> str:
    """Pasted text without what cannot be seen and would be sent all the same."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").replace("\ufffc", "")


def png_of(image: QImage) -> bytes:
    """The picture as a file."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs want bytes for the format
    return bytes(content.data())
