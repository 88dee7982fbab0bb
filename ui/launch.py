"""What the composition root gives the program: how a profile is made, opened and unlocked."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFileOpenEvent, QGuiApplication
from PySide6.QtWidgets import QApplication

from agent_desktop.context import Desk

if TYPE_CHECKING:
    from agent_desktop.services.profile_keys import ProfileKeys
    from ui.screens.connect_page import ServerLogin
    from ui.screens.first_run import NewProfile

OpenPage = Callable[[str], None]
"""Opens an address in the person's browser; may be called on any thread."""
Progress = Callable[[str], None]
"""Says how far something is; may be called on any thread."""


class Launch(NamedTuple):
    """What the composition root gives the program. The callables may take their time on another thread."""

    folder: Path
    logs: Path
    version: Callable[[], str]
    is_set_up: bool
    open_desk: Callable[[], Desk]
    set_up: "Callable[[NewProfile], None]"
    set_up_demo: Callable[[Progress], None]
    connect: "Callable[[ServerLogin, Progress, OpenPage], str]"
    """Makes a profile of a team; a sentence about it, or nothing. Errors are said in words."""
    cancel_connect: Callable[[], None] = lambda: None
    """Lets it wait for the browser no longer; may be called on any thread."""
    keys: "ProfileKeys | None" = None
    """The key of the profile, where it may have one."""


class Application(QApplication):
    """Qt's own, which also tells of links that the system hands to the program while it runs, or is starting."""

    link_opened = Signal(str)
    """A link, whatever is in it: macOS sends it here, where other systems start the program once more."""

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent):
            self.link_opened.emit(event.url().toString())
            return True
        return super().event(event)


def make_application(arguments: list[str]) -> Application:
    """Qt as this program wants it, before the first window."""
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    application = Application(arguments)
    application.setApplicationName("agent-desktop")
    application.setApplicationDisplayName("")
    application.setDesktopFileName("agent-desktop")
    return application
