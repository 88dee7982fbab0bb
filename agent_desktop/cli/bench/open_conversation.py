"""From the click on a conversation to its painted messages, against a raw query and the layout of the same texts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QSize
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QTextLayout, QTextOption
from PySide6.QtWidgets import QWidget

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.long_conversations import lengthened
from agent_desktop.cli.bench.timing import CPU, WALL, Done, elapsed, in_turns
from agent_desktop.cli.bench.window import shown_window
from agent_desktop.cli.bench.workspace import BenchWorkspace
from ui.delegates.bubble_box import MENU_HEIGHT, SIDE, TOP
from ui.fonts import FontRole, role_font
from ui.models.timeline import EntryKind, TimelineEntry
from ui.viewmodels.conversation import PaneState
from ui.widgets.timeline import TimelineView

_ROUNDS = 60
_LENGTH = 20
_WARM_UP = 2
_JUMP = 7
"""Rows to a conversation that is not read ahead."""
_ROOM_FOR_ALL = QSize(1_440, 2_800)
"""A window in which all messages of such a conversation are on screen."""
_HEAD = "SELECT * FROM conversation JOIN customer ON customer.id = customer_id WHERE conversation.id = ?"
_MESSAGES = "SELECT * FROM message WHERE conversation_id = ? ORDER BY created_at DESC, id DESC LIMIT 50"
_BUBBLES = (EntryKind.THEIRS, EntryKind.OURS, EntryKind.NOTE)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A text as it is on screen: where, how wide, and in which font."""

    text: str
    font: FontRole
    left: int
    top: int
    width: int
    wraps: bool = False


class _Painted(QObject):
    """Notes when a window is painted in which `watched` shows what it is `ready` with, and then calls `check`.

    It paints the window itself, when that is asked to: whatever was put off until after the painting would come before
    an event that is posted while it is painted, and might show something else by then.
    """

    def __init__(self, watched: QWidget, ready: Callable[[], bool], check: Callable[[], object]) -> None:
        super().__init__(watched)
        self._watched = watched
        self._ready = ready
        self._check = check
        self.at: float | None = None
        self.cpu = 0.0
        self._seen = False
        watched.installEventFilter(self)
        watched.window().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if watched is self._watched:
            self._seen = self._seen or event.type() is QEvent.Type.Paint
            return False
        if event.type() is not QEvent.Type.UpdateRequest:
            return False
        self._seen = False
        watched.event(event)
        if self._seen and self.at is None and self._ready():
            self.at, self.cpu = WALL(), CPU()
            self._check()
        return True


