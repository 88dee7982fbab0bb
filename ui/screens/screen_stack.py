"""The screens of a window: made when they are first shown, and how one gets from one to another."""

from collections.abc import Callable, Mapping
from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from ui.navigator import ScreenName


class Screen(Protocol):
    """What each screen but the workspace offers."""

    def activate(self) -> None:
        """Take the keyboard."""
        ...


MakeScreen = Callable[[], QWidget]


class ScreenStack(QStackedWidget):
    """Shows one screen at a time; the others keep what they show."""

    switched = Signal(ScreenName)

    def __init__(self, makers: Mapping[ScreenName, MakeScreen], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._makers = dict(makers)
        self._screens: dict[ScreenName, QWidget] = {}
        self._current = ScreenName.INBOX

    @property
    def current(self) -> ScreenName:
        """Which screen is shown."""
        return self._current

    def screen_of(self, name: ScreenName) -> QWidget:
        """The screen with this name, made if it was never shown."""
        screen = self._screens.get(name)
        if screen is None:
            screen = self._screens[name] = self._makers[name]()
            self.addWidget(screen)
        return screen

    def switch_to(self, name: ScreenName) -> QWidget:
        """Show a screen."""
        screen = self.screen_of(name)
        self._current = name
        self.setCurrentWidget(screen)
        self.switched.emit(name)
        return screen
