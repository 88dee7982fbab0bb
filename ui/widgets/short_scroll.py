"""Something that may grow long, in no more than its share of the window: the rest is scrolled to."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QSizePolicy, QWidget


class ShortScroll(QScrollArea):
    """As high as `inner` wants to be at this width, up to `share` of the window."""

    def __init__(self, inner: QWidget, share: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = share
        self._inner = inner
        self.setWidget(inner)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        inner.installEventFilter(self)

    def _high(self) -> int:
        width = self.viewport().width()
        inner = self._inner
        return inner.heightForWidth(width) if inner.hasHeightForWidth() else inner.sizeHint().height()

    def _wanted(self) -> int:
        return min(self._high(), int(self.window().height() * self._share))

    def _fit(self) -> None:
        """The height follows from the width, which Qt leaves out for what is scrolled."""
        self._inner.resize(self.viewport().width(), self._high())
        self.updateGeometry()

    def _follow_keyboard(self) -> None:
        focused = QApplication.focusWidget()
        if focused is not None and self._inner.isAncestorOf(focused):
            self.ensureWidgetVisible(focused, 0, 8)

    # Overrides of Qt

    def sizeHint(self) -> QSize:
        return QSize(self._inner.sizeHint().width(), self._wanted())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._inner.minimumSizeHint().width(), self._wanted())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._inner and event.type() is QEvent.Type.LayoutRequest:
            self._fit()
            QTimer.singleShot(0, self, self._follow_keyboard)
        return super().eventFilter(watched, event)
