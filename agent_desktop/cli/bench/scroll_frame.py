"""One frame of scrolling the inbox, against drawing the same strings, cut to their width before."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, Qt

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.timing import in_turns
from agent_desktop.cli.bench.window import BenchWindow, shown_window
from agent_desktop.cli.bench.workspace import BenchWorkspace
from agent_desktop.domain.clock import SystemClock
from agent_desktop.services.inbox_rows import InboxRow
from ui.fonts import FontRole, role_font
from ui.models.inbox_row_text import age_text, chips

_ROWS = 300
_ROUNDS = 150
_LEFT = 60

Line = tuple[QFont, str]


def _measure(workspace: BenchWorkspace) -> Reading:
    with shown_window(workspace) as window:
        shown = window.main.workspace.list.list
        window.main.workspace.show_view("all")
        window.settle()
        bar, height = shown.verticalScrollBar(), shown.rowHeight(0)
        viewport = shown.viewport()
        rows = min(_ROWS, shown.model().rowCount())
        in_view = viewport.height() // height + 1
        first_rows = range(0, max(1, rows - in_view), 2)
        for first in first_rows:
            bar.setValue(first * height)
            window.settle()
        lines = _lines(window, rows, viewport.width())
        image = QImage(viewport.size(), QImage.Format.Format_ARGB32_Premultiplied)
        ground, ink = QColor("white"), QColor("black")

        def ours(number: int) -> None:
            bar.setValue(first_rows[number % len(first_rows)] * height)
            viewport.repaint()

        def limit(number: int) -> None:
            first = first_rows[number % len(first_rows)]
            painter = QPainter(image)
            painter.setPen(ink)
            for place, texts in enumerate(lines[first : first + in_view]):
                top = place * height
                painter.fillRect(QRect(0, top, image.width(), height), ground)
                for at, (font, text) in enumerate(texts):
                    painter.setFont(font)
                    painter.drawText(_LEFT, top + 18 * (at + 1), text)
            painter.end()

        return in_turns(ours, limit, _ROUNDS)


def _lines(window: BenchWindow, rows: int, width: int) -> list[list[Line]]:
    model = window.main.workspace.inbox.model
    found = [row for place in range(rows) if (row := model.row_at(place)) is not None]
    return [_texts(row, width - 2 * _LEFT) for row in found]


def _texts(row: InboxRow, room: int) -> list[Line]:
    now = SystemClock().now()
    body, strong = role_font(FontRole.BODY), role_font(FontRole.STRONG)
    lines = [(strong, row.customer_name), (body, row.subject), (body, row.preview)]
    cut = [
        (font, QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room)) for font, text in lines
    ]
    small = [age_text(row.last_message_at, now), *(chip.text for chip in chips(row, now))]
    return [*cut, *((role_font(FontRole.LABEL), text) for text in small)]


FIGURE = Figure(
    name="scroll_frame",
    words="the list is scrolled by two rows and painted; CPU time of the thread",
    unit="ms",
    target=2,
    measure=_measure,
)
