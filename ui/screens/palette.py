"""The command palette over its dimmed window: one field, and whatever it finds below."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from agent_desktop.services.search import SearchHit
from ui.fonts import FontRole, role_pixels, scaled
from ui.models.results import Result
from ui.paint import draw_box
from ui.shadow import SoftShadow
from ui.styling import StyleProperty, set_style
from ui.theme import ThemeManager
from ui.tokens import ColorRole, Radius
from ui.viewmodels.palette import PaletteViewModel
from ui.widgets.popup_list import ResultList
from ui.widgets.safe_text import SafeLabel
from ui.widgets.splitters import Separator

_WIDTH, _HIGHEST = 620, 396
_TOP_SHARE = 0.135
_SIDE = 15
_DIM = 0.42
"""How much of the rail's colour lies over the window."""
_SHADOW_REACH, _SHADOW_OFFSET, _SHADOW_ALPHA = 24, 14, 0.35


class PalettePanel(QWidget):
    """The field, a line, the results or why there are none."""

    def __init__(self, themes: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Search or run a command   >  #  @  ?  /  for one kind")
        self.field.setAccessibleName("Search or run a command")
        set_style(self.field, StyleProperty.KIND, "bare")
        self.results = ResultList(themes, "Results", self)
        self.empty = SafeLabel("", color=ColorRole.TEXT_3, parent=self)
        self.empty.setContentsMargins(_SIDE, 10, _SIDE, 14)
        field_box = QVBoxLayout()
        field_box.setContentsMargins(_SIDE, 14, _SIDE, 14)
        field_box.addWidget(self.field)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 6)
        layout.setSpacing(0)
        layout.addLayout(field_box)
        layout.addWidget(Separator(parent=self))
        layout.addSpacing(4)
        layout.addWidget(self.results, 1)
        layout.addWidget(self.empty)
        self._restyle()
        themes.changed.connect(self._restyle)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        raised, border = self._themes.color(ColorRole.RAISED), self._themes.color(ColorRole.BORDER)
        draw_box(painter, QRectF(self.rect()), Radius.BUBBLE, raised, border)
        painter.end()

    def _restyle(self) -> None:
        font = QFont(QApplication.font())
        font.setPixelSize(role_pixels(FontRole.TITLE))
        self.field.setFont(font)
        self.update()


class PaletteOverlay(QWidget):
    """Covers its window while open; Esc or a click beside the panel closes it, and the focus returns."""

    def __init__(self, themes: ThemeManager, view_model: PaletteViewModel, window: QWidget) -> None:
        super().__init__(window)
        self._themes = themes
        self._view_model = view_model
        self._window = window
        self._before: QWidget | None = None
        self._enter_waits = False
        self.setAccessibleName("Command palette")
        self.panel = PalettePanel(themes, self)
        self._restyle()
        themes.changed.connect(self._restyle)
        self.panel.field.installEventFilter(self)
        self.panel.field.textChanged.connect(self._on_text_changed)
        self.panel.results.chosen.connect(self._on_chosen)
        self.panel.results.completed.connect(self._on_completed)
        self.panel.results.dismissed.connect(self.dismiss)
        self.panel.results.selectionModel().currentChanged.connect(self._on_current_changed)
        view_model.changed.connect(self._on_changed)
        window.installEventFilter(self)
        self.hide()

    def open(self, text: str = "") -> None:
        """Show the palette with the keyboard in it, `text` already typed (such as a prefix)."""
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        self._view_model.open()
        self.panel.field.setText(text)
        self._on_changed()
        self.raise_()
        self.show()
        self.panel.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.panel.field.end(False)  # Qt selects all; what is typed goes behind a prefix

    def dismiss(self) -> None:
        """Close without doing anything; the focus goes where it was."""
        self._enter_waits = False
        self.hide()
        if self._before is not None and isValid(self._before):
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        self._before = None

    def _on_text_changed(self, text: str) -> None:
        self._enter_waits = False
        self._view_model.set_text(text)

    def _on_changed(self) -> None:
        self.panel.results.set_sections(self._view_model.sections, self._view_model.words)
        found = self.panel.results.current() is not None
        self.panel.results.setVisible(found)
        self.panel.empty.setText(self._view_model.empty_words)
        self.panel.empty.setVisible(not found)
        self._lay_out()
        current = self.panel.results.current()
        if self._enter_waits and not self._view_model.pending and current is not None:
            self._on_chosen(current)

    def _on_chosen(self, result: Result) -> None:
        self.dismiss()
        self._view_model.choose(result.value)

    def _on_completed(self, result: Result) -> None:
        if self._view_model.can_complete(result.value):
            self.dismiss()
            self._view_model.complete(result.value)

    def _on_current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        """The list never has the focus, so the field tells a screen reader what is selected."""
        words = current.data(Qt.ItemDataRole.AccessibleTextRole)
        self.panel.field.setAccessibleDescription(words or "")

    def _lay_out(self) -> None:
        window = self._window
        self.setGeometry(window.rect())
        width = min(scaled(_WIDTH), window.width() - 2 * _SIDE)
        top = round(window.height() * _TOP_SHARE)
        head = self.panel.field.sizeHint().height() + 28 + 12
        highest = min(scaled(_HIGHEST), window.height() - top - _SIDE)
        if self.panel.results.isVisibleTo(self.panel):
            content = self.panel.results.content_height(highest - head)
        else:
            content = self.panel.empty.sizeHint().height()
        height = min(head + content, highest)
        before, now = self.panel.geometry(), QRect((window.width() - width) // 2, top, width, height)
        if now != before:
            self.panel.setGeometry(now)
            reach = _SHADOW_REACH + _SHADOW_OFFSET
            self.update(before.united(now).adjusted(-reach, -reach, reach, reach))

    def _restyle(self) -> None:
        color = self._themes.color(ColorRole.RAIL)
        self._shadow = SoftShadow(color, _SHADOW_ALPHA, Radius.BUBBLE, _SHADOW_REACH)

    # Overrides of Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() is QEvent.Type.Resize and self.isVisible():
            self._lay_out()
        if watched is self.panel.field and isinstance(event, QKeyEvent):
            if event.type() is QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
            if event.type() is QEvent.Type.KeyPress:
                return self._handle_key(event)
        return super().eventFilter(watched, event)

    def _handle_key(self, event: QKeyEvent) -> bool:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        current = self.panel.results.current()
        if enter and self._view_model.pending:
            # What is listed answers an earlier text: wait for the answer to this one.
            self._enter_waits = True
            return True
        if enter and event.modifiers() == Qt.KeyboardModifier.ShiftModifier and current is not None:
            if isinstance(current.value, SearchHit):
                self.dismiss()
                self._view_model.open_beside(current.value)
            return True
        return self.panel.results.handle_key(event) or event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.panel.geometry().contains(event.position().toPoint()):
            self.dismiss()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = QColor(self._themes.color(ColorRole.RAIL))
        color.setAlphaF(_DIM)
        painter.fillRect(event.rect(), color)
        self._shadow.paint(painter, self.panel.geometry().translated(0, _SHADOW_OFFSET))
        painter.end()
