"""Labels above fields, tied to each other for screen readers and mnemonics."""

from PySide6.QtWidgets import QAbstractSpinBox, QVBoxLayout, QWidget

from ui.fonts import FontRole
from ui.tokens import ColorRole
from ui.widgets.safe_text import SafeLabel


def labelled(label: str, field: QWidget) -> QVBoxLayout:
    """A field under its label."""
    words = SafeLabel(label, FontRole.SECONDARY, ColorRole.TEXT_2, parent=field.parentWidget())
    words.setBuddy(field)
    name_field(field, label)
    layout = QVBoxLayout()
    layout.setSpacing(3)
    layout.addWidget(words)
    layout.addWidget(field)
    return layout


class Labelled(QWidget):
    """A field under its label that comes and goes with it."""

    def __init__(self, label: str, field: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        field.setParent(self)
        layout = labelled(label, field)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)


def name_field(field: QWidget, name: str) -> None:
    """Have screen readers call a field so; the line within one for numbers is what they come to."""
    field.setAccessibleName(name)
    if isinstance(field, QAbstractSpinBox):
        field.lineEdit().setAccessibleName(name)
