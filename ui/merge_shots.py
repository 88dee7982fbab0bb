"""What is done in a window for the pictures of merged conversations: see `ui.shots`."""

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.merging import MergeConversations, RestoreSuggestion
from agent_desktop.domain.records import Record
from agent_desktop.services.conversation import Related
from ui.screens.main_window import MainWindow
from ui.widgets.conversation_merge import KeepOneDialog
from ui.widgets.picker import Picker

_PATIENCE = 2_000
"""Milliseconds."""


def suggestion(window: MainWindow) -> None:
    """The open conversation may belong to another one of somebody else."""
    here, others = _here(window), _others(window)
    if here is not None and others:
        _do(window, RestoreSuggestion(conversation_id=here, suggested_id=others[0].id))


def merged(window: MainWindow) -> None:
    """The open conversation was made of several."""
    here, others = _here(window), _others(window)
    if here is not None and others:
        _do(window, MergeConversations(conversation_id=others[0].id, into_id=here))


def picker(window: MainWindow) -> QWidget | None:
    """Somebody looks for what the open conversation belongs to."""
    window.commands.action("conversation.merge").trigger()
    found = QApplication.activePopupWidget()
    if isinstance(found, Picker):
        found.field.setText("order")
        _wait(_PATIENCE // 4)
    return found


def keep_one(window: MainWindow) -> QWidget | None:
    """Somebody decides which of two goes on."""
    here, others = _here(window), _others(window)
    if here is None or not others:
        return None
    merging, shown = window.workspace.conversation.merging, QEventLoop()
    dialogs: list[QWidget] = []

    def show(found: tuple[Related, ...]) -> None:
        dialog = KeepOneDialog(window.context.theme, found, merging.merge, window)
        dialog.open()
        dialogs.append(dialog)
        shown.quit()

    merging.related((here, others[0].id), show)
    QTimer.singleShot(_PATIENCE, shown.quit)
    shown.exec()
    return dialogs[0] if dialogs else None


def _here(window: MainWindow) -> Id | None:
    return window.workspace.inbox.open_id


def _others(window: MainWindow) -> tuple[Related, ...]:
    desk, here = window.context.desk, _here(window)
    if here is None:
        return ()
    hits = desk.search.search("refund", 20).hits
    return desk.conversations.related(here, [hit.conversation_id for hit in hits])


def _do(window: MainWindow, payload: Record) -> None:
    window.context.tasks.write(lambda: window.context.desk.apply(payload))


def _wait(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
