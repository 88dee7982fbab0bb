"""Starts the program with a profile and prints which modules were loaded when its list was painted.

With `whole` behind the folder: when all of the window was there and the embedded server had answered.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from agent_desktop.cli.open_command import launch_of
from agent_desktop.context import Desk
from agent_desktop.profile import Profile
from agent_desktop.services.sync_status import SyncState
from ui.application import Start
from ui.launch import make_application
from ui.program import Program
from ui.single_instance import SingleInstance


class Watcher(QObject):
    """Looks at the modules while the list is painted. A filter sees events before those installed earlier do."""

    def __init__(self, rows: Callable[[], int], application: QApplication) -> None:
        super().__init__(application)
        self._rows = rows
        self._application = application

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and self._rows():
            print("\n".join(sorted(sys.modules)), flush=True)
            watched.removeEventFilter(self)
            self._application.quit()
        return False


def print_when_whole(program: Program, desk: Desk, application: QApplication) -> None:
    """Wait until nothing is left to do, and the server has answered."""
    timer = QTimer(application)

    def look() -> None:
        if program.idle and desk.sync.status.state is SyncState.IN_SYNC:
            timer.stop()
            print("\n".join(sorted(sys.modules)), flush=True)
            program.quit()

    timer.timeout.connect(look)
    timer.start(20)


def main(folder: Path, whole: bool) -> None:
    """Show the window of the profile in the folder."""
    desks: list[Desk] = []
    application = make_application(sys.argv[:1])
    instance = SingleInstance(folder)
    start = Start(application, launch_of(Profile(folder), opened=desks.append), instance, "")

    def watch(program: Program) -> None:
        if whole:
            print_when_whole(program, desks[0], application)
            return
        workspace = program.windows[0].workspace
        watcher = Watcher(workspace.inbox.model.rowCount, application)
        workspace.list.list.viewport().installEventFilter(watcher)

    start.opened.connect(watch)
    start.begin()
    application.exec()
    start.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), "whole" in sys.argv[2:])
