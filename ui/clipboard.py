"""Secrets on the clipboard: marked, so that histories and clouds of clipboards leave them out."""

from typing import Final

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

_NO: Final = bytes(4)
"""The number nought, as Windows reads it."""
CONCEALED: Final = {
    # KDE, and managers of clipboards that follow it
    "x-kde-passwordManagerHint": b"secret",
    # Windows
    'application/x-qt-windows-mime;value="ExcludeClipboardContentFromMonitorProcessing"': _NO,
    'application/x-qt-windows-mime;value="CanIncludeInClipboardHistory"': _NO,
    'application/x-qt-windows-mime;value="CanUploadToCloudClipboard"': _NO,
}


def copy_secret(text: str) -> None:
    """Put a text on the clipboard that opens something to whoever reads it."""
    data = QMimeData()
    data.setText(text)
    for name, value in CONCEALED.items():
        data.setData(name, value)
    QGuiApplication.clipboard().setMimeData(data)
