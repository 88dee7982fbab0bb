"""Loads the pictures on the internet that a mail names, after its reader asked: a few at a time, in the background."""

from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.ids import Id
from agent_desktop.services.remote_pictures import RemotePictures
from ui.tasks import Problem, Tasks, sentence_of

_AT_ONCE: Final = 2


class PictureLoader(QObject):
    """One for each time that somebody asks. Ends by itself with what it belongs to."""

    progressed = Signal(int, int)
    """How many are done, loaded or not, and of how many."""
    finished = Signal(int, str)
    """How many could not be loaded, and why the last of them could not."""

    def __init__(
        self, tasks: Tasks, pictures: RemotePictures, message_id: Id, urls: Sequence[str], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._pictures = pictures
        self._message_id = message_id
        self._waiting = deque(urls)
        self._all = len(urls)
        self._done = self._failed = 0
        self._why = ""

    def start(self) -> None:
        """Begin to load."""
        for _ in range(_AT_ONCE):
            self._next()

    def _next(self) -> None:
        if self._waiting:
            load = partial(self._pictures.load, self._message_id, self._waiting.popleft())
            self._tasks.fetch(load, self._on_loaded, self._on_failed)

    def _on_loaded(self, sha256: str) -> None:
        self._on_done()

    def _on_failed(self, problem: Problem) -> None:
        self._failed += 1
        self._why = sentence_of(problem)
        self._on_done()

    def _on_done(self) -> None:
        self._done += 1
        self.progressed.emit(self._done, self._all)
        if self._done == self._all:
            self.finished.emit(self._failed, self._why)
        else:
            self._next()
