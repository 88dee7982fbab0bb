"""One open profile with its windows, and an orderly end."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from agent_desktop.context import Desk
from agent_desktop.domain.ids import Id
from agent_desktop.domain.key_trouble import KeyProblem, KeyTrouble
from agent_desktop.services.settings import LOCK_AFTER, THEME, WINDOWS
from ui.app_lock import IdleLock
from ui.context import UiContext
from ui.leaving import Leaving
from ui.navigator import Navigator
from ui.pictures import PictureReader
from ui.prompts import Notice, Prompts
from ui.relay import Relay
from ui.screens.main_window import TITLE, MainWindow
from ui.screens.workspace import Workspace
from ui.single_instance import linked_number
from ui.tasks import Problem, Tasks
from ui.theme import ThemeManager, ThemeMode
from ui.viewmodels.draft_book import DraftBook
from ui.viewmodels.draft_sharer import DraftSharer
from ui.viewmodels.due_warnings import DueWarning, DueWarnings

if TYPE_CHECKING:
    pass


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
        self._pictures = PictureReader()
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
        self._pictures.close()
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
            pictures=self._pictures,
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
