"""Tearing something off its window: dragged out of it and let go there, it goes into a window of its own."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QWidget

Grab = Callable[[QPoint], QPixmap | None]
"""A picture of what is under the mouse, or None where nothing can be torn off."""
_OPACITY = 0.85


class TearOff(QObject):
    """Watches the mouse over a widget.

    A drag begins where `grab` gives a picture, and nothing happens unless it ends outside of the window: then what is
    dragged is seen under the mouse.
    """

    torn_off = Signal()

    def __init__(self, source: QWidget, grab: Grab) -> None:
        super().__init__(source)
        self._source = source
        self._grab = grab
        self._from: QPoint | None = None
        self._picture: QPixmap | None = None
        self._shown: QLabel | None = None
        source.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent):
            match event.type():
                case QEvent.Type.MouseButtonPress if event.button() is Qt.MouseButton.LeftButton:
                    plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
                    self._from = event.position().toPoint() if plain else None
                case QEvent.Type.MouseMove if event.buttons() & Qt.MouseButton.LeftButton:
                    return self._drag(event)
                case QEvent.Type.MouseButtonRelease:
                    return self._drop(event)
        return False

    def _drag(self, event: QMouseEvent) -> bool:
        if self._from is None:
            return False
        if self._picture is None:
            moved = (event.position().toPoint() - self._from).manhattanLength()
            if moved < QApplication.startDragDistance():
                return False
            self._picture = self._grab(self._from)
            if self._picture is None:
                self._from = None
                return False
        where = event.globalPosition().toPoint()
        if self._is_outside(where):
            self._show(self._picture, where)
        elif self._shown is not None:
            self._shown.hide()
        return True

    def _drop(self, event: QMouseEvent) -> bool:
        dragged, outside = self._picture is not None, self._is_outside(event.globalPosition().toPoint())
        self._end()
        if dragged and outside:
            self.torn_off.emit()
        return dragged

    def _end(self) -> None:
        self._from = self._picture = None
        if self._shown is not None:
            self._shown.hide()
            self._shown.deleteLater()
            self._shown = None

    def _is_outside(self, where: QPoint) -> bool:
        return not self._source.window().frameGeometry().contains(where)

    def _show(self, picture: QPixmap, where: QPoint) -> None:
        if self._shown is None:
            self._shown = QLabel(
                self._source, Qt.WindowType.ToolTip | Qt.WindowType.WindowTransparentForInput
            )
            self._shown.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
            self._shown.setWindowOpacity(_OPACITY)
            self._shown.setPixmap(picture)
            self._shown.adjustSize()
        self._shown.move(where + QPoint(8, 8))
        self._shown.show()
