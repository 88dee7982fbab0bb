"""The screens of a window: made when they are first shown or before, and how one gets from one to another."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from ui.navigator import ScreenName
from ui.screens.stepwise import Stepwise


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
        """The screen with this name, made if it was never wanted before."""
        screen = self._begun(name)
        if isinstance(screen, Stepwise):
            screen.finish()
        return screen

    def steps(self) -> Iterator[None]:
        """Makes the screens that were never shown, a little at each step."""
        for name in self._makers:
            screen = self._begun(name)
            yield
            while isinstance(screen, Stepwise) and screen.take_step():
                yield

    def _begun(self, name: ScreenName) -> QWidget:
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
