"""A window in a process of its own, to measure start and memory.

`python -m agent_desktop.cli.bench.child MILLISECONDS [FOLDER]` says "painted" when something is to be seen, "usable"
once a conversation can be opened and answered, and so many milliseconds after the first how much memory it takes.
Without a folder it is a window of Qt with nothing in it; with one, the program with the first rows of its list.
Everything is loaded in the order in which the program loads it: imports are slower once Qt is there.
"""

import gc
import sys
from pathlib import Path


def _bare(settles_in: int) -> None:
    from PySide6.QtWidgets import QApplication, QMainWindow

    from agent_desktop.cli.bench.paint_watch import PaintWatch

    application = QApplication(sys.argv[:1])
    window = QMainWindow()
    window.resize(1440, 900)
    PaintWatch((window,), application, settles_in)
    window.show()
    application.exec()


def _program(folder: Path, settles_in: int) -> None:
    from agent_desktop.__main__ import OPEN, parser

    gc.disable()
    parser([OPEN])
    from agent_desktop.cli.open_command import launch_of
    from agent_desktop.profile import Profile
    from ui.application import Start
    from ui.garbage_collector import GarbageCollector
    from ui.launch import make_application
    from ui.program import Program
    from ui.single_instance import SingleInstance

    application = make_application(sys.argv[:1])
    instance = SingleInstance(folder)
    instance.hand_over("")
    collector = GarbageCollector()
    start = Start(application, launch_of(Profile(folder)), instance, "")
    start.shown.connect(instance.listen)

    def watch(program: Program) -> None:
        # The program does not need this one.
        from agent_desktop.cli.bench.paint_watch import USABLE, PaintWatch

        program.windows[0].rest_made.connect(lambda: print(USABLE, flush=True))
        workspace = program.windows[0].workspace

        class _ListWatch(PaintWatch):
            def has_content(self) -> bool:
                model = workspace.inbox.model
                return not workspace.inbox.loading and (model.row_at(0) is not None or not model.rowCount())

        # The list, or what stands in its place where the view is empty.
        _ListWatch((workspace.list.list.viewport(), workspace.list), application, settles_in)

    start.opened.connect(watch)
    start.refused.connect(lambda sentence: (print(sentence, file=sys.stderr), application.quit()))
    start.begin()
    application.exec()
    collector.deleteLater()
    instance.close()
    start.close()


if __name__ == "__main__":
    milliseconds = int(sys.argv[1])
    if len(sys.argv) > 2:
        _program(Path(sys.argv[2]), milliseconds)
    else:
        _bare(milliseconds)
