"""What is done in a window for the picture of a formatted mail: see `ui.shots`."""

from PySide6.QtCore import QEventLoop, QTimer

from ui.screens.main_window import MainWindow
from ui.widgets.message_bubble import MessageView

WANTED = "delivery exception notice"
"""What to search for to find a mail with formatting, pictures on the internet and files."""
_OPEN_MILLISECONDS, _LOAD_MILLISECONDS = 600, 1_500
"""Until the conversation is there, and until its mail is cleaned and its pictures are decoded."""


def automatic(window: MainWindow) -> None:
    """A conversation that ends with the answer of a program."""
    hits = window.context.desk.search.search("thank inês handover").hits
    if hits:
        window.open_conversation(hits[0].conversation_id)


def formatted(window: MainWindow) -> None:
    """Open the conversation, and show its mail with formatting."""
    hits = window.context.desk.search.search(WANTED).hits
    if not hits:
        return
    window.open_conversation(hits[0].conversation_id)
    timeline = window.workspace.conversation.timeline

    def show() -> None:
        for entry in timeline.entries():
            bubble = timeline.bubble(entry.key) if entry.html_blob is not None else None
            if bubble is not None and not bubble.is_formatted:
                bubble.view_requested.emit(entry.key, MessageView.FORMATTED)

    QTimer.singleShot(_OPEN_MILLISECONDS, show)
    loop = QEventLoop()
    QTimer.singleShot(_LOAD_MILLISECONDS, loop.quit)
    loop.exec()
