"""PySide6 counts references to None correctly.

A binding that loses one with every call of a void method kills the process after some thousands of calls, on
Pythons where None can still be freed.
"""

import sys

from PySide6.QtGui import QFont, QImage, QPainter
from pytestqt.qtbot import QtBot

CALLS = 500


def test_void_calls_leave_none_alone(qtbot: QtBot) -> None:
    image = QImage(8, 8, QImage.Format.Format_ARGB32_Premultiplied)
    font = QFont()
    painter = QPainter(image)
    try:
        before = sys.getrefcount(None)
        for _ in range(CALLS):
            painter.save()
            painter.setFont(font)
            painter.restore()
        after = sys.getrefcount(None)
    finally:
        painter.end()
    assert abs(after - before) < CALLS // 10
