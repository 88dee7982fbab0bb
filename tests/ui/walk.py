"""What every screen must keep: names for what takes the keyboard, and customer text that stays plain."""

from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QComboBox, QLabel, QLineEdit, QWidget

HOSTILE = '<img src="file:///etc/passwd"><b>Eve</b>\u202e\n<script>alert(1)</script>'
"""A name that would do harm wherever it is taken for markup."""


def visible(root: QWidget) -> Iterator[QWidget]:
    """Everything that is shown below `root`."""
    QCoreApplication.sendPostedEvents()  # what was just added to a layout is shown by an event
    for widget in root.findChildren(QWidget):
        if widget.isVisibleTo(root):
            yield widget


def unnamed(root: QWidget) -> list[str]:
    """What takes the keyboard and would be silent to somebody who cannot see it."""
    silent = []
    for widget in visible(root):
        takes_keys = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        inner = isinstance(widget.parentWidget(), QComboBox | QAbstractScrollArea)
        if not takes_keys or inner or widget.accessibleName():
            continue
        if isinstance(widget, QAbstractButton) and widget.text():
            continue
        silent.append(f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}")
    return silent


def not_plain(root: QWidget) -> list[str]:
    """Labels that would take what they show for markup."""
    return [
        label.text()
        for label in root.findChildren(QLabel)
        if label.text() and label.textFormat() is not Qt.TextFormat.PlainText
    ]


def texts(root: QWidget) -> list[str]:
    """What the labels, buttons and fields that are shown say."""
    speaking = QLabel | QAbstractButton | QLineEdit
    return [widget.text() for widget in visible(root) if isinstance(widget, speaking)]
