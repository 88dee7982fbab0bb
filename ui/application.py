"""The way to a running program: Qt set up, the profile opened, and the first window."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QProgressDialog, QWidget

from agent_desktop import logs
from agent_desktop.context import Desk
from agent_desktop.domain.errors import AppError, InUse
from agent_desktop.domain.key_trouble import KeyProblem, KeyTrouble
from agent_desktop.services.server_account import CodeNeeded
from ui.crash import CrashReporter
from ui.garbage_collector import GarbageCollector
from ui.launch import Launch, make_application
from ui.program import Program
from ui.prompts import Notice, tell_without_window, waiting_window
from ui.relay import Relay
from ui.screens.main_window import TITLE
from ui.signals import EndSignals
from ui.single_instance import SingleInstance
from ui.tasks import Problem, Tasks, sentence_of
from ui.theme import ThemeManager

if TYPE_CHECKING:
    from agent_desktop.services.profile_keys import ProfileKeys
    from ui.screens.connect_page import ServerLogin
    from ui.screens.first_run import FirstRun, NewProfile
    from ui.unlocking import Unlocking


_OPENING = "Opening your profile"
_PATIENCE = 400
"""Milliseconds after which a profile that is still not open is spoken of."""
_TRIES, _AGAIN = 12, 300
"""How often a profile that another program has open is tried, and the milliseconds between."""


class Start(QObject):
    """The way from nothing to the first window.

    A profile is opened on another thread: it may have to be migrated or mended. `opened` carries the `Program`.
    """

    opened = Signal(object)
    shown = Signal()
    """All of a window is there: what it did not have to wait for can be done. May come more than once."""
    handed_over = Signal()
    """The program that has the profile was reached after all: this one is not needed."""
    refused = Signal(str)
    """A profile could not be opened, and why."""

    def __init__(
        self,
        application: QApplication,
        launch: Launch,
        instance: SingleInstance,
        link: str,
        open_url: Callable[[QUrl], bool] = QDesktopServices.openUrl,
    ) -> None:
        super().__init__()
        self._application = application
        self._launch = launch
        self._instance = instance
        self._link = link
        self._tries_left = _TRIES
        self._theme = ThemeManager(application, parent=self)
        self._program: Program | None = None
        self._first_run: FirstRun | None = None
        self._waiting: QProgressDialog | None = None
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE)
        self._patience.timeout.connect(self._say_what_is_waited_for)
        self._unlocking: Unlocking | None = None
        self._refusal: QWidget | None = None
        self._tasks = Tasks(self)
        self._open_url = open_url
        self._progress, self._pages = Relay(self), Relay(self)
        self._pages.received.connect(lambda address: self._show_page(str(address)))
        self._cancelled = False
        self._progress.received.connect(lambda done: self._say_progress(str(done)))
        self._preparing = ""
        self._sentence = ""
        """What is to be said once the window is there."""
        self.failed = False
        instance.activated.connect(self.follow)

    def begin(self) -> None:
        """Open the profile, or ask how to begin when there is none."""
        if self._launch.keys is not None:
            self._launch.keys.progress = self._progress.send
        if self._launch.is_set_up:
            self._open()
        else:
            self._begin_first_run()

    def _begin_first_run(self) -> None:
        # Shown once in the life of a profile, so no other start has to load it.
        from ui.screens.first_run import FirstRun

        first_run = self._first_run = FirstRun(self._theme)
        first_run.demo_wanted.connect(self._make_demo)
        first_run.local_wanted.connect(self._make_local)
        first_run.connect_wanted.connect(self._connect)
        first_run.connect_cancelled.connect(self._cancel_connect)
        first_run.connection.waiting.open_wanted.connect(self._show_page)
        first_run.show()
        self.shown.emit()

    def tell(self, notice: Notice) -> None:
        """Show something in the window that is in front."""
        if self._program is not None and self._program.windows:
            self._program.windows[-1].context.prompts.tell(notice)

    def close(self) -> None:
        """End what was begun."""
        self._launch.cancel_connect()
        self._end_unlocking()
        self._progress.close()
        self._pages.close()
        self._tasks.close()
        self._patience.stop()
        self._drop_waiting()
        if self._program is not None:
            self._program.close()

    def _make_demo(self) -> None:
        self._prepare("Preparing the demo…", lambda: self._launch.set_up_demo(self._progress.send))

    def _make_local(self, profile: "NewProfile") -> None:
        self._prepare("Setting up…", lambda: self._launch.set_up(profile))

    def _connect(self, login: "ServerLogin") -> None:
        self._cancelled = False
        self._prepare(
            "Connecting…", lambda: self._launch.connect(login, self._progress.send, self._pages.send)
        )

    def _show_page(self, address: str) -> None:
        """A page to sign in on: the person goes on in the browser."""
        if self._first_run is not None:
            self._first_run.show_browser(address, self._open_url(QUrl(address)))

    def _cancel_connect(self) -> None:
        self._cancelled = True
        self._launch.cancel_connect()

    def _prepare(self, words: str, work: Callable[[], str | None]) -> None:
        assert self._first_run is not None
        self._preparing = words
        self._first_run.show_progress(words)
        self._tasks.write(work, self._prepared, self._show_problem)

    def _prepared(self, sentence: str | None) -> None:
        self._sentence = sentence or ""
        self._open()

    def _show_problem(self, problem: Problem) -> None:
        if self._first_run is None:
            return
        if isinstance(problem, CodeNeeded):
            self._first_run.show_code_needed(sentence_of(problem))
        else:
            self._first_run.show_problem("" if self._cancelled else sentence_of(problem))

    def _open(self) -> None:
        if self._unlocking is not None:
            self._unlocking.say(_OPENING)
        self._tasks.read(self._launch.open_desk, self._show, self._refuse)
        if not self._patience.isActive():
            self._patience.start()

    def _say_what_is_waited_for(self) -> None:
        """Opening takes long: show that something is going on."""
        shown = (self._program, self._first_run, self._refusal, self._unlocking, self._waiting)
        if all(each is None for each in shown):
            self._waiting = waiting_window(TITLE, f"{_OPENING}. This takes longer after an update.")
            self._waiting.show()
            self.shown.emit()

    def _say_progress(self, done: str) -> None:
        if self._first_run is not None:
            self._first_run.show_progress(self._preparing, done)
        elif self._unlocking is not None:
            self._unlocking.say(done)
        elif self._waiting is not None:
            self._waiting.setLabelText(f"{_OPENING}. {done} …")

    def _ask_for_key(self, keys: "ProfileKeys", trouble: KeyTrouble) -> None:
        """Without its key a profile is not opened, and nothing of it is shown or changed."""
        if self._unlocking is None:
            # Few starts need it.
            from ui.unlocking import Unlocking

            self._unlocking = Unlocking(
                keys, self._theme, self._tasks, self._open, self._begin_anew, self._open_url, self
            )
        self._drop_waiting()
        if self._first_run is not None:
            self._first_run.hide()
        self._unlocking.ask(trouble)
        self.shown.emit()

    def _end_program(self, keys: "ProfileKeys") -> None:
        """The key is gone while the profile is open: close it, and remove what is left."""
        assert self._program is not None
        program, self._program = self._program, None
        for window in program.windows:
            window.hide()
        self._application.clipboard().clear()
        program.close()
        self._tasks.write(keys.finish_wipe, lambda _: None, lambda problem: None)

    def _begin_anew(self, aside: Path) -> None:
        self._sentence = f"The profile of before is kept in {aside.name}."
        self._begin_first_run()
        self._end_unlocking()

    def _end_unlocking(self) -> None:
        if self._unlocking is not None:
            self._unlocking.end()
            self._unlocking = None

    def _drop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.hide()  # it may be a while until it is deleted
            self._waiting.deleteLater()
            self._waiting = None

    def _show(self, desk: Desk) -> None:
        program = self._program = Program(self._application, desk, self._theme, self._launch.version)
        program.failed.connect(self._refuse)
        program.new_window()
        program.windows[0].rest_made.connect(self.shown)
        self.opened.emit(program)
        self._drop_waiting()
        self._end_unlocking()
        if self._first_run is not None:
            self._first_run.close()
            self._first_run.deleteLater()
            self._first_run = None
        program.activate(self._link)
        if self._sentence:
            program.windows[0].notify(self._sentence)
        if desk.notice:
            self.tell(Notice(title="A file was damaged", text=desk.notice))

    def _refuse(self, problem: Problem) -> None:
        """Without a desk there is nothing to show but why."""
        if isinstance(problem, InUse) and self._tries_left:
            self._try_again()
            return
        keys = self._launch.keys
        if isinstance(problem, KeyProblem) and keys is not None:
            if self._program is not None:
                self._end_program(keys)
            self._ask_for_key(keys, problem.trouble)
            return
        self.failed = True
        self.refused.emit(sentence_of(problem))
        detail = problem.detail if isinstance(problem, AppError) else ""
        notice = Notice(title=TITLE, text=sentence_of(problem), details=detail)
        self._refusal = tell_without_window(notice, lambda: self._application.exit(1))
        if self._program is not None:
            for window in self._program.windows:
                window.hide()
        self._drop_waiting()

    def _try_again(self) -> None:
        """Another program has the profile: one that is starting, and is reached in a moment, or one that ends."""
        if self._instance.hand_over(self._link):
            self.handed_over.emit()
            return
        self._tries_left -= 1
        QTimer.singleShot(_AGAIN, self, self._open)

    def follow(self, link: str) -> None:
        """Come to the front and show what a link leads to; once there is a window, where there is none yet."""
        if self._program is not None:
            self._program.activate(link)
            return
        self._link = link or self._link
        if self._first_run is not None:
            self._first_run.raise_()
            self._first_run.activateWindow()


def run_application(launch: Launch, link: str = "") -> int:
    """Run until the last window is closed; the exit code. A second start of a profile only hands its link over."""
    application = make_application(sys.argv[:1])
    instance = SingleInstance(launch.folder)
    if instance.hand_over(link):
        return 0
    collector = GarbageCollector()
    start = Start(application, launch, instance, link)
    start.shown.connect(instance.listen)
    start.handed_over.connect(application.quit)
    application.link_opened.connect(start.follow)
    crashes = CrashReporter(start.tell)
    crashes.install(launch.logs)
    signals = EndSignals(application.quit)
    try:
        with logs.kept_in(launch.logs) as end_log:
            if launch.keys is not None:
                launch.keys.let_go = partial(_call, crashes.let_go, end_log)
            start.begin()
            code = application.exec()
    finally:
        signals.close()
        instance.close()
        start.close()
        crashes.uninstall()
        collector.deleteLater()
    return 1 if start.failed else code


def _call(*calls: Callable[[], None]) -> None:
    for call in calls:
        call()
