"""The shadow lies all around a box, darkest beside it, in the colour it was asked for."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from ui.shadow import SoftShadow

REACH = 24


@pytest.mark.parametrize("box", [QRect(60, 60, 300, 200), QRect(60, 60, 90, 40)])
def test_it_fades_to_all_sides(qtbot: QtBot, box: QRect) -> None:
    image = QImage(420, 320, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    SoftShadow(QColor(30, 40, 50), 0.35, 12, REACH).paint(painter, box)
    painter.end()
    center = box.center()
    for x, y, dx, dy in (
        (box.left(), center.y(), -1, 0),
        (box.right(), center.y(), 1, 0),
        (center.x(), box.top(), 0, -1),
        (center.x(), box.bottom(), 0, 1),
    ):
        outward = [image.pixelColor(x + dx * far, y + dy * far).alpha() for far in range(REACH + 4)]
        assert all(nearer >= farther for nearer, farther in pairwise(outward))
        assert outward[0] > 20
        assert outward[-1] == 0
    beside = image.pixelColor(box.left() - 2, center.y())
    assert abs(beside.red() - 30) < 12
    assert abs(beside.blue() - 50) < 12
