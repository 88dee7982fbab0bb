"""A small popup to choose one of many by typing a few letters: assignees, tags, macros and the like."""

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.models.fuzzy import match
from ui.models.results import Result, ResultSection
from ui.theme import ThemeManager
from ui.widgets.popup_list import ResultList
from ui.widgets.search_field import SearchField

Action = Callable[[], None]
"""What a `Result` of a picker carries as its value: what choosing it does."""
Options = Callable[[str], Sequence[ResultSection]]
"""What is offered for what was typed."""

_WIDTH = 300
_HIGHEST = 380
_MARGIN = 6
_GAP = 4


class Picker(QFrame):
    """Opens at an anchor with the keyboard in its field; closes on Esc, on a choice, and on a click elsewhere.

    Enter runs the action of a result and closes. Tab runs it and stays open, for choosing several.
    """

    def __init__(self, themes: ThemeManager, name: str, options: Options, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(name)
        self._options = options
        self.field = SearchField(themes, name, parent=self)
        self.results = ResultList(themes, name, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        layout.setSpacing(_MARGIN)
        layout.addWidget(self.field)
        layout.addWidget(self.results)
        self.setFocusProxy(self.field)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self.offer)
        self.results.dismissed.connect(self.close)
        self.results.chosen.connect(self._choose)
        self.results.completed.connect(self._choose_and_stay)
        self.offer("")

    def offer(self, typed: str) -> None:
        """Show what fits what was typed."""
        self.results.set_sections(self._options(typed), typed)
        self.adjustSize()

    def show_at(self, anchor: QRect) -> None:
        """Show below an anchor (in global coordinates), or above it where there is no room, on its screen."""
        size = self.sizeHint()
        self.resize(size)
        area = self.screen().availableGeometry()
        x = max(area.left(), min(anchor.left(), area.right() - size.width()))
        y = anchor.bottom() + _GAP
        if y + size.height() > area.bottom() and anchor.top() - _GAP - size.height() > area.top():
            y = anchor.top() - _GAP - size.height()
        self.move(QPoint(x, y))
        self.show()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def sizeHint(self) -> QSize:
        chrome = self.field.sizeHint().height() + 3 * _MARGIN + 2
        return QSize(_WIDTH, min(chrome + max(self.results.content_height(), _GAP), _HIGHEST))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Give the list the keys that steer it, before the field has them."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self.results.handle_key(event)
        return super().eventFilter(watched, event)

    def _choose(self, result: Result) -> None:
        action = result.value
        self.close()
        if callable(action):
            action()

    def _choose_and_stay(self, result: Result) -> None:
        if callable(result.value):
            result.value()
        self.field.clear()
        self.offer("")


def fitting(typed: str, results: Iterable[Result]) -> tuple[Result, ...]:
    """The results whose titles fit what was typed, the best first; all of them, as they are, for nothing typed."""
    if not typed.strip():
        return tuple(results)
    scored = [(found.score, result) for result in results if (found := match(typed, result.title))]
    scored.sort(key=lambda pair: -pair[0])
    return tuple(result for _, result in scored)
