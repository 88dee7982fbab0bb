"""Four panes side by side that fit their window: what has no room beside the others opens over them."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.fonts import FontRole, role_pixels
from ui.widgets.splitters import Separator, Splitter

# All widths are for a body text of up to 13 pixels and grow with larger text.
CONTEXT_NEEDS = 1200
"""Width of a window from which the context pane stands beside the conversation."""
VIEWS_NEED = 980
"""Width of a window from which the views stand beside the list."""
WIDTHS = (212, 318, 560, 292)
_TEXT = 13
_LEAST = (150, 250, 380, 240)
_VIEWS, _LIST, _CONVERSATION, _CONTEXT = range(4)


class AdaptivePanes(QWidget):
    """Views, list, conversation and context. `chrome` is the width of what stands beside them in the window."""

    changed = Signal()
    """A pane came, went, or has another width."""

    def __init__(self, panes: Sequence[QWidget], chrome: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panes = tuple(panes)
        self._chrome = chrome
        self._widths = list(WIDTHS)
        self._docked = [True, True, True, True]
        self._wanted = [True, True, True, True]
        self._open = [False, False, False, False]
        self.splitter = Splitter(parent=self)
        for pane in self._panes:
            self.splitter.addWidget(pane)
        self.splitter.setStretchFactor(_CONVERSATION, 1)
        self.splitter.splitterMoved.connect(self._remember)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)
        self._edge = Separator(Qt.Orientation.Vertical, self)
        self._edge.hide()
        self._scale = 1.0
        self.fit_text()

    @property
    def context_shown(self) -> bool:
        """Whether the context pane is to be seen, beside the conversation or over it."""
        return self._is_shown(_CONTEXT)

    @property
    def views_docked(self) -> bool:
        """Whether the views stand beside the list."""
        return self._docked[_VIEWS] and self._wanted[_VIEWS]

    @property
    def overlay_open(self) -> bool:
        """Whether a pane lies over the others."""
        return any(self._open)

    def widths(self) -> list[int]:
        """The widths and which panes are wanted, to be remembered."""
        return [*self._widths, int(self._wanted[_VIEWS]), int(self._wanted[_CONTEXT])]

    def restore(self, widths: Sequence[int]) -> None:
        """Take up what was remembered; anything else is left alone."""
        if len(widths) != len(self._panes) + 2 or not all(isinstance(width, int) for width in widths):
            return
        self._widths = [max(least, width) for least, width in zip(_LEAST, widths, strict=False)]
        self._wanted[_VIEWS], self._wanted[_CONTEXT] = bool(widths[-2]), bool(widths[-1])
        self._arrange()

    def hide_for_good(self, views: bool, conversations: bool) -> None:
        """For a window with one conversation: without views and list."""
        self._wanted[_VIEWS], self._wanted[_LIST] = not views, not conversations
        self._arrange()

    def fit_text(self) -> None:
        """Give all panes the room that the text needs in its size of now."""
        self._scale = max(1.0, role_pixels(FontRole.BODY) / _TEXT)
        for pane, least in zip(self._panes, _LEAST, strict=True):
            pane.setMinimumWidth(round(least * self._scale))
        self._fit()

    def toggle_context(self) -> None:
        """Show or hide the context pane."""
        self._toggle(_CONTEXT)

    def toggle_views(self) -> None:
        """Show or hide the views."""
        self._toggle(_VIEWS)

    def close_overlays(self) -> bool:
        """Put away what lies over the other panes; whether there was anything."""
        was_open = self.overlay_open
        self._open = [False, False, False, False]
        self._arrange()
        return was_open

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = (self.width() + self._chrome) / self._scale
        docked = [room >= VIEWS_NEED, True, True, room >= CONTEXT_NEEDS]
        if docked != self._docked:
            self._docked = docked
            self._open = [False, False, False, False]
            self._arrange()
            return
        self._apply_widths()
        self._place_overlays()

    def _toggle(self, number: int) -> None:
        if self._docked[number]:
            self._wanted[number] = not self._wanted[number]
        else:
            self._open[number] = not self._open[number]
        self._arrange()

    def _is_shown(self, number: int) -> bool:
        return self._wanted[number] if self._docked[number] else self._open[number]

    def _arrange(self) -> None:
        for number, pane in enumerate(self._panes):
            inside = self.splitter.indexOf(pane) >= 0
            if self._docked[number] and not inside:
                before = sum(self.splitter.indexOf(other) >= 0 for other in self._panes[:number])
                self.splitter.insertWidget(before, pane)
                self.splitter.setStretchFactor(self.splitter.indexOf(pane), 0)
            elif not self._docked[number] and inside:
                pane.setParent(self)
            pane.setVisible(self._is_shown(number))
        self.splitter.setStretchFactor(self.splitter.indexOf(self._panes[_CONVERSATION]), 1)
        self._apply_widths()
        self._place_overlays()
        self.changed.emit()

    def _apply_widths(self) -> None:
        inside = [number for number, pane in enumerate(self._panes) if self.splitter.indexOf(pane) >= 0]
        sizes = {number: round(self._widths[number] * self._scale) for number in inside}
        taken = sum(sizes[number] for number in inside if number != _CONVERSATION and self._wanted[number])
        sizes[_CONVERSATION] = max(self._panes[_CONVERSATION].minimumWidth(), self.width() - taken)
        self.splitter.setSizes([sizes[number] for number in inside])

    def _place_overlays(self) -> None:
        self._edge.setVisible(self.overlay_open)
        for number, pane in enumerate(self._panes):
            if self.splitter.indexOf(pane) < 0 and pane.isVisibleTo(self):
                width = min(round(self._widths[number] * self._scale), self.width())
                left = self.width() - width if number == _CONTEXT else 0
                pane.setGeometry(left, 0, width, self.height())
                pane.raise_()
                self._edge.setGeometry(left if left else width, 0, 1, self.height())
                self._edge.raise_()

    def _remember(self) -> None:
        for number, pane in enumerate(self._panes):
            if self.splitter.indexOf(pane) >= 0 and pane.isVisible():
                self._widths[number] = round(pane.width() / self._scale)
        self.changed.emit()
