"""Asks for what opens a profile whose key is not at hand, and gets it on another thread."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl

from agent_desktop.domain.key_trouble import KeyTrouble
from agent_desktop.services.profile_keys import ProfileKeys, Protection
from ui.relay import Relay
from ui.screens.locked import LockedWindow
from ui.tasks import Problem, Tasks, sentence_of
from ui.theme import ThemeManager


class Unlocking(QObject):
    """One window for all that may be the matter with a key. `again` opens the profile, `anew` begins another."""

    def __init__(
        self,
        keys: ProfileKeys,
        themes: ThemeManager,
        tasks: Tasks,
        again: Callable[[], None],
        anew: Callable[[Path], None],
        open_url: Callable[[QUrl], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._keys = keys
        self._tasks = tasks
        self._again = again
        self._anew = anew
        window = self.window = LockedWindow(themes, keys.server)
        window.retry_wanted.connect(again)
        window.passphrase_typed.connect(lambda text: self._get(lambda: keys.type_passphrase(text)))
        window.passphrase_chosen.connect(
            lambda text: self._get(lambda: keys.decide(Protection.PASSPHRASE, text))
        )
        window.plain_chosen.connect(lambda: self._get(lambda: keys.decide(Protection.NONE)))
        window.recovery_typed.connect(lambda text: self._get(lambda: keys.use_recovery_key(text)))
        window.sign_in_wanted.connect(
            lambda email, password, code: self._get(lambda: keys.sign_in(email, password, code))
        )
        self._cancelled = False
        self._open_url = open_url
        pages = self._pages = Relay(self)
        pages.received.connect(self._show_page)
        window.waiting.open_wanted.connect(self._show_page)
        window.browser_wanted.connect(
            lambda email: self._get(lambda: keys.sign_in_with_browser(email, pages.send))
        )
        window.browser_cancelled.connect(self._cancel)
        window.aside_wanted.connect(lambda: tasks.write(keys.put_aside, anew, self._failed))

    def ask(self, trouble: KeyTrouble) -> None:
        """Say what is the matter."""
        self.window.show_trouble(trouble)
        self.window.show()

    def say(self, words: str) -> None:
        """Say what is being done."""
        self.window.show_progress(words)

    def end(self) -> None:
        """Close the window for good."""
        self._pages.close()
        self._cancel()
        self.window.close()
        self.window.deleteLater()
        self.deleteLater()

    def _show_page(self, address: str) -> None:
        self.window.show_browser(address, self._open_url(QUrl(address)))

    def _cancel(self) -> None:
        self._cancelled = True
        self._keys.cancel_sign_in()

    def _get(self, work: Callable[[], None]) -> None:
        self._cancelled = False
        self.say("Getting the key")
        self._tasks.write(work, lambda _: self._again(), self._failed)

    def _failed(self, problem: Problem) -> None:
        self.window.show_problem("" if self._cancelled else sentence_of(problem))
