"""What can be done with an attachment: open a copy in the system's program, save it, show a small picture of it."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QImage
from PySide6.QtWidgets import QWidget

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.services.file_kinds import (
    ARCHIVE,
    Risk,
    disagreement,
    is_archive,
    risk_inside,
    risk_of,
)
from agent_desktop.services.files import NOT_HERE
from agent_desktop.services.mail.names import clean_file_name
from agent_desktop.services.outside_files import HEAD, make_copies_folder, mark, remove_copies_folder
from ui.context import UiContext
from ui.decoding import LARGEST_FILE
from ui.delegates.file_card import THUMBNAIL
from ui.prompts import Notice, Question
from ui.tasks import Problem
from ui.widgets.download_dialog import DownloadDialog
from ui.widgets.link_opener import OpenUrl

_LONGEST_NAME = 100
"""Bytes. Windows opens no path of 260 characters, its office programs none of 219, and the folder takes about 110."""
_ONE_AT_A_TIME = "Another file is being fetched. Try again once it is here."


class _Inside(NamedTuple):
    """What the content of a file says."""

    risk: Risk | None
    otherwise: str
    """What it is instead of what its name promises."""


def _inside(name: str, content: bytes) -> _Inside:
    return _Inside(risk_inside(name, content), disagreement(name, content[:HEAD]))


class AttachmentOpener:
    """Hands copies of files to other programs; ours are never changed. The copies go with `close`.

    What is not on this computer is fetched first; `fetched` is called once it is here.
    """

    def __init__(
        self,
        context: UiContext,
        window: QWidget | None = None,
        open_url: OpenUrl = QDesktopServices.openUrl,
        fetched: Callable[[], None] = lambda: None,
    ) -> None:
        self._context = context
        self._window = window
        self._open_url = open_url
        self._fetched = fetched
        self._download: DownloadDialog | None = None
        self._folder: Path | None = None

    def open(self, file: AttachmentFile) -> None:
        """Open a copy; ask before opening what could run, by its name or by what is in it."""
        name = clean_file_name(file.name)
        risk = risk_of(name)
        if risk is not None:
            self._ask(
                name, risk.sentence, lambda: self._have(file, name, lambda: self._open_copy(file, name))
            )
        else:
            self._have(file, name, lambda: self._look(file, name))

    def _look(self, file: AttachmentFile, name: str) -> None:
        """Open it, unless more can happen than its name says."""

        def seen(found: _Inside) -> None:
            if found.risk is not None:
                self._ask(name, found.otherwise or found.risk.sentence, lambda: self._open_copy(file, name))
                return
            words = found.otherwise or (ARCHIVE if is_archive(name) else "")
            if words:
                self._context.navigator.notify(f"“{name}”: {words}")
            self._open_copy(file, name)

        read = partial(self._context.desk.files.read, file.sha256)
        self._context.tasks.read(lambda: _inside(name, read() or b""), seen, self._tell)

    def _ask(self, name: str, why: str, then: Callable[[], None]) -> None:
        question = Question(
            title="Open this file?",
            text=f"“{name}”: {why} Open it only if you know who sent it and expected it.",
            yes="Open anyway",
            no="Do not open",
            dangerous=True,
        )
        self._context.prompts.ask(question, lambda yes: then() if yes else None)

    def save(self, file: AttachmentFile) -> None:
        """Ask where to, and write the file there."""
        name = clean_file_name(file.name)
        self._have(file, name, lambda: self.save_content(file.sha256, name))

    def save_content(self, sha256: str, name: str) -> None:
        """Ask where to, and write stored content there."""

        def chosen(place: Path | None) -> None:
            if place is not None:
                self._context.tasks.read(
                    partial(self._write, sha256, place),
                    lambda written: self._context.navigator.notify(f"Saved as {written.name}"),
                    self._tell,
                )

        self._context.prompts.ask_place("Save as", name, chosen)

    def read_picture(self, file: AttachmentFile, ratio: float, then: Callable[[QImage], None]) -> None:
        """Hand a small picture of an image to `then`, once it is decoded; nothing where it cannot be."""
        if file.size > LARGEST_FILE:
            return

        def read() -> QImage | None:
            content = partial(self._context.desk.blobs.read, file.sha256)
            return self._context.pictures.read(file.sha256, content, THUMBNAIL, ratio)

        self._context.tasks.read(read, lambda image: None if image is None else then(image))

    def close(self) -> None:
        """Remove the copies, except those that another program holds on to."""
        if self._folder is not None:
            remove_copies_folder(self._folder)
            self._folder = None

    def _have(self, file: AttachmentFile, name: str, then: Callable[[], None]) -> None:
        """Have the file on this computer, then go on; a person may break that off."""
        files = self._context.desk.files
        if files.is_here(file.sha256):
            then()
            return
        if self._download is not None:
            # Only so many readers work: were all of them to wait for the server, nothing could be shown.
            self._context.navigator.notify(_ONE_AT_A_TIME)
            return
        download = self._download = DownloadDialog(file, name, self._window)

        def over(is_here: bool) -> None:
            self._end_download()
            if is_here:
                self._fetched()
                then()

        def failed(problem: Problem) -> None:
            self._end_download()
            self._tell(problem)

        work = partial(files.fetch, file.sha256, file.size, download.progress)
        self._context.tasks.read(work, over, failed)

    def _end_download(self) -> None:
        if self._download is not None:
            self._download.finish()
            self._download = None

    def _open_copy(self, file: AttachmentFile, name: str) -> None:
        if self._folder is None:
            self._folder = make_copies_folder(self._context.desk.profile.folder)
        folder = self._folder / file.sha256[:16]
        place = folder / clean_file_name(name, most_bytes=_LONGEST_NAME)
        self._context.tasks.read(partial(self._copy, file.sha256, place), self._show, self._tell)

    def _copy(self, sha256: str, place: Path) -> Path:
        place.parent.mkdir(exist_ok=True)
        if not place.exists():
            self._write(sha256, place)
            place.chmod(0o400)  # a change of the copy would be lost; programs offer to save it elsewhere
        return place

    def _write(self, sha256: str, place: Path) -> Path:
        content = self._context.desk.files.read(sha256)
        if content is None:
            raise InputError(NOT_HERE)
        try:
            place.write_bytes(content)
        except OSError as error:
            # Half of it would be taken for all of it the next time, and has no mark of where it came from.
            with suppress(OSError):
                place.unlink(missing_ok=True)
            raise InputError(
                f"“{place.name}” could not be written. Choose another place.", str(error)
            ) from error
        mark(place)
        return place

    def _show(self, place: Path) -> None:
        if not self._open_url(QUrl.fromLocalFile(str(place))):
            text = f"No program on this computer opens “{place.name}”. Save it instead."
            self._context.prompts.tell(Notice(title="Not opened", text=text))

    @property
    def _tell(self) -> Callable[[Problem], None]:
        return lambda problem: self._context.tasks.problem.emit(problem)
