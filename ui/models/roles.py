"""The data roles that our item models answer beside Qt's own."""

from enum import IntEnum

from PySide6.QtCore import Qt


class RowRole(IntEnum):
    """`ROW` gives a delegate the whole frozen row at once, or None while its page is being read."""

    ROW = Qt.ItemDataRole.UserRole + 1
