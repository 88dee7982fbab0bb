"""Starts the program with a profile and prints which modules were loaded when its list was painted."""

import sys
from pathlib import Path

from agent_desktop.cli.open_command import launch_of
from agent_desktop.profile import Profile
from ui.application import Program, Start, make_application
from ui.single_instance import SingleInstance
from ui.slices import FirstPaint


def main(folder: Path) -> None:
    """Show the window of the profile in the folder."""
    application = make_application(sys.argv[:1])
    instance = SingleInstance(folder)
    start = Start(application, launch_of(Profile(folder)), instance, "")

    def tell() -> None:
        print("\n".join(sorted(sys.modules)), flush=True)
        application.quit()

    def watch(program: Program) -> None:
        workspace = program.windows[0].workspace
        # Filters see events in the order from the last to the first: this one before the window's own.
        FirstPaint(workspace.list.list.viewport(), lambda: bool(workspace.inbox.model.rowCount()), tell)

    start.opened.connect(watch)
    start.begin()
    application.exec()
    start.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
