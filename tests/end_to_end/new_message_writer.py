"""The program with a window, in which somebody begins a message and types one letter; then it waits to be killed."""

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest

from agent_desktop.cli.desk import open_desk
from agent_desktop.profile import Profile
from ui.launch import make_application
from ui.program import Program
from ui.theme import ThemeManager
from ui.widgets.new_message import NewMessageDialog


def main(folder: Path) -> None:
    """Say "saved" once the program says that the draft is."""
    application = make_application([])
    program = Program(application, open_desk(Profile(folder)), ThemeManager(application), lambda: "1")
    program.new_window()
    (window,) = program.windows
    window.complete()
    window.commands.action("mail.new").trigger()
    (dialog,) = window.findChildren(NewMessageDialog)

    def say() -> None:
        if dialog._kept.text() == "Draft saved":
            print("saved", flush=True)

    dialog.model.opened.connect(lambda: QTest.keyClicks(dialog.people.fields["To"].edit, "j"))
    # Later than the dialog hears of it.
    dialog.model.changed.connect(lambda: QTimer.singleShot(0, say))
    application.exec()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
