"""The running program: Qt set up, the profile opened, windows, and an orderly end."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QProgressDialog, QWidget

from agent_desktop import logs
from agent_desktop.context import Desk
from agent_desktop.domain.errors import AppError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.key_trouble import KeyProblem, KeyTrouble
from agent_desktop.services.server_account import CodeNeeded
from agent_desktop.services.settings import LOCK_AFTER, THEME, WINDOWS
from ui.app_lock import IdleLock
from ui.context import UiContext
from ui.crash import CrashReporter
from ui.garbage_collector import GarbageCollector
from ui.launch import Launch, make_application
from ui.leaving import Leaving
from ui.navigator import Navigator
from ui.prompts import Notice, Prompts, tell_without_window, waiting_window
from ui.relay import Relay
from ui.screens.main_window import TITLE, MainWindow
from ui.screens.workspace import Workspace
from ui.signals import EndSignals
from ui.single_instance import SingleInstance, linked_number
from ui.tasks import Problem, Tasks, sentence_of
from ui.theme import ThemeManager, ThemeMode
from ui.viewmodels.draft_book import DraftBook
from ui.viewmodels.draft_sharer import DraftSharer
from ui.viewmodels.due_warnings import DueWarning, DueWarnings

if TYPE_CHECKING:
    from agent_desktop.services.profile_keys import ProfileKeys
    from ui.screens.connect_page import ServerLogin
    from ui.screens.first_run import FirstRun, NewProfile
    from ui.unlocking import Unlocking


_OPENING = "Opening your profile"
_PATIENCE = 400
"""Milliseconds after which a profile that is still not open is spoken of."""
_SCALES = (80, 90, 100, 110, 125, 150, 175, 200)
_SCALE = "text_scale"


class Program(QObject):
    """One open profile with its windows. All windows share desk, tasks, theme and what is being written."""

    failed = Signal(object)
    """The profile cannot be worked with after all: the `Problem` says why."""

    def __init__(
        self, application: QApplication, desk: Desk, theme: ThemeManager, version: Callable[[], str]
    ) -> None:
        super().__init__()
        self._application = application
        self._desk = desk
        self._theme = theme
        self._version = version
        self._windows: list[MainWindow] = []
        self._tasks = Tasks(self)
        self._changes, self._sync, self._draft_changes = Relay(self), Relay(self), Relay(self)
        self._settings, self._presence = Relay(self), Relay(self)
        self._drafts = DraftBook(desk.drafts, self._tasks, desk.clock, self)
        self._sharer = DraftSharer(desk, self._tasks, self._draft_changes, self)
        self._due = DueWarnings(desk, self._tasks, self._changes, self)
        self._due.warned.connect(self._say_due)
        self._leaving = Leaving(self._drafts, self._tasks)
        self._wiped = Relay(self)
        self._wiped.received.connect(lambda _: self.failed.emit(KeyProblem(KeyTrouble.WIPED)))
        desk.on_wiped(lambda: self._wiped.send(()))
        self._unsubscribe = desk.changes.subscribe(self._changes.send)
        desk.drafts.subscribe(self._draft_changes.send)
        desk.settings.subscribe(self._settings.send)
        self._lock = IdleLock(application, desk, self._tasks, theme, self)
        self._begun = self._started = self._closing = False
        self._settings.received.connect(self._on_setting)
        self._tasks.problem.connect(self._say_problem)
        remembered = desk.settings.get(WINDOWS)
        self._remembered = dict(remembered)
        self._on_setting(THEME.name)
        scale = self._remembered.get(_SCALE)
        theme.set_text_scale(scale if scale in _SCALES else 100)

    @property
    def windows(self) -> tuple[MainWindow, ...]:
        """The windows that are open."""
        return tuple(self._windows)

    @property
    def idle(self) -> bool:
        """Whether all windows are made, and nothing is being read or written."""
        return self._tasks.idle and all(window.is_whole for window in self._windows)

    def new_window(self, single: Id | None = None) -> None:
        """Open a window, perhaps for one conversation alone."""
        window = MainWindow(self._make_context, self, single)
        window.destroyed.connect(lambda: self._forget(window))
        window.rest_made.connect(lambda: self._start_exchange(window))
        self._windows.append(window)
        window.show()
        window.activateWindow()

    def lock(self) -> None:
        """Hide all windows until somebody has proved who they are."""
        self._lock.lock()

    def quit(self) -> None:
        """Close all windows; the last one ends the program."""
        self._application.closeAllWindows()

    def activate(self, link: str = "") -> None:
        """Come to the front; with a link, show what it leads to. A link never does anything else."""
        window = self._front()
        if window is None or self._lock.activate():
            return
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.raise_()
        window.activateWindow()
        number = linked_number(link)
        if number is not None:
            find = self._desk.inbox.by_number
            self._tasks.read(lambda: find(number), lambda found: self._show_linked(number, found))

    def may_close(self, window: QWidget, prompts: Prompts) -> bool:
        """Whether a window may close: the last one only when what was written is on the disk, or given up."""
        if any(other.isVisible() for other in self._windows if other is not window):
            return True
        return self._leaving.may_close(prompts, lambda: QTimer.singleShot(0, window, window.close))

    def scale_text(self, step: int) -> None:
        """Make all text larger (1), smaller (-1) or as the system has it (0)."""
        current = self._remembered.get(_SCALE, 100)
        at = _SCALES.index(current) if current in _SCALES else _SCALES.index(100)
        scale = _SCALES[max(0, min(at + step, len(_SCALES) - 1))] if step else 100
        self._theme.set_text_scale(scale)
        self._keep(_SCALE, scale)

    def remembered(self, name: str) -> dict[str, object]:
        """What a window of this name noted about itself."""
        noted = self._remembered.get(name)
        return dict(noted) if isinstance(noted, dict) else {}

    def remember(self, name: str, what: dict[str, object]) -> None:
        """Note something for the next window of this name."""
        self._keep(name, what)

    def about(self) -> Notice:
        """What this program is, and what of it matters to whoever helps with it."""
        return Notice(
            title=f"About {TITLE}",
            text=f"{TITLE} {self._version()}\n\nA workstation for customer service that works offline and syncs.",
            details=f"Profile: {self._desk.profile.folder}\nPython {sys.version.split()[0]}",
        )

    def close(self) -> None:
        """End in order: drafts to disk, writes finished, nothing listens, files closed."""
        self._closing = True
        for window in self._windows:
            if Workspace.conversation.is_made(window.workspace):
                window.workspace.conversation.composer_model.flush()
        self._drafts.flush()
        self._sharer.share()
        self._due.close()
        self._unsubscribe()
        for relay in (
            self._changes,
            self._sync,
            self._draft_changes,
            self._settings,
            self._presence,
            self._wiped,
        ):
            relay.close()
        self._tasks.close()
        self._desk.close()

    def _make_context(self, prompts: Prompts, navigator: Navigator) -> UiContext:
        return UiContext(
            desk=self._desk,
            tasks=self._tasks,
            changes=self._changes,
            sync_changes=self._sync,
            draft_changes=self._draft_changes,
            presence_changes=self._presence,
            drafts=self._drafts,
            sharer=self._sharer,
            theme=self._theme,
            prompts=prompts,
            navigator=navigator,
        )

    def _start_exchange(self, window: MainWindow) -> None:
        """All of a window is there: begin to talk to the server, if that was not done for another window."""
        if self._started:
            window.follow_sync()
        elif not self._begun:
            self._begun = True
            self._tasks.read(self._desk.start, lambda _: self._on_started(), self.failed.emit)

    def _on_started(self) -> None:
        self._started = True
        self._desk.sync.subscribe(self._sync.send)
        self._desk.presence.subscribe(self._presence.send)
        self._presence.send(())
        self._sharer.begin()
        seal = self._desk.seal_files
        self._tasks.read(lambda: seal(lambda: not self._closing), lambda _: None)
        for window in self._windows:
            window.follow_sync()

    def _keep(self, name: str, value: object) -> None:
        self._remembered[name] = value
        remembered, settings = dict(self._remembered), self._desk.settings
        self._tasks.write(lambda: settings.set(WINDOWS, remembered))

    def _front(self) -> MainWindow | None:
        active = self._application.activeWindow()
        if isinstance(active, MainWindow):
            return active
        return self._windows[-1] if self._windows else None

    def _forget(self, window: MainWindow) -> None:
        if window in self._windows:
            self._windows.remove(window)

    def _on_setting(self, name: str) -> None:
        if name == LOCK_AFTER.name:
            self._lock.follow_setting()
        if name == THEME.name:
            self._theme.set_mode(ThemeMode(self._desk.settings.get(THEME)))

    def _say_due(self, warning: DueWarning) -> None:
        window = self._front()
        if window is not None:
            window.warn(warning)

    def _say_problem(self, problem: Problem) -> None:
        window = self._front()
        if window is not None:
            window.say_problem(problem)

    def _show_linked(self, number: int, found: Id | None) -> None:
        window = self._front()
        if window is None:
            return
        if found is None:
            window.notify(f"Conversation #{number} is not on this device.")
        else:
            window.open_conversation(found)


class Start(QObject):
    """The way from nothing to the first window.

    A profile is opened on another thread: it may have to be migrated or mended. `opened` carries the `Program`.
    """

    opened = Signal(object)
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
        self._link = link
        self._theme = ThemeManager(application, parent=self)
        self._program: Program | None = None
        self._first_run: FirstRun | None = None
        self._waiting: QProgressDialog | None = None
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
        instance.activated.connect(self._activate)

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

    def tell(self, notice: Notice) -> None:
        """Show something in the window that is in front."""
        if self._program is not None and self._program.windows:
            self._program.windows[-1].context.prompts.tell(notice)

    def close(self) -> None:
        """End what was begun."""
        self._launch.cancel_connect()
        self._progress.close()
        self._pages.close()
        self._tasks.close()
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
        QTimer.singleShot(_PATIENCE, self, self._say_what_is_waited_for)

    def _say_what_is_waited_for(self) -> None:
        """Opening takes long: show that something is going on."""
        shown = (self._program, self._first_run, self._refusal, self._unlocking, self._waiting)
        if all(each is None for each in shown):
            self._waiting = waiting_window(TITLE, f"{_OPENING}. This takes longer after an update.")
            self._waiting.show()

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

            self._unlocking = Unlocking(keys, self._theme, self._tasks, self._open, self._begin_anew, self)
        self._drop_waiting()
        if self._first_run is not None:
            self._first_run.hide()
        self._unlocking.ask(trouble)

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
            self._waiting.deleteLater()
            self._waiting = None

    def _show(self, desk: Desk) -> None:
        program = self._program = Program(self._application, desk, self._theme, self._launch.version)
        program.failed.connect(self._refuse)
        program.new_window()
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
        if self._waiting is not None:
            self._waiting.hide()

    def _activate(self, link: str) -> None:
        if self._program is not None:
            self._program.activate(link)
        elif self._first_run is not None:
            self._first_run.raise_()
            self._first_run.activateWindow()


def run_application(launch: Launch, link: str = "") -> int:
    """Run until the last window is closed; the exit code. A second start of a profile only hands its link over."""
    application = make_application(sys.argv[:1])
    instance = SingleInstance(launch.folder)
    if instance.hand_over(link):
        return 0
    instance.listen()
    collector = GarbageCollector()
    start = Start(application, launch, instance, link)
    crashes = CrashReporter(start.tell)
    crashes.install(launch.logs)
    signals = EndSignals(application.quit)
    try:
        with logs.kept_in(launch.logs):
            start.begin()
            code = application.exec()
    finally:
        signals.close()
        instance.close()
        start.close()
        crashes.uninstall()
        collector.deleteLater()
    return 1 if start.failed else code
