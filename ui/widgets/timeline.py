"""The timeline of a conversation: one view that is filled anew for each conversation and never jumps by itself."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from ui.models.timeline import EntryKind, TimelineEntry
from ui.styling import StyleProperty, set_style
from ui.theme import ThemeManager
from ui.widgets.avatar import Avatar
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.day_separator import DaySeparator, EventLine
from ui.widgets.message_bubble import MessageBubble

EntryWidget: TypeAlias = DaySeparator | EventLine | MessageBubble
_WIDGETS: dict[EntryKind, type[EntryWidget]] = {
    EntryKind.DAY: DaySeparator,
    EntryKind.EVENT: EventLine,
    EntryKind.CALL: EventLine,
}
"""What shows an entry, where it is no message."""

_MARGIN = 20
_GAP = 12
_AVATAR = 28
_GUTTER = _AVATAR + 10
_WIDEST = 640
_THEIR_SHARE, _OUR_SHARE = 0.77, 0.82
_SLICE = 6
"""Milliseconds of building entries before the event loop gets its turn."""
_NEAR = 8
"""Pixels from the end that still count as the end."""


class _Row:
    """An entry, the widgets that show it, and where they are."""

    __slots__ = ("avatar", "entry", "height", "top", "widget")

    def __init__(self, entry: TimelineEntry, widget: EntryWidget, avatar: Avatar | None) -> None:
        self.entry = entry
        self.widget = widget
        self.avatar = avatar
        self.top = 0
        self.height = 0


class TimelineView(QAbstractScrollArea):
    """Shows entries oldest first and stays at the end while it is there; elsewhere it keeps what is being read.

    Long timelines are built from the end in slices, so that the newest messages show at once.
    """

    displayed = Signal(object)
    """The keys (frozenset) of the entries on screen, whenever that changes."""
    at_end_changed = Signal(bool)
    earlier_requested = Signal()
    made = Signal(object)
    """A new `MessageBubble` or `EventLine` whose signals nobody has connected yet."""
    link_activated = Signal(str, str)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._rows: list[_Row] = []
        self._missing: list[TimelineEntry] = []
        self._spare: dict[type[EntryWidget], list[EntryWidget]] = {
            made: [] for made in (DaySeparator, EventLine, MessageBubble)
        }
        self._spare_avatars: list[Avatar] = []
        self._displayed: frozenset[str] = frozenset()
        self._at_end = True
        self._placing = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Messages")
        self._page = QWidget(self.viewport())
        self._page.move(0, 0)
        self._earlier = Button(themes, "Load earlier messages", ButtonKind.LINK, parent=self._page)
        self._earlier.clicked.connect(self.earlier_requested)
        self._earlier.hide()
        self._builder = QTimer(self)
        self._builder.setInterval(0)
        self._builder.timeout.connect(self._build_more)
        self._placer = QTimer(self)
        self._placer.setSingleShot(True)
        self._placer.setInterval(0)
        self._placer.timeout.connect(self.place)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        set_style(self, StyleProperty.KIND, "bare")
        themes.changed.connect(self._placer.start)

    # What it shows

    @property
    def is_complete(self) -> bool:
        """Whether everything that was given is built."""
        return not self._missing

    @property
    def is_at_end(self) -> bool:
        """Whether the newest message is in view, so that a newer one will be."""
        return self._at_end

    def bubble(self, key: str) -> MessageBubble | None:
        """The bubble of an entry, if it is built."""
        row = self._row(key)
        return row.widget if row is not None and isinstance(row.widget, MessageBubble) else None

    def widgets(self) -> list[EntryWidget]:
        """What is built, oldest first."""
        return [row.widget for row in self._rows]

    def start(self, entries: Sequence[TimelineEntry], *, more: bool) -> None:
        """Show another conversation from its end."""
        for row in self._rows:
            self._retire(row)
        self._rows = []
        self._at_end = True
        self._earlier.setVisible(more)
        self._missing = list(entries)
        self._displayed = frozenset()
        self._build_more()
        self.at_end_changed.emit(True)

    def update_entries(self, entries: Sequence[TimelineEntry], *, more: bool) -> None:
        """Show the same conversation as it is now: only what differs is touched, what is read stays in place."""
        anchor = self._anchor()
        built = {row.entry.key: row for row in self._rows}
        first = next((position for position, entry in enumerate(entries) if entry.key in built), len(entries))
        # What stands before the first built entry is built in its turn; everything after it at once.
        self._missing = list(entries[:first])
        rows: list[_Row] = []
        for entry in entries[first:]:
            row = built.pop(entry.key, None)
            if row is not None and _same_widget(row.entry, entry):
                if row.entry != entry:
                    row.entry = entry
                    row.widget.set_entry(entry)
                    row.height = 0
            else:
                if row is not None:
                    self._retire(row)
                row = self._make(entry)
            rows.append(row)
        for row in built.values():
            self._retire(row)
        self._rows = rows
        self._earlier.setVisible(more)
        self._place(anchor)
        if self._missing:
            self._builder.start()

    def finish(self) -> None:
        """Build everything now."""
        while self._missing:
            self._build_slice(lambda: True)

    # Where it stands

    def scroll_to_end(self) -> None:
        """Show the newest message."""
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def scroll_to(self, key: str) -> bool:
        """Show an entry at the top, as far as there is room; False if it is not there."""
        if any(entry.key == key for entry in self._missing):
            self.finish()
        row = self._row(key)
        if row is None:
            return False
        self.verticalScrollBar().setValue(row.top - _GAP)
        row.widget.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def place(self) -> None:
        """Arrange everything anew, for instance after a bubble has changed its height."""
        for row in self._rows:
            row.height = 0
        self._place(self._anchor())

    # Building

    def _build_more(self) -> None:
        clock = QElapsedTimer()
        clock.start()
        self._build_slice(lambda: clock.elapsed() < _SLICE or self._is_short())

    def _build_slice(self, go_on: Callable[[], bool]) -> None:
        anchor = self._anchor()
        made: list[_Row] = []
        height = 0
        while self._missing:
            row = self._make(self._missing.pop())
            made.insert(0, row)
            height += 1
            if len(made) >= 4 and not go_on():
                break
        if made:
            self._rows[:0] = made
            self._place(anchor)
        if self._missing:
            self._builder.start()
        else:
            self._builder.stop()

    def _is_short(self) -> bool:
        """Whether what is placed so far leaves part of the view empty."""
        return bool(self._rows) and self._page.height() < self.viewport().height()

    def _make(self, entry: TimelineEntry) -> _Row:
        avatar: Avatar | None = None
        made = _WIDGETS.get(entry.kind, MessageBubble)
        spare = self._spare[made]
        widget = spare.pop() if spare else self._new_widget(made)
        widget.set_entry(entry)
        widget.installEventFilter(self)
        if entry.kind is EntryKind.THEIRS:
            avatar = (
                self._spare_avatars.pop()
                if self._spare_avatars
                else Avatar(self._themes, size=_AVATAR, parent=self._page)
            )
            avatar.set_person(entry.author)
            avatar.show()
        widget.show()
        return _Row(entry, widget, avatar)

    def _new_widget(self, made: type[EntryWidget]) -> EntryWidget:
        if made is DaySeparator:
            return DaySeparator(self._page)
        widget = (
            EventLine(self._themes, self._page)
            if made is EventLine
            else MessageBubble(self._themes, self._page)
        )
        widget.resized.connect(self._placer.start)
        widget.link_activated.connect(self.link_activated)
        self.made.emit(widget)
        return widget

    def _retire(self, row: _Row) -> None:
        row.widget.removeEventFilter(self)
        row.widget.hide()
        self._spare[type(row.widget)].append(row.widget)
        if row.avatar is not None:
            row.avatar.hide()
            self._spare_avatars.append(row.avatar)

    # Placing

    def _anchor(self) -> tuple[str, int] | None:
        """The first entry on screen and how far its top is from the top; None at the end."""
        if self._at_end:
            return None
        offset = self.verticalScrollBar().value()
        row = next((row for row in self._rows if row.top + row.height > offset), None)
        return (row.entry.key, row.top - offset) if row is not None else None

    def _place(self, anchor: tuple[str, int] | None) -> None:
        if self._placing:
            return
        self._placing = True
        # The scroll bar takes its room from the margin, so that nothing moves when it comes.
        width = self.width()
        y = _MARGIN - 4
        if not self._earlier.isHidden():
            size = self._earlier.sizeHint()
            self._earlier.setGeometry(QRect(QPoint((width - size.width()) // 2, y), size))
            y += size.height() + _GAP
        for row in self._rows:
            self._place_row(row, y, width)
            y += row.height + _GAP
        height = y - _GAP + _MARGIN - 4
        view = self.viewport().height()
        self._page.setFixedSize(QSize(self.viewport().width(), max(height, view)))
        bar = self.verticalScrollBar()
        bar.setPageStep(view)
        bar.setSingleStep(24)
        bar.setRange(0, max(0, height - view))
        anchored = self._row(anchor[0]) if anchor is not None else None
        if anchored is not None and anchor is not None:
            bar.setValue(anchored.top - anchor[1])
        elif self._at_end:
            bar.setValue(bar.maximum())
        self._page.move(0, -bar.value())
        self._placing = False
        self._tell()

    def _place_row(self, row: _Row, y: int, width: int) -> None:
        room = width - 2 * _MARGIN
        kind = row.entry.kind
        x, breadth = _MARGIN, room
        if isinstance(row.widget, MessageBubble):
            if kind is EntryKind.THEIRS:
                x += _GUTTER
                breadth = row.widget.preferred_width(min(_WIDEST, round((room - _GUTTER) * _THEIR_SHARE)))
            else:
                breadth = row.widget.preferred_width(min(_WIDEST, round(room * _OUR_SHARE)))
                x = width - _MARGIN - breadth
        elif isinstance(row.widget, EventLine):
            x += _GUTTER
            breadth = room - _GUTTER
        if not row.height or row.widget.width() != breadth:
            flexible = row.widget.hasHeightForWidth()
            row.height = row.widget.heightForWidth(breadth) if flexible else row.widget.sizeHint().height()
        row.top = y
        row.widget.setGeometry(x, y, breadth, row.height)
        if row.avatar is not None:
            row.avatar.setGeometry(_MARGIN, y, _AVATAR, _AVATAR)

    def _row(self, key: str) -> _Row | None:
        return next((row for row in self._rows if row.entry.key == key), None)

    # Telling

    def _scrolled(self, value: int) -> None:
        self._page.move(0, -value)
        if not self._placing:
            at_end = value >= self.verticalScrollBar().maximum() - _NEAR
            if at_end != self._at_end:
                self._at_end = at_end
                self.at_end_changed.emit(at_end)
            self._tell()

    def _tell(self) -> None:
        if not self.isVisible():
            return
        top = self.verticalScrollBar().value()
        bottom = top + self.viewport().height()
        shown = frozenset(
            row.entry.key for row in self._rows if row.top < bottom and row.top + row.height > top
        )
        if shown != self._displayed:
            self._displayed = shown
            self.displayed.emit(shown)

    # Overrides of Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place(self._anchor())
        self._placer.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._displayed = frozenset()
        self._place(self._anchor())

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """The page is moved when the value changes."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._step(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() == Qt.Key.Key_Home:
            self.verticalScrollBar().setValue(0)
        elif event.key() == Qt.Key.Key_End:
            self.scroll_to_end()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() is QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and watched is self.focusWidget()
        ):
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self._step(-1 if event.key() == Qt.Key.Key_Up else 1)
                return True
        elif event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut) and isinstance(watched, QWidget):
            watched.update()
        return super().eventFilter(watched, event)

    def _step(self, step: int) -> None:
        """Give the keyboard to the entry before or after the one that has it; from outside, to the newest on screen."""
        places = [row for row in self._rows if not isinstance(row.widget, DaySeparator)]
        if not places:
            return
        current = next((number for number, row in enumerate(places) if row.widget.hasFocus()), None)
        if current is None:
            on_screen = [number for number, row in enumerate(places) if row.entry.key in self._displayed]
            target = on_screen[-1] if on_screen else len(places) - 1
        else:
            target = max(0, min(current + step, len(places) - 1))
        row = places[target]
        row.widget.setFocus(Qt.FocusReason.TabFocusReason)
        self._reveal(row)

    def _reveal(self, row: _Row) -> None:
        bar = self.verticalScrollBar()
        if row.top < bar.value() or row.height > self.viewport().height():
            bar.setValue(row.top - _GAP)
        elif row.top + row.height > bar.value() + self.viewport().height():
            bar.setValue(row.top + row.height + _GAP - self.viewport().height())


def _same_widget(before: TimelineEntry, after: TimelineEntry) -> bool:
    """Whether the widget of one entry can show the other."""
    return (before.kind is EntryKind.THEIRS) == (after.kind is EntryKind.THEIRS) and (
        before.kind is after.kind or {before.kind, after.kind} <= {EntryKind.OURS, EntryKind.NOTE}
    )
