"""An attachment that is not on this computer: it says so, and is fetched when somebody wants it."""

import errno
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.services.files import FileService
from agent_desktop.store.blobs import BlobStore
from tests.factories import an_id
from tests.ui.conftest import Room
from ui.widgets.attachment_cards import AttachmentCards
from ui.widgets.attachment_opener import AttachmentOpener
from ui.widgets.download_dialog import DownloadDialog

CONTENT = b"the content of the file"


@dataclass
class Server:
    """Has one file, unless it cannot be reached."""

    blobs: BlobStore
    away: bool = False
    asked: list[int | None] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def fetch(self, sha256: str, size: int | None, progress: Callable[[int], bool]) -> bool:
        self.asked.append(size)
        if self.away:
            raise InputError("The server cannot be reached now.")
        self.meanwhile()
        if not progress(0):
            return False
        self.blobs.put(CONTENT)
        return True


@pytest.fixture
def file(tmp_path_factory: pytest.TempPathFactory) -> AttachmentFile:
    sha256 = BlobStore(tmp_path_factory.mktemp("elsewhere")).put(CONTENT)
    return AttachmentFile(
        id=an_id("file"), name="a.pdf", media_type="application/pdf", size=len(CONTENT), sha256=sha256
    )


@pytest.fixture
def server(room: Room) -> Server:
    desk = room.world.desk
    server = Server(desk.blobs)
    desk.__dict__["files"] = FileService(desk.blobs, lambda: server)
    return server


class Opened:
    """What an opener opened, and how often it said that something was fetched."""

    def __init__(self, room: Room, window: QWidget) -> None:
        self.urls: list[QUrl] = []
        self.fetched = 0
        self.opener = AttachmentOpener(room.context, window, self._open, self._fetch)

    def _open(self, url: QUrl) -> bool:
        self.urls.append(url)
        return True

    def _fetch(self) -> None:
        self.fetched += 1


@pytest.fixture
def opened(room: Room, qtbot: QtBot) -> Iterator[Opened]:
    window = QWidget()
    qtbot.addWidget(window)
    opened = Opened(room, window)
    yield opened
    opened.opener.close()  # the copies that it has made are beside all folders of the test


def test_the_card_says_download(room: Room, file: AttachmentFile, qtbot: QtBot) -> None:
    cards = AttachmentCards(room.context.theme)
    qtbot.addWidget(cards)
    cards.set_files((file,), frozenset({file.sha256}))
    wide = cards.cards[0].sizeHint().width()
    assert cards.cards[0].accessibleName().endswith("Download and open")
    cards.set_files((file,))
    assert cards.cards[0].accessibleName().endswith(". Open")
    assert cards.cards[0].sizeHint().width() < wide


def test_a_click_fetches_and_opens_it(server: Server, opened: Opened, file: AttachmentFile) -> None:
    opened.opener.open(file)
    assert server.asked == [len(CONTENT)]
    assert [url.fileName() for url in opened.urls] == ["a.pdf"]
    assert opened.fetched == 1
    opened.opener.open(file)
    assert len(server.asked) == 1


def test_what_cannot_be_fetched_is_said_and_can_be_tried_again(
    room: Room, server: Server, opened: Opened, file: AttachmentFile, qtbot: QtBot
) -> None:
    server.away = True
    with qtbot.waitSignal(room.tasks.problem) as problem:
        opened.opener.open(file)
    assert "cannot be reached" in problem.args[0].sentence
    server.away = False
    opened.opener.open(file)
    assert len(opened.urls) == 1
    opened.opener.close()


def test_a_download_can_be_broken_off(
    room: Room, server: Server, opened: Opened, file: AttachmentFile
) -> None:
    def cancel() -> None:
        opened.opener._window.findChild(DownloadDialog).canceled.emit()  # type: ignore[union-attr]  # it is there

    server.meanwhile = cancel
    opened.opener.open(file)
    assert opened.urls == []
    assert opened.fetched == 0
    server.meanwhile = lambda: None
    opened.opener.open(file)
    assert len(opened.urls) == 1
    opened.opener.close()


def test_one_file_is_fetched_at_a_time(
    room: Room, server: Server, opened: Opened, file: AttachmentFile
) -> None:
    with room.tasks.held():
        opened.opener.open(file)
        opened.opener.open(file)
    assert len(server.asked) == 1
    assert "Another file" in room.navigator.messages[-1][0]
    opened.opener.close()


def test_a_program_in_disguise_is_asked_about(room: Room, opened: Opened) -> None:
    content = b"MZ\x90\x00 and so on"
    disguised = AttachmentFile(
        id=an_id("disguised"),
        name="invoice.pdf",
        media_type="application/pdf",
        size=len(content),
        sha256=room.world.desk.blobs.put(content),
    )
    room.prompts.yes = False
    opened.opener.open(disguised)
    assert "it is a program" in room.prompts.questions[-1].text
    assert opened.urls == []
    room.prompts.yes = True
    opened.opener.open(disguised)
    assert len(opened.urls) == 1
    opened.opener.close()


def test_half_a_copy_is_never_opened(room: Room, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full in the middle of it, and has room again."""
    sha256 = room.world.desk.blobs.put(CONTENT)
    file = AttachmentFile(
        id=an_id("file"), name="a.pdf", media_type="application/pdf", size=len(CONTENT), sha256=sha256
    )

    def half(place: Path, content: bytes) -> int:
        with place.open("wb") as writing:
            writing.write(content[:5])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", half)
        opened.opener.open(file)
    assert opened.urls == []
    opened.opener.open(file)
    (url,) = opened.urls
    assert Path(url.toLocalFile()).read_bytes() == CONTENT


def test_copies_are_for_their_owner_alone(
    room: Room, server: Server, opened: Opened, file: AttachmentFile
) -> None:
    opened.opener.open(file)
    copy = Path(opened.urls[0].toLocalFile())
    assert copy.parent.parent.stat().st_mode & 0o077 == 0
    opened.opener.close()
    assert not copy.exists()


def test_a_copy_has_a_path_that_windows_opens(room: Room, opened: Opened) -> None:
    content = b"%PDF-1.7"
    file = AttachmentFile(
        id=an_id("long"),
        name=f"{'Übersicht ' * 30}.pdf",
        media_type="application/pdf",
        size=len(content),
        sha256=room.world.desk.blobs.put(content),
    )
    opened.opener.open(file)
    copy = Path(opened.urls[0].toLocalFile())
    assert copy.suffix == ".pdf"
    of_windows = len("C:/Users/firstname.lastname/AppData/Local/Temp")
    assert of_windows + len(copy.as_posix()) - len(tempfile.gettempdir()) < 219
    opened.opener.close()
