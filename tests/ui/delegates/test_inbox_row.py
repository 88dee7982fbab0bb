"""The painter of inbox rows: one height, plain text, states that can be told apart."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.inbox_rows import InboxRow
from tests.ui.inbox_row_factory import NOW, inbox_row
from ui.delegates.inbox_row import InboxRowDelegate
from ui.models.channel_icons import CHANNEL_ICONS
from ui.theme import ThemeManager, ThemeMode
from ui.tokens import ColorRole

WIDTH = 318

Paint = Callable[..., QImage]


class OneRow(QAbstractListModel):
    """A model of one row, which may be in bulk selection."""

    def __init__(self) -> None:
        super().__init__()
        self.row: InboxRow | None = None
        self.check: Qt.CheckState | None = None

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 1

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> object:
        return None

    def look_at(self, position: int) -> InboxRow | None:
        return self.row

    def check_state(self, position: int) -> Qt.CheckState | None:
        return self.check


@pytest.fixture
def model() -> OneRow:
    return OneRow()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def delegate(themes: ThemeManager, model: OneRow, clock: ManualClock) -> InboxRowDelegate:
    return InboxRowDelegate(themes, clock, model)


@pytest.fixture
def paint(delegate: InboxRowDelegate, model: OneRow) -> Paint:
    def render(
        row: InboxRow | None,
        state: QStyle.StateFlag = QStyle.StateFlag.State_Enabled,
        check: Qt.CheckState | None = None,
        width: int = WIDTH,
    ) -> QImage:
        model.row, model.check = row, check
        image = QImage(width, delegate.row_height, QImage.Format.Format_ARGB32)
        image.fill(QColor("magenta"))
        option = QStyleOptionViewItem()
        option.rect = QRect(0, 0, width, delegate.row_height)
        option.state = state
        painter = QPainter(image)
        delegate.paint(painter, option, model.index(0, 0))
        painter.end()
        return image

    return render


def test_every_row_has_the_same_height_and_it_grows_with_the_text(
    themes: ThemeManager, delegate: InboxRowDelegate, model: OneRow
) -> None:
    option = QStyleOptionViewItem()
    before = delegate.row_height
    assert delegate.sizeHint(option, model.index(0, 0)).height() == before
    themes.set_text_scale(150)
    assert delegate.row_height > before * 1.2


def test_the_whole_row_is_painted(paint: Paint) -> None:
    for row in (inbox_row(), None):
        image = paint(row)
        corners = [(0, 0), (WIDTH - 1, 0), (0, image.height() - 1), (WIDTH - 1, image.height() - 1)]
        assert all(image.pixelColor(x, y) != QColor("magenta") for x, y in corners)


def test_every_state_looks_different(paint: Paint) -> None:
    flag = QStyle.StateFlag
    on = flag.State_Enabled
    pictures = [
        paint(inbox_row()),
        paint(inbox_row(unread=False)),
        paint(inbox_row(), on | flag.State_Selected),
        paint(inbox_row(), on | flag.State_MouseOver),
        paint(inbox_row(), on | flag.State_HasFocus),
        paint(inbox_row(), on, Qt.CheckState.Checked),
        paint(inbox_row(), on, Qt.CheckState.Unchecked),
        paint(None),
    ]
    for index, first in enumerate(pictures):
        assert all(first != second for second in pictures[index + 1 :])


def test_a_selected_row_has_an_accent_bar_at_its_left(themes: ThemeManager, paint: Paint) -> None:
    image = paint(inbox_row(), QStyle.StateFlag.State_Selected)
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


def test_the_check_circle_can_be_hit(delegate: InboxRowDelegate) -> None:
    row = QRect(0, 300, WIDTH, delegate.row_height)
    assert row.contains(delegate.check_rect(row))
    assert delegate.check_rect(row).width() >= 24
