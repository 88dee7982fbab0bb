"""The painter of inbox rows: one height, plain text, states that can be told apart."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage, QPainter

from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.inbox_rows import InboxRow
from tests.ui.inbox_row_factory import NOW, inbox_row
from ui.delegates.inbox_row import InboxRowPainter, RowState
from ui.models.channel_icons import CHANNEL_ICONS
from ui.theme import ThemeManager, ThemeMode
from ui.tokens import ColorRole

WIDTH = 318
PLAIN = RowState()

Paint = Callable[..., QImage]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def rows(themes: ThemeManager, clock: ManualClock) -> InboxRowPainter:
    return InboxRowPainter(themes, clock)


@pytest.fixture
def paint(rows: InboxRowPainter) -> Paint:
    def render(row: InboxRow | None, state: RowState = PLAIN, width: int = WIDTH, ratio: float = 1) -> QImage:
        image = QImage(round(width * ratio), round(rows.row_height * ratio), QImage.Format.Format_ARGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(QColor("magenta"))
        painter = QPainter(image)
        rows.paint(painter, QPoint(0, 0), width, row, state)
        painter.end()
        return image

    return render


def test_rows_grow_with_the_text(themes: ThemeManager, rows: InboxRowPainter) -> None:
    before = rows.row_height
    themes.set_text_scale(150)
    assert rows.row_height > before * 1.2


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
def test_the_whole_row_is_painted(paint: Paint, ratio: float) -> None:
    for row in (inbox_row(), None):
        image = paint(row, ratio=ratio)
        right, bottom = image.width() - 1, image.height() - 1
        corners = [(0, 0), (right, 0), (0, bottom), (right, bottom)]
        assert all(image.pixelColor(x, y) != QColor("magenta") for x, y in corners)


def test_every_state_looks_different(paint: Paint) -> None:
    pictures = [
        paint(inbox_row()),
        paint(inbox_row(unread=False)),
        paint(inbox_row(), RowState(selected=True)),
        paint(inbox_row(), RowState(hovered=True)),
        paint(inbox_row(), RowState(focused=True)),
        paint(inbox_row(), RowState(checked=True)),
        paint(inbox_row(), RowState(checked=False)),
        paint(None),
    ]
    for index, first in enumerate(pictures):
        assert all(first != second for second in pictures[index + 1 :])


def test_a_row_looks_the_same_whatever_was_painted_before(paint: Paint) -> None:
    """What rows share is painted once: it must not carry anything of the row that it was painted for."""
    selected = RowState(selected=True)
    before = [paint(inbox_row(), selected), paint(inbox_row(tags=("vip",)))]
    for number in range(400):
        paint(inbox_row(tags=(f"tag {number}",), customer_name=f"{number} Customer"))
    assert [paint(inbox_row(), selected), paint(inbox_row(tags=("vip",)))] == before


def test_a_selected_row_has_an_accent_bar_at_its_left(themes: ThemeManager, paint: Paint) -> None:
    image = paint(inbox_row(), RowState(selected=True))
    bar = [image.pixelColor(x, 40).name() for x in range(5)]
    accent, soft = themes.color(ColorRole.ACCENT).name(), themes.color(ColorRole.ACCENT_SOFT).name()
    assert bar == [accent] * 3 + [soft] * 2


def test_the_theme_reaches_rows_already_painted(themes: ThemeManager, paint: Paint) -> None:
    light = paint(inbox_row())
    themes.set_mode(ThemeMode.DARK)
    dark = paint(inbox_row())
    assert light.pixelColor(150, 2) != dark.pixelColor(150, 2)


def test_time_passing_is_painted(paint: Paint, clock: ManualClock) -> None:
    before = paint(inbox_row())
    clock.advance(timedelta(minutes=3))
    assert paint(inbox_row()) != before


@pytest.mark.parametrize("width", [40, 120, 200, 1200])
def test_hostile_and_endless_text_is_painted_as_text(paint: Paint, width: int) -> None:
    hostile = "<img src=file:///etc/hostname>\n\u202e" + "A" * 500_000
    image = paint(
        inbox_row(customer_name=hostile, subject=hostile, preview=hostile, tags=(hostile, "x")),
        width=width,
    )
    assert image.width() == width


def test_every_kind_of_channel_has_its_badge(paint: Paint) -> None:
    assert set(CHANNEL_ICONS) == set(ChannelKind)
    pictures = [paint(inbox_row(channel_kind=kind.value)) for kind in ChannelKind]
    assert all(first != second for first, second in pairwise(pictures))


def test_the_check_circle_can_be_hit(rows: InboxRowPainter) -> None:
    row = QRect(0, 300, WIDTH, rows.row_height)
    assert row.contains(rows.check_rect(row))
    assert rows.check_rect(row).width() >= 24
