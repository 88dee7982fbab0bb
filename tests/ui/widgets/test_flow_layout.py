"""Chips flow like words, around what stands in the corner."""

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ui.widgets.flow_layout import FlowLayout


@pytest.fixture
def paragraph(qtbot: QtBot) -> QWidget:
    """Three words of 40 by 20 and 10 between them."""
    widget = QWidget()
    qtbot.addWidget(widget)
    flow = FlowLayout(widget, 10)
    for _ in range(3):
        word = QWidget(widget)
        word.setFixedSize(40, 20)
        flow.addWidget(word)
    corner = QWidget(widget)
    corner.setObjectName("corner")
    corner.setFixedSize(50, 20)
    flow.set_corner(corner)
    return widget


def places(widget: QWidget, width: int) -> list[tuple[int, int]]:
    layout = widget.layout()
    assert layout is not None
    widget.resize(width, layout.heightForWidth(width))
    widget.show()
    return [(child.x(), child.y()) for child in widget.findChildren(QWidget) if child.isVisible()]


def test_what_stands_in_the_corner_takes_room_from_the_first_line_only(paragraph: QWidget) -> None:
    assert places(paragraph, 160) == [(0, 0), (50, 0), (0, 30), (110, 0)]
    assert places(paragraph, 300) == [(0, 0), (50, 0), (100, 0), (250, 0)]


def test_an_empty_corner_takes_no_room(paragraph: QWidget) -> None:
    corner = paragraph.findChild(QWidget, "corner")
    assert isinstance(corner, QWidget)
    corner.hide()
    assert places(paragraph, 160) == [(0, 0), (50, 0), (100, 0)]
