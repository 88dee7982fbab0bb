"""Which widgets take what is typed, so that keys of commands stay out of their way."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit


def is_text_field(focused: QObject) -> bool:
    """Whether typing into this object with the keyboard changes a text."""
    if isinstance(focused, QLineEdit | QTextEdit | QPlainTextEdit | QAbstractSpinBox):
        return not focused.isReadOnly()
    return isinstance(focused, QComboBox) and focused.isEditable()
