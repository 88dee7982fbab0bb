"""Whom a message went to and what has to be known about it, in the widget of the message."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.delegates.message_notices import NoticesPicture
from ui.delegates.timeline_face import Typeface
from ui.fonts import FontRole, role_font
from ui.models.timeline import TimelineEntry
from ui.models.tool_tip import plain_tool_tip
from ui.theme import ThemeManager


class MessageNotices(QWidget):
    """Takes no room where there is nothing to say. The tool tip names everybody, also where the line is cut."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._entry: TimelineEntry | None = None
        self._picture: NoticesPicture | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()
        themes.changed.connect(self._restyle)

    def show_entry(self, entry: TimelineEntry) -> None:
        """Say it of this message."""
        before = self._entry
        self._entry = entry
        if before is None or (before.people, before.notices) != (entry.people, entry.notices):
            self._restyle()

    def natural_width(self, widest: int) -> int:
        """The room it would like, at most `widest`."""
        if self._picture is None:
            return 0
        self._picture.lay_out(widest)
        return widest if self._picture.is_broken else min(widest, self._picture.natural_width)

    def sizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if self._picture is None:
            return 0
        self._picture.lay_out(width)
        return self._picture.height

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None:
            return
        self._picture.lay_out(self.width())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._picture.paint(painter, 0, 0, self.width(), QRectF(self.rect()))
        painter.end()

    def _restyle(self) -> None:
        entry = self._entry
        if entry is None:
            return
        shown = bool(entry.people or entry.notices)
        self._picture = None
        if shown:
            face = Typeface(role_font(FontRole.SECONDARY))
            self._picture = NoticesPicture(self._themes, face, entry.people, entry.notices)
        words = "\n".join(part for part in (entry.people, *(one.words for one in entry.notices)) if part)
        self.setAccessibleName(words)
        self.setToolTip(plain_tool_tip(entry.people))
        self.setVisible(shown)
        self.updateGeometry()
        self.update()
