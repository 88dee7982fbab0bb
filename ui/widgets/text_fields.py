"""Which widgets take what is typed, so that keys of commands stay out of their way."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

_FOR_WRITING = "forWriting"


def keep_for_writing(field: QWidget) -> None:
    """A field that is closed only now and then: what is typed meanwhile is lost, but is never taken for commands."""
    field.setProperty(_FOR_WRITING, True)


def is_text_field(focused: QObject) -> bool:
    """Whether typing into this object with the keyboard changes a text."""
    if isinstance(focused, QLineEdit | QTextEdit | QPlainTextEdit | QAbstractSpinBox):
        return not focused.isReadOnly() or bool(focused.property(_FOR_WRITING))
    return isinstance(focused, QComboBox) and focused.isEditable()
