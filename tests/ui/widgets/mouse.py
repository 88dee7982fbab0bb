"""Drags the mouse in tests, also to places outside of the window."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

_LEFT, _NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def drag(
    widget: QWidget,
    start: QPoint,
    *stops: QPoint,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Press the left button at `start`, go by the stops, and let go at the last."""
    steps = [(QEvent.Type.MouseButtonPress, start, _LEFT, _LEFT)]
    steps += [(QEvent.Type.MouseMove, stop, _NONE, _LEFT) for stop in stops]
    steps.append((QEvent.Type.MouseButtonRelease, stops[-1], _LEFT, _NONE))
    for kind, where, button, buttons in steps:
        event = QMouseEvent(
            kind, QPointF(where), QPointF(widget.mapToGlobal(where)), button, buttons, modifiers
        )
        QApplication.sendEvent(widget, event)
