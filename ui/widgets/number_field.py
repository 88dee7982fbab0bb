"""Fields for numbers that stand in rows with fields for text: as high, and their text as far from the frame."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox, QWidget

_INSET = 9
"""Pixels before the text: Qt pays no heed to the left padding that a style sheet gives a spin box."""


class NumberField(QSpinBox):
    """A whole number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _begin_like_text(self)


class DecimalField(QDoubleSpinBox):
    """A number with decimals."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _begin_like_text(self)


def _begin_like_text(field: QAbstractSpinBox) -> None:
    field.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    field.lineEdit().setTextMargins(_INSET, 0, 0, 0)
