"""Which words of what is written are not known. Words are looked up in the background, each of them once."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject, QTimer, Signal

from agent_desktop.services.settings import OWN_WORDS, SPELLING, SPELLING_OF_SYSTEM, SPELLING_OFF
from agent_desktop.services.spelling.dictionary import load_dictionary
from agent_desktop.services.spelling.languages import LANGUAGES
from agent_desktop.services.spelling.words import words_of
from ui.tasks import Problem, Tasks

if TYPE_CHECKING:
    from agent_desktop.context import Desk

_DELAY = 150
"""Milliseconds in which words to look up are gathered."""
_MOST_REMEMBERED = 20_000


class SpellingViewModel(QObject):
    """Answers at once from what was looked up before, and tells when there is more to say."""

    changed = Signal(object)
    """These words (frozenset) stand in another light now; None: all of them may."""

    def __init__(self, desk: "Desk", tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks
        self._language = self._wanted_language()
        self._own = self._own_words()
        self._names: frozenset[str] = frozenset()
        self._known: dict[str, bool] = {}
        self._asked: set[str] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY)
        self._timer.timeout.connect(self.look_up)

    @property
    def language(self) -> str:
        """The code of the language, or "" when nothing is checked."""
        return self._language

    def refresh(self) -> None:
        """Look at the settings again."""
        language, own = self._wanted_language(), self._own_words()
        if (language, own) != (self._language, self._own):
            self._language, self._own = language, own
            self._known.clear()
            self.changed.emit(None)

    def set_names(self, names: Iterable[str]) -> None:
        """Take the words of these names as known."""
        words = words_of(names)
        if words != self._names:
            self._names = words
            self.changed.emit(None)

    def is_wrong(self, word: str) -> bool:
        """Whether the word is surely not known. One that was never seen is looked up for the next time."""
        plain = word.lower()
        if not self._language or plain in self._own or plain in self._names:
            return False
        known = self._known.get(word)
        if known is None:
            self._asked.add(word)
            if not self._timer.isActive():
                self._timer.start()
        return known is False

    def is_own(self, word: str) -> bool:
        """Whether the person has added the word."""
        return word.lower() in self._own

    def look_up(self) -> None:
        """Look up what was asked for."""
        self._timer.stop()
        language, words = self._language, frozenset(self._asked)
        self._asked.clear()
        if not words or not language:
            return

        def take(unknown: frozenset[str]) -> None:
            if language != self._language:
                return
            if len(self._known) > _MOST_REMEMBERED:
                self._known.clear()
            self._known.update((word, word not in unknown) for word in words)
            if unknown:
                self.changed.emit(unknown)

        self._tasks.read(lambda: load_dictionary(language).unknown(words), take, self._give_up)

    def suggest(self, word: str, then: Callable[[tuple[str, ...]], None]) -> None:
        """Hand words that are like this one to `then`, the likeliest first."""
        language = self._language
        self._tasks.read(
            lambda: load_dictionary(language).suggestions(word),
            then,
            self._give_up,
            key=(id(self), "suggest"),
        )

    def learn(self, word: str) -> None:
        """Take the word as known from now on, here and in every other conversation."""
        self._keep(self._own | {word.lower()})

    def unlearn(self, word: str) -> None:
        """Forget a word that was added."""
        self._keep(self._own - {word.lower()})

    def _keep(self, own: frozenset[str]) -> None:
        settings, self._own = self._desk.settings, own
        self._tasks.write(lambda: settings.set(OWN_WORDS, sorted(own)))
        self.changed.emit(None)

    def _give_up(self, problem: Problem) -> None:
        """Say it once; without words nothing can be checked."""
        self._language = ""
        self._tasks.problem.emit(problem)
        self.changed.emit(None)

    def _own_words(self) -> frozenset[str]:
        words: list[str] = self._desk.settings.get(OWN_WORDS)
        return frozenset(words)

    def _wanted_language(self) -> str:
        wanted = self._desk.settings.get(SPELLING)
        if wanted == SPELLING_OFF:
            return ""
        if wanted != SPELLING_OF_SYSTEM:
            return wanted if wanted in LANGUAGES else ""
        codes = (name.partition("-")[0].lower() for name in QLocale.system().uiLanguages())
        return next((code for code in codes if code in LANGUAGES), "")
