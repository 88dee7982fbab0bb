"""Locks all windows after some time without a key or the mouse, or when somebody asks for it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from agent_desktop.context import Desk
from agent_desktop.services.settings import LOCK_AFTER
from ui.tasks import Problem, Tasks, sentence_of
from ui.theme import ThemeManager

if TYPE_CHECKING:
    from ui.screens.lock_window import LockWindow

_MINUTE = 60_000
_DOINGS = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
    }
)


class IdleLock(QObject):
    """Hides the windows of a program, with their dialogs, and shows one window in their place."""

    def __init__(
        self,
        application: QApplication,
        desk: Desk,
        tasks: Tasks,
        themes: ThemeManager,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks
        self._themes = themes
        self._hidden: list[QWidget] = []
        self.window: LockWindow | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.lock)
        self._application = application
        self.follow_setting()

    @property
    def is_locked(self) -> bool:
        """Whether nothing is shown."""
        return self.window is not None

    def follow_setting(self) -> None:
        """Wait for as long as the setting says."""
        minutes = self._desk.settings.get(LOCK_AFTER)
        self._timer.setInterval(max(1, minutes) * _MINUTE)
        # Who does not want it pays nothing for it: a filter is asked about every event there is.
        self._application.removeEventFilter(self)
        self._timer.stop()
        if minutes and not self.is_locked:
            self._application.installEventFilter(self)
            self._timer.start()

    def lock(self) -> None:
        """Show nothing until somebody has proved who they are."""
        if self.is_locked:
            return
        # Few ever lock, and none before the first list is there.
        from ui.screens.lock_window import LockWindow

        self._timer.stop()
        window = self.window = LockWindow(self._themes, self._desk.app_lock.asks_for)
        window.unlock_wanted.connect(self._unlock)
        shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
        front = QApplication.activeWindow()
        if front is not None:
            window.setGeometry(front.geometry())
        window.show()
        self._hidden = [widget for widget in shown if widget is not window]
        for widget in self._hidden:
            widget.hide()
        QApplication.clipboard().clear()
        window.activateWindow()

    def activate(self) -> bool:
        """Come to the front in place of the windows, where it is locked."""
        if self.window is None:
            return False
        self.window.showNormal()
        self.window.raise_()
        self.window.activateWindow()
        return True

    def _unlock(self, typed: str) -> None:
        unlock = self._desk.app_lock.unlock
        self._tasks.read(lambda: unlock(typed), lambda _: self._unlocked(), self._refused)

    def _unlocked(self) -> None:
        window, self.window = self.window, None
        hidden, self._hidden = self._hidden, []
        for widget in hidden:
            widget.show()
        if window is not None:
            window.hide()
            window.deleteLater()
        self.follow_setting()

    def _refused(self, problem: Problem) -> None:
        if self.window is not None:
            self.window.say(sentence_of(problem))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._timer.isActive() and event.type() in _DOINGS:
            self._timer.start()
        return False
