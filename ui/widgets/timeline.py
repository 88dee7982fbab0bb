"""The timeline of a conversation: painted, filled anew for each conversation, and it never jumps by itself.

Entries are pictures. One that is pointed at, has the keyboard or has something opened in it becomes a widget of the
same look, which can do what pictures cannot.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QCursor, QImage, QKeyEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from ui.delegates.entry_pictures import GUTTER, MARGIN, EntryPicture, bubble_left, picture_of, widest_bubble
from ui.delegates.timeline_face import TimelineFace
from ui.models.timeline import TimelineEntry
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.entry_column import GAP, EntryColumn, EntryRow
from ui.widgets.entry_list import EntryList, single_shot
from ui.widgets.live_entries import LiveEntries, LiveEntry, can_live
from ui.widgets.message_bubble import MessageBubble, needs_widget
from ui.widgets.painted_ahead import ABOVE, PaintedAhead, paint_avatar, paint_row, placed_in

_SLICE = 6
"""Milliseconds of measuring entries before the event loop gets its turn."""
_NEAR = 8
"""Pixels from the end that still count as the end."""
_STEP = 24
_LIKELY_SHOWN = 20
"""How many of the newest entries may be on screen at first."""
_MOST_PICTURES = 300
"""How many pictures are kept for when their conversation is shown again."""
_MOST_THUMBNAILS = 40
_SETTLED = 40
"""Milliseconds after which what has come under the mouse by scrolling becomes a widget."""


class TimelineView(EntryList):
    """Shows entries oldest first and stays at the end while it is there; elsewhere it keeps what is being read.

    Long timelines are measured from the end in slices, so that the newest messages show at once.
    """

    displayed = Signal(object)
    """The keys (frozenset) of the entries on screen, whenever that changes."""
    at_end_changed = Signal(bool)
    earlier_requested = Signal()
    made = Signal(object)
    """A new `MessageBubble` or `EventLine` whose signals nobody has connected yet."""
    link_activated = Signal(str, str)
    picture_wanted = Signal(object)
    """An `AttachmentFile` that is an image: `show_picture` takes a small one."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._face = TimelineFace(themes, self.devicePixelRatioF)
        self._column = EntryColumn()
        self._missing: list[TimelineEntry] = []
        self._pictures: OrderedDict[str, EntryPicture] = OrderedDict()
        self._ahead = PaintedAhead()
        self._thumbnails: dict[str, QPixmap] = {}
        self._asked: set[str] = set()
        self._displayed: frozenset[str] = frozenset()
        self._pointed: str | None = None
        self._at_end = True
        self._placing = False
        self._lives = LiveEntries(themes, self.viewport(), self._connect_live)
        self._earlier = Button(themes, "Load earlier messages", ButtonKind.LINK, parent=self.viewport())
        self._earlier.clicked.connect(self.earlier_requested)
        self._earlier.hide()
        self._builder = single_shot(self, 0, self._build_more)
        self._placer = single_shot(self, 0, self.place)
        self._hover = single_shot(self, _SETTLED, self._point_at_mouse)
        self.setAccessibleName("Messages")
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        themes.changed.connect(self._restyle)

    # What it shows

    @property
    def is_complete(self) -> bool:
        """Whether everything that was given is measured."""
        return not self._missing

    @property
    def is_at_end(self) -> bool:
        """Whether the newest message is in view, so that a newer one will be."""
        return self._at_end

    def entries(self) -> list[TimelineEntry]:
        """What is measured, oldest first."""
        return [row.entry for row in self._column.rows]

    def live(self, key: str) -> LiveEntry | None:
        """The widget of an entry, made if it was a picture so far; None for what is not here."""
        row = self._column.row(key)
        return self._bring(row) if row is not None and can_live(row.entry) else None

    def bubble(self, key: str) -> MessageBubble | None:
        """The same for a message."""
        widget = self.live(key)
        return widget if isinstance(widget, MessageBubble) else None

    def place_of(self, key: str) -> QRect:
        """Where in the view an entry is; empty for what is not measured."""
        row = self._column.row(key)
        return row.box.translated(0, row.top - self._offset) if row is not None else QRect()

    def start(self, entries: Sequence[TimelineEntry], *, more: bool) -> None:
        """Show another conversation from its end."""
        self._lives.clear()
        self._pointed = None
        self._at_end = True
        self._earlier.setVisible(more)
        self._displayed = frozenset()
        if len(self._thumbnails) > _MOST_THUMBNAILS:
            self._thumbnails.clear()
            self._asked.clear()
            self._pictures.clear()
            self._ahead.clear()
        self.said.show(entries)
        rows = self._ahead.take_rows(entries, self.width(), self._pictures)
        self._column.set_rows(rows)
        self._missing = list(entries[: len(entries) - len(rows)])
        self._build_more()
        self.at_end_changed.emit(True)

    def look_ahead(self, entries: Sequence[TimelineEntry], *, more: bool) -> Iterator[None]:
        """Measure and paint what `start` will show of another conversation, in steps.

        First it asks for small pictures, which should be here when the next step is taken.
        """
        self._want_pictures(entries[-_LIKELY_SHOWN:])
        yield
        face, size, width = self._face, self._screen_size(), self.width()
        top = ABOVE + (self._earlier.sizeHint().height() + GAP if more else 0)
        for _ in self._ahead.steps(face, entries, self._picture, size, width, top):
            yield
            if face is not self._face or width != self.width():
                return  # it would not be found any more

    def update_entries(self, entries: Sequence[TimelineEntry], *, more: bool) -> None:
        """Show the same conversation as it is now: only what differs is touched, what is read stays in place."""
        anchor = self._anchor()
        built = {row.key: row for row in self._column.rows}
        first = next((position for position, entry in enumerate(entries) if entry.key in built), len(entries))
        # What stands before the first measured entry comes in its turn; everything after it at once.
        self._missing = list(entries[:first])
        rows: list[EntryRow] = []
        for entry in entries[first:]:
            row = built.pop(entry.key, None)
            if row is None or row.entry != entry:
                if row is not None and row.entry.kind is not entry.kind:
                    self._lives.release(entry.key)
                row = self._make(entry)
            rows.append(row)
        for key in built:
            self._lives.release(key)
        self._column.set_rows(rows)
        self._earlier.setVisible(more)
        self.said.show(entries)
        self._place(anchor)
        if self._missing:
            self._builder.start()

    def show_picture(self, sha256: str, image: QImage) -> None:
        """Show a small picture of an image on its cards."""
        self._thumbnails[sha256] = QPixmap.fromImage(image)
        for key, picture in list(self._pictures.items()):
            if any(file.sha256 == sha256 for file in picture.entry.files):
                del self._pictures[key]
        anchor = self._anchor()
        for row in self._column.rows:
            if any(file.sha256 == sha256 for file in row.entry.files):
                row.picture = picture_of(self._face, row.entry, self._thumbnails)
                row.measured = -1
                live = self._lives.get(row.key)
                if live is not None:
                    self._give_pictures(live)
        self._place(anchor)

    def finish(self) -> None:
        """Measure everything now."""
        while self._missing:
            self._build_slice(lambda: True)

    # Where it stands

    def scroll_to_end(self) -> None:
        """Show the newest message."""
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def scroll_to(self, key: str) -> bool:
        """Show an entry at the top, as far as there is room, with the keyboard on it; False if it is not there."""
        if any(entry.key == key for entry in self._missing):
            self.finish()
        row = self._column.row(key)
        if row is None:
            return False
        self.verticalScrollBar().setValue(row.top - GAP)
        if can_live(row.entry):
            self._bring(row).setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def place(self) -> None:
        """Arrange everything anew, for instance after a bubble has changed its height."""
        self._column.forget_sizes()
        self._place(self._anchor())

    @property
    def _offset(self) -> int:
        return self.verticalScrollBar().value()

    # Building

    def _build_more(self) -> None:
        clock = QElapsedTimer()
        clock.start()
        self._build_slice(lambda: clock.elapsed() < _SLICE)

    def _build_slice(self, go_on: Callable[[], bool]) -> None:
        """Measure from the end on: what is on screen, and more while there is time."""
        anchor = self._anchor()
        made: list[EntryRow] = []
        width, room = self.width(), self.viewport().height()
        while self._missing:
            row = self._make(self._missing.pop())
            self._measure(row, width)
            made.append(row)
            room -= row.box.height() + GAP
            if not go_on() and (self._column.rows or room < 0):
                break
        self._column.set_rows([*reversed(made), *self._column.rows])
        self._place(anchor)
        if self._missing:
            self._builder.start()

    def _make(self, entry: TimelineEntry) -> EntryRow:
        if needs_widget(entry) or entry.key in self._lives:
            self._lives.bring(entry)
        return EntryRow(self._picture(entry))

    def _picture(self, entry: TimelineEntry) -> EntryPicture:
        picture = self._pictures.get(entry.key)
        if picture is None or picture.entry != entry:
            picture = self._pictures[entry.key] = picture_of(self._face, entry, self._thumbnails)
            if len(self._pictures) > _MOST_PICTURES:
                self._pictures.popitem(last=False)
        else:
            self._pictures.move_to_end(entry.key)
        return picture

    # Widgets for what is pointed at

    def _connect_live(self, widget: LiveEntry) -> None:
        widget.installEventFilter(self)
        widget.resized.connect(self._placer.start)
        widget.link_activated.connect(self.link_activated)
        self.made.emit(widget)

    def _bring(self, row: EntryRow) -> LiveEntry:
        known = self._lives.get(row.key)
        if known is not None:
            return known
        widget = self._lives.bring(row.entry)
        self._give_pictures(widget)
        self._put(row, widget)
        return widget

    def _put(self, row: EntryRow, widget: LiveEntry) -> None:
        widget.setGeometry(row.box.translated(0, row.top - self._offset))
        widget.show()

    def _give_pictures(self, widget: LiveEntry) -> None:
        for card in widget.cards:
            thumbnail = self._thumbnails.get(card.file.sha256)
            if thumbnail is not None:
                card.set_picture(thumbnail)

    def key_at(self, where: QPoint) -> str | None:
        row = self._row_at(where)
        return row.key if row is not None else None

    def point_at(self, where: QPoint | None) -> QWidget | None:
        row = self._row_at(where) if where is not None else None
        key = row.key if row is not None else None
        if key != self._pointed:
            self._pointed = key
            self._lives.release_idle(key)
        return self._bring(row) if row is not None and can_live(row.entry) else None

    def _point_at_mouse(self) -> None:
        """After scrolling something else is under the mouse; after the keyboard has left, nothing holds a widget."""
        where = self.viewport().mapFromGlobal(QCursor.pos())
        inside = self.viewport().underMouse() and self.viewport().rect().contains(where)
        self.point_at(where if inside else None)

    def _row_at(self, where: QPoint) -> EntryRow | None:
        return self._column.at(where + QPoint(0, self._offset))

    # Placing

    def _anchor(self) -> tuple[str, int] | None:
        """The first entry on screen and how far its top is from the top; None at the end."""
        if self._at_end:
            return None
        row = next((row for row in self._column.rows if row.bottom > self._offset), None)
        return (row.key, row.top - self._offset) if row is not None else None

    def _place(self, anchor: tuple[str, int] | None) -> None:
        if self._placing:
            return
        self._placing = True
        # The scroll bar takes its room from the margin, so that nothing moves when it comes.
        width, view = self.width(), self.viewport().height()
        y = ABOVE
        earlier = self._earlier.sizeHint() if not self._earlier.isHidden() else None
        if earlier is not None:
            y += earlier.height() + GAP
        for row in self._column.rows:
            if row.measured != width:
                self._measure(row, width)
        height = self._column.stack(y) + ABOVE
        bar = self.verticalScrollBar()
        bar.setPageStep(view)
        bar.setSingleStep(_STEP)
        bar.setRange(0, max(0, height - view))
        anchored = self._column.row(anchor[0]) if anchor is not None else None
        if anchored is not None and anchor is not None:
            bar.setValue(anchored.top - anchor[1])
        elif self._at_end:
            bar.setValue(bar.maximum())
        if earlier is not None:
            corner = QPoint((width - earlier.width()) // 2, ABOVE - self._offset)
            self._earlier.setGeometry(QRect(corner, earlier))
        self._place_lives()
        self._placing = False
        self.viewport().update()
        self._tell()

    def _place_lives(self) -> None:
        for key, widget in self._lives.shown():
            row = self._column.row(key)
            if row is not None:
                self._put(row, widget)

    def _measure(self, row: EntryRow, width: int) -> None:
        live, kind = self._lives.get(row.key), row.entry.kind
        if live is None or not live.is_own_size:
            row.measure(width)
            return
        row.measured = width
        left, breadth = MARGIN + GUTTER, width - 2 * MARGIN - GUTTER
        if isinstance(live, MessageBubble):
            breadth = live.preferred_width(widest_bubble(kind, width))
            left = bubble_left(kind, width, breadth)
        flexible = live.hasHeightForWidth()
        height = live.heightForWidth(breadth) if flexible else live.sizeHint().height()
        row.box = QRect(left, 0, breadth, height)

    # Telling

    def _scrolled(self, value: int) -> None:
        if not self._placing:
            at_end = value >= self.verticalScrollBar().maximum() - _NEAR
            if at_end != self._at_end:
                self._at_end = at_end
                self.at_end_changed.emit(at_end)
            self._tell()

    def _tell(self) -> None:
        if not self.isVisible():
            return
        rows = self._column.between(self._offset, self._offset + self.viewport().height())
        shown = frozenset(row.key for row in rows)
        if shown != self._displayed:
            self._displayed = shown
            self.displayed.emit(shown)
            self._want_pictures([row.entry for row in rows])

    def _want_pictures(self, entries: Sequence[TimelineEntry]) -> None:
        for entry in entries:
            for file in entry.files:
                if file.media_type.startswith("image/") and file.sha256 not in self._asked:
                    self._asked.add(file.sha256)
                    self.picture_wanted.emit(file)

    def _restyle(self) -> None:
        self._face = TimelineFace(self._themes, self.devicePixelRatioF)
        self._pictures.clear()
        self._ahead.clear()
        for row in self._column.rows:
            row.picture = picture_of(self._face, row.entry, self._thumbnails)
            row.measured = -1
        self._placer.start()

    def _step(self, step: int) -> None:
        """Give the keyboard to the entry before or after the one that has it; from outside, to the newest on screen."""
        places = [row for row in self._column.rows if can_live(row.entry)]
        if not places:
            return
        focused = self._lives.focused()
        current = next((number for number, row in enumerate(places) if row.key == focused), None)
        if current is None:
            on_screen = [number for number, row in enumerate(places) if row.key in self._displayed]
            target = on_screen[-1] if on_screen else len(places) - 1
        else:
            target = max(0, min(current + step, len(places) - 1))
        row = places[target]
        self._bring(row).setFocus(Qt.FocusReason.TabFocusReason)
        self.reveal(row.key)

    def reveal(self, key: str) -> None:
        row, bar, room = self._column.row(key), self.verticalScrollBar(), self.viewport().height()
        if row is None:
            return
        if row.top < bar.value() or row.box.height() > room:
            bar.setValue(row.top - GAP)
        elif row.bottom > bar.value() + room:
            bar.setValue(row.bottom + GAP - room)

    # Overrides of Qt: painting and room

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        screen = self._painted_ahead()
        if screen is not None:
            painter.drawPixmap(0, 0, screen)
        else:
            self._paint(painter, event.rect())
        painter.end()

    def _painted_ahead(self) -> QPixmap | None:
        """All of what is on screen, if it was painted before."""
        if self._lives.shown():
            return None
        size = self._screen_size()
        placed = placed_in(self._column, self._offset, size.height())
        return self._ahead.find(placed, size, self._face.ratio)

    def _screen_size(self) -> QSize:
        """With the room of the scroll bar, whether it is there or not."""
        return QSize(self.width(), self.viewport().height())

    def _paint(self, painter: QPainter, area: QRect) -> None:
        offset, clip = self._offset, QRectF(area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(area, self._themes.color(ColorRole.SURFACE))
        for row in self._column.between(area.top() + offset, area.top() + area.height() + offset):
            paint = paint_avatar if row.key in self._lives else paint_row
            paint(painter, self._face, row, row.top - offset, clip)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place(self._anchor())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._displayed = frozenset()
        self._place(self._anchor())

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if not self._placing:
            self.viewport().scroll(0, dy)
            self._hover.start()

    # Overrides of Qt: keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Up:
                self._step(-1)
            case Qt.Key.Key_Down:
                self._step(1)
            case Qt.Key.Key_Home:
                self.verticalScrollBar().setValue(0)
            case Qt.Key.Key_End:
                self.scroll_to_end()
            case Qt.Key.Key_PageUp:
                self.verticalScrollBar().setValue(self._offset - self.viewport().height() + _STEP)
            case Qt.Key.Key_PageDown:
                self.verticalScrollBar().setValue(self._offset + self.viewport().height() - _STEP)
            case _:
                event.ignore()

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
            self._hover.start()
        return super().eventFilter(watched, event)
