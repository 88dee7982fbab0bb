"""Underlines words that are not known in an editor, and offers others in its menu."""

import time
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import (
    QContextMenuEvent,
    QSyntaxHighlighter,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QMenu, QPlainTextEdit

from agent_desktop.services.spelling.words import Word, find_words
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.viewmodels.spelling import SpellingViewModel

_LONGEST_PARAGRAPH, _LONGEST_TEXT = 10_000, 50_000
"""Characters up to which texts are checked."""
_TURN = 0.003
"""Seconds for which words are looked for without a pause."""


class SpellMarks(QSyntaxHighlighter):
    """Draws the lines. The word at the caret is left alone while it is typed."""

    def __init__(self, editor: QPlainTextEdit, themes: ThemeManager, spelling: SpellingViewModel) -> None:
        super().__init__(editor.document())
        self._editor = editor
        self._themes = themes
        self._spelling = spelling
        self._format = QTextCharFormat()
        self._at_caret: QTextBlock | None = None
        self._turn_ends: float | None = None
        self._waiting_from: int | None = None
        self._restyle()
        themes.changed.connect(self._restyle)
        spelling.changed.connect(self._on_changed)
        editor.cursorPositionChanged.connect(self._on_caret)

    @property
    def is_finished(self) -> bool:
        """Whether all of the text has been gone through."""
        return self._turn_ends is None and self._waiting_from is None

    def wrong_word(self, cursor: QTextCursor) -> tuple[Word, QTextCursor] | None:
        """The word at a place if it is not known or was added, with a cursor that selects it."""
        block = cursor.block()
        text, units = block.text(), cursor.position() - block.position()
        for word in find_words(text):
            start, end = _units(text[: word.start]), _units(text[: word.end])
            if start <= units <= end:
                if not (self._spelling.is_wrong(word.text) or self._spelling.is_own(word.text)):
                    return None
                selected = QTextCursor(block)
                selected.setPosition(block.position() + start)
                selected.setPosition(block.position() + end, QTextCursor.MoveMode.KeepAnchor)
                return word, selected
        return None

    def highlightBlock(self, text: str) -> None:
        if len(text) > _LONGEST_PARAGRAPH or self.document().characterCount() > _LONGEST_TEXT:
            return
        if self._is_late():
            number = self.currentBlock().blockNumber()
            self._waiting_from = number if self._waiting_from is None else min(number, self._waiting_from)
            return
        caret = self._caret_in(self.currentBlock())
        for word in find_words(text):
            start, end = _units(text[: word.start]), _units(text[: word.end])
            if self._spelling.is_wrong(word.text) and not start < caret <= end:
                self.setFormat(start, end - start, self._format)

    def _is_late(self) -> bool:
        """Whether enough was done in this turn of the event loop. What is left waits for the next one."""
        now = time.perf_counter()
        if self._turn_ends is None:
            self._turn_ends = now + _TURN
            QTimer.singleShot(0, self, self._go_on)
        return now > self._turn_ends

    def _go_on(self) -> None:
        first, self._waiting_from, self._turn_ends = self._waiting_from, None, None
        if first is None:
            return
        block = self.document().findBlockByNumber(first)
        while block.isValid() and self._waiting_from is None:
            self.rehighlightBlock(block)
            block = block.next()

    def _caret_in(self, block: QTextBlock) -> int:
        """Where the caret stands in a block, in the units of Qt; -1 when it is elsewhere."""
        cursor = self._editor.textCursor()
        here = self._editor.hasFocus() and cursor.block() == block
        return cursor.positionInBlock() if here else -1

    def _on_caret(self) -> None:
        """The word that the caret has left is finished."""
        before, self._at_caret = self._at_caret, self._editor.textCursor().block()
        for block in {block.blockNumber(): block for block in (before, self._at_caret) if block}.values():
            if block.isValid():
                self.rehighlightBlock(block)

    def _on_changed(self, words: frozenset[str] | None) -> None:
        if words is None:
            self.rehighlight()
            return
        block = self.document().begin()
        while block.isValid():
            text = block.text()
            if any(word in text for word in words):
                self.rehighlightBlock(block)
            block = block.next()

    def _restyle(self) -> None:
        self._format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        self._format.setUnderlineColor(self._themes.color(ColorRole.DANGER))
        self.rehighlight()


class SpellHelp(QObject):
    """The marks of one editor and what its menu offers for them."""

    def __init__(self, editor: QPlainTextEdit, themes: ThemeManager, spelling: SpellingViewModel) -> None:
        super().__init__(editor)
        self._editor = editor
        self._spelling = spelling
        self.marks = SpellMarks(editor, themes, spelling)
        editor.installEventFilter(self)
        editor.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is not QEvent.Type.ContextMenu or not isinstance(event, QContextMenuEvent):
            return False
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            cursor, where = self._editor.textCursor(), self._caret_place()
        else:
            viewport = self._editor.viewport()
            place = viewport.mapFromGlobal(event.globalPos())
            cursor, where = self._editor.cursorForPosition(place), event.globalPos()
        return self.open_menu(cursor, where)

    def open_menu(self, cursor: QTextCursor, where: QPoint) -> bool:
        """Open the menu for the word at a place; False when there is nothing to say about it."""
        found = None if self._editor.isReadOnly() else self.marks.wrong_word(cursor)
        if found is None:
            return False
        word, selected = found
        if self._spelling.is_own(word.text):
            self._open(word.text, selected, where, ())
        else:
            self._spelling.suggest(word.text, partial(self._open, word.text, selected, where))
        return True

    def _open(self, word: str, selected: QTextCursor, where: QPoint, suggestions: tuple[str, ...]) -> None:
        standard = self._editor.createStandardContextMenu()
        menu = QMenu(self._editor)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.destroyed.connect(standard.deleteLater)
        if self._spelling.is_own(word):
            menu.addAction("Remove from my words", partial(self._spelling.unlearn, word))
        else:
            for suggestion in suggestions:
                action = menu.addAction(
                    suggestion.replace("&", "&&"), partial(self._replace, selected, suggestion)
                )
                font = action.font()
                font.setBold(True)
                action.setFont(font)
            if not suggestions:
                menu.addAction("No suggestions").setEnabled(False)
            menu.addSeparator()
            menu.addAction("Add to my words", partial(self._spelling.learn, word))
        menu.addSeparator()
        menu.addActions(standard.actions())
        menu.popup(where)

    def _replace(self, selected: QTextCursor, text: str) -> None:
        if not self._editor.isReadOnly():
            selected.insertText(text)

    def _caret_place(self) -> QPoint:
        return self._editor.viewport().mapToGlobal(self._editor.cursorRect().bottomLeft())


def _units(text: str) -> int:
    """How many units a text has where Qt counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
