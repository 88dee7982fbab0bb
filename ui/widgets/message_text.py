"""The text of one message: plain, selectable, as high as it needs to be, with addresses that can be followed."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QPaintEvent,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QMenu, QSizePolicy, QTextBrowser, QWidget

from agent_desktop.services.html.links import link_host
from agent_desktop.services.html.text_links import TextLink
from ui.delegates.text_lines import LINE_SPACING
from ui.models.text_marks import MarkedText, mark_text
from ui.models.tool_tip import plain_tool_tip
from ui.styling import StyleProperty, set_style
from ui.theme import ThemeManager
from ui.tokens import ColorRole

_MEASURED_LINES = 60
_MEASURED_CHARACTERS = 160
"""A line longer than this is wider than any bubble: it need not be measured."""
_WIDE = 10_000
_FIRST_WIDTH = 400


class MessageText(QTextBrowser):
    """Shows a text literally. It never opens anything itself: `link_activated(address, shown text)` asks for it."""

    link_activated = Signal(str, str)

    def __init__(self, themes: ThemeManager, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._text = ""
        self._names: tuple[str, ...] = ()
        self._marked = MarkedText()
        self._heights: dict[int, int] = {}
        self._widest: int | None = None
        self.setAccessibleName(name)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # As wide as most bubbles from the beginning: in no width at all every letter would be a line.
        self.setLineWrapColumnOrWidth(_FIRST_WIDTH)
        self.setLineWrapMode(QTextBrowser.LineWrapMode.FixedPixelWidth)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        set_style(self, StyleProperty.KIND, "bare")
        self.anchorClicked.connect(self._follow)
        self.highlighted.connect(self._tell_target)
        themes.changed.connect(self._colour)

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text

    def set_text(self, text: str, names: Sequence[str] = ()) -> None:
        """Show `text`; `names` are people who are addressed in it as @name."""
        if text == self._text and tuple(names) == self._names:
            return
        self._text = text
        self._names = tuple(names)
        self._marked = mark_text(text, names)
        self._fill()
        self._forget_sizes()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if self._marked.links else Qt.FocusPolicy.ClickFocus)
        self.updateGeometry()

    def natural_width(self) -> int:
        """The width at which no line has to be broken, or a very large one where that need not be known."""
        if self._widest is None:
            self._widest = self._measure()
        return self._widest

    def sizeHint(self) -> QSize:
        return QSize(self.natural_width(), self.fontMetrics().lineSpacing())

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self.fontMetrics().lineSpacing())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        height = self._heights.get(width)
        if height is None:
            self._wrap_at(width)
            height = self._heights[width] = math.ceil(self.document().size().height())
        return height

    def _wrap_at(self, width: int) -> None:
        """Break lines at a width of our own: Qt's own way follows the widget, which is not that wide yet."""
        if width != self.lineWrapColumnOrWidth():
            self.setLineWrapColumnOrWidth(width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._wrap_at(event.size().width())
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._wrap_at(self.viewport().width())  # another width may have been measured since
        super().paintEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the timeline scrolls, not the message

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._forget_sizes()
            self.updateGeometry()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction("Copy", self.copy)
        copy.setEnabled(self.textCursor().hasSelection())
        link = self._link_at(event.pos())
        if link is not None:
            menu.addAction("Copy address", lambda: QGuiApplication.clipboard().setText(link.target))
        menu.addAction("Select all", self.selectAll)
        menu.popup(event.globalPos())

    def _measure(self) -> int:
        metrics = self.fontMetrics()
        widest = 0
        for line in self._text.split("\n", _MEASURED_LINES)[:_MEASURED_LINES]:
            if len(line) > _MEASURED_CHARACTERS:
                return _WIDE
            widest = max(widest, metrics.horizontalAdvance(line))
        return widest + 2

    def _forget_sizes(self) -> None:
        self._heights.clear()
        self._widest = None

    def _fill(self) -> None:
        """Put the text into the document in one step, so that it is laid out once."""
        style = QTextBlockFormat()
        style.setLineHeight(LINE_SPACING * 100, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.removeSelectedText()
        cursor.setBlockFormat(style)
        cursor.setCharFormat(QTextCharFormat())
        cursor.insertText(self._text)
        self._colour()
        cursor.endEditBlock()

    def _colour(self) -> None:
        """Mark addresses and names. An address is known by its number: Qt never gets to read it."""
        if not self._marked.marks:
            return
        ink = self._themes.color(ColorRole.ACCENT_TEXT)
        cursor = QTextCursor(self.document())
        for mark in self._marked.marks:
            cursor.setPosition(mark.start)
            cursor.setPosition(mark.start + mark.length, QTextCursor.MoveMode.KeepAnchor)
            style = QTextCharFormat()
            style.setForeground(ink)
            if mark.link is not None:
                style.setAnchor(True)
                style.setAnchorHref(str(mark.link))
                style.setFontUnderline(True)
            cursor.mergeCharFormat(style)

    def _link_at(self, position: QPoint) -> TextLink | None:
        return self._link_of(self.anchorAt(position))

    def _link_of(self, href: str) -> TextLink | None:
        return (
            self._marked.links[int(href)]
            if href.isdecimal() and int(href) < len(self._marked.links)
            else None
        )

    def _follow(self, address: QUrl) -> None:
        link = self._link_of(address.toString())
        if link is not None:
            self.link_activated.emit(link.target, self._text[link.start : link.end])

    def _tell_target(self, address: QUrl) -> None:
        link = self._link_of(address.toString())
        place = "" if link is None else link_host(link.target) or link.target
        self.viewport().setToolTip(plain_tool_tip(place))