def _measure(workspace: BenchWorkspace) -> Reading:
    with workspace.raw() as raw, shown_window(workspace) as window:
        window.main.resize(_ROOM_FOR_ALL)
        window.settle()
        conversations, pane = window.main.workspace.list.list, window.main.workspace.conversation
        inbox = window.main.workspace.inbox
        rows = [inbox.model.row_at(number) for number in range(_ROUNDS + _WARM_UP)]
        ids = [row.id for row in rows if row is not None]

        def ready() -> bool:
            model = pane.model
            return (
                model.conversation_id == inbox.open_id
                and model.state is PaneState.SHOWN
                and pane.timeline.is_complete
            )

        def check() -> None:
            incomplete.extend(() if _all_on_screen(pane.timeline) else (pane.model.conversation_id,))

        incomplete: list[str | None] = []
        painted = _Painted(pane.timeline.viewport(), ready, check)
        image = QImage(pane.timeline.viewport().size(), QImage.Format.Format_ARGB32_Premultiplied)
        shown: list[_Shown] = []
        counts: list[int] = []
        our_cpu: list[float] = []
        limit_cpu: list[float] = []

        def step(distance: int, cpu: list[float]) -> Done:
            painted.at = None
            begun = CPU()
            conversations.step(distance)
            window.wait_for(lambda: painted.at is not None)
            assert painted.at is not None
            cpu.append((painted.cpu - begun) * 1_000)
            return Done(painted.at)

        def ours(number: int) -> Done:
            return step(1, our_cpu)

        def rest() -> None:
            window.settle()
            shown[:] = _shown_in(pane.timeline)
            counts.append(len(shown))

        def limit(number: int) -> None:
            begun = CPU()
            raw.execute(_HEAD, (inbox.open_id,)).fetchone()
            raw.execute(_MESSAGES, (inbox.open_id,)).fetchall()
            _draw(image, shown)
            limit_cpu.append((CPU() - begun) * 1_000)

        with lengthened(raw, ids, _LENGTH):
            reading = in_turns(ours, limit, len(ids) - _WARM_UP, WALL, rest)
            jump_cpu: list[float] = []
            jumps = []
            for _ in range((len(ids) - 1) // _JUMP):
                jumps.append(elapsed(lambda number: step(-_JUMP, jump_cpu), 0, WALL))
                rest()
        assert not incomplete, "some messages were not painted"
        details = {
            **reading.details,
            "texts": median(counts),
            "CPU of the window's thread": median(our_cpu),
            "CPU of the limit": median(limit_cpu),
            "not read ahead": median(jumps),
            "CPU of that": median(jump_cpu),
        }
        return Reading(ours=reading.ours, limit=reading.limit, details=details)


def _in_view(timeline: TimelineView) -> list[tuple[TimelineEntry, QRect]]:
    """Entries and where they are; of very long conversations the beginning is out of sight."""
    places = [(entry, timeline.place_of(entry.key)) for entry in timeline.entries()]
    return [(entry, place) for entry, place in places if place.intersects(timeline.viewport().rect())]


def _all_on_screen(timeline: TimelineView) -> bool:
    """Whether each entry is on what the window has given to the screen: there is more than ground at its place."""
    window = timeline.window()
    screen = window.screen().grabWindow(window.winId()).toImage()
    area = timeline.viewport().rect()
    corner = timeline.viewport().mapTo(window, QPoint(0, 0))
    whole = [place for _, place in _in_view(timeline) if area.contains(place)]
    return len(whole) > 1 and all(_is_painted(screen, place.translated(corner)) for place in whole)


def _is_painted(screen: QImage, place: QRect) -> bool:
    middle = place.top() + min(place.height(), 2 * TOP + MENU_HEIGHT) // 2
    return len({screen.pixel(x, middle) for x in range(place.left(), place.right())}) > 1


def _shown_in(timeline: TimelineView) -> list[_Shown]:
    """The texts of the entries: names, times, bodies, days and events, each where it is."""
    shown = []
    for entry, place in _in_view(timeline):
        if entry.kind not in _BUBBLES:
            shown.append(_Shown(entry.line, FontRole.SECONDARY, place.left(), place.top(), place.width()))
            continue
        left, width = place.left() + SIDE, place.width() - 2 * SIDE
        shown.append(_Shown(entry.author, FontRole.HEADING, left, place.top(), width))
        shown.append(_Shown(entry.meta, FontRole.SECONDARY, left, place.top(), width))
        shown.append(_Shown(entry.text, FontRole.BODY, left, place.top() + 30, width, wraps=True))
    return shown


def _draw(image: QImage, texts: Sequence[_Shown]) -> None:
    """Break texts into lines and draw them: nothing but that."""
    fonts: dict[FontRole, QFont] = {role: role_font(role) for role in FontRole}
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    painter = QPainter(image)
    painter.setPen(QColor("black"))
    for shown in texts:
        text = shown.text.replace("\n", "\u2028")
        layout = QTextLayout(text, fonts[shown.font])
        layout.setTextOption(option)
        layout.beginLayout()
        height = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(shown.width)
            line.setPosition(QPointF(0, height))
            height += line.height()
            if not shown.wraps:
                break
        layout.endLayout()
        layout.draw(painter, QPointF(shown.left, shown.top))
    painter.end()


FIGURE = Figure(
    name="open_conversation",
    words="a conversation of 20 messages is chosen until all of them are painted; wall time",
    unit="ms",
    target=2,
    measure=_measure,
)
