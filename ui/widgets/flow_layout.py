"""A layout that sets widgets side by side and begins a new line when one is full."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Lays out its items as words in a paragraph: for chips, tags and small buttons.

    One widget may stand in the corner at the right of the first line; the others flow around it.
    """

    def __init__(self, parent: QWidget | None = None, spacing: int = 6) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._corner: QLayoutItem | None = None
        self._heights: dict[int, int] = {}
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    def clear(self) -> None:
        """Remove and delete everything in it."""
        while self._items:
            item = self._items.pop()
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.invalidate()

    def set_corner(self, widget: QWidget) -> None:
        """Let this stand in the corner while it is shown. It must be the last that is added."""
        self.addWidget(widget)
        self._corner = self._items[-1]

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)
        self.invalidate()

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        item = self._items.pop(index) if 0 <= index < len(self._items) else None
        self.invalidate()
        return item

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def invalidate(self) -> None:
        self._heights.clear()
        super().invalidate()

    def heightForWidth(self, width: int) -> int:
        """Found once for each width: the layouts around this one ask many times for one change."""
        height = self._heights.get(width)
        if height is None:
            height = self._heights[width] = self._arrange(QRect(0, 0, width, 0), move=False)
        return height

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        margins = self.contentsMargins()
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """Where every item goes in `rect`; the height that takes. The items move only if asked to."""
        margins = self.contentsMargins()
        area = rect.marginsRemoved(margins)
        x, y, line = area.x(), area.y(), 0
        right = area.x() + area.width()
        corner = self._corner
        if corner is not None and not corner.isEmpty():
            hint = corner.sizeHint()
            size = QSize(min(hint.width(), area.width() // 2), hint.height())
            right -= size.width() + 2 * self.spacing()
            line = size.height()
            if move:
                corner.setGeometry(QRect(QPoint(area.x() + area.width() - size.width(), y), size))
        for item in self._items:
            if item.isEmpty() or item is corner:
                continue
            size = item.sizeHint()
            if x > area.x() and x + size.width() > right:
                x, y, line, right = area.x(), y + line + self.spacing(), 0, area.x() + area.width()
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + self.spacing()
            line = max(line, size.height())
        return y + line - rect.y() + margins.bottom()
