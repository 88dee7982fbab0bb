"""A message is shown at its full height, within its width, and nothing outside is ever opened."""

import ctypes
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QImage, QTextDocument, QWheelEvent
from PySide6.QtWidgets import QApplication, QTextBrowser
from pytestqt.qtbot import QtBot

from agent_desktop.services.html.clean import CleanHtml, clean_html
from tests.services.html.attacks import ATTACKS, BOMBS
from ui.html.view import MAX_HEIGHT, SafeMessageView

BLOB = "ab" * 32


def picture(width: int, height: int) -> QImage:
    """A red picture."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    return image


def nothing(sha256: str) -> QImage | None:
    """A store without any picture."""
    return None


def shown(
    qtbot: QtBot, blob_image: Callable[[str], QImage | None] = nothing, width: int = 400
) -> SafeMessageView:
    """A view on the screen."""
    view = SafeMessageView(blob_image)
    qtbot.addWidget(view)
    view.resize(width, 100)
    view.show()
    return view


def test_a_message_is_as_tall_as_its_text(qtbot: QtBot) -> None:
    view = shown(qtbot)
    view.show_message(clean_html("<p>one line", {}))
    qtbot.waitUntil(lambda: view.height() < 40)
    view.show_message(clean_html("<p>line" * 30, {}))
    qtbot.waitUntil(lambda: view.height() > 400)
    assert view.verticalScrollBar().maximum() == 0
    view.show_message(clean_html("<p>line" * 2_000, {}))
    qtbot.waitUntil(lambda: view.height() == MAX_HEIGHT)
    assert view.verticalScrollBar().maximum() > 0


def test_pictures_fit_the_width_and_grow_back(qtbot: QtBot) -> None:
    view = shown(qtbot, lambda sha256: picture(800, 400))
    view.show_message(clean_html("<img src=cid:x>", {"x": BLOB}))
    qtbot.waitUntil(lambda: 200 <= view.height() < 240)
    view.resize(200, view.height())
    qtbot.waitUntil(lambda: 100 <= view.height() < 140)
    view.resize(1_000, view.height())
    qtbot.waitUntil(lambda: 400 <= view.height() < 440)


def test_pictures_keep_the_size_that_the_message_names(qtbot: QtBot) -> None:
    view = shown(qtbot, lambda sha256: picture(800, 400))
    view.show_message(clean_html("<img src=cid:x width=100>", {"x": BLOB}))
    qtbot.waitUntil(lambda: 50 <= view.height() < 90)


def test_pictures_are_shown_when_they_have_arrived(qtbot: QtBot) -> None:
    store: dict[str, QImage] = {}
    view = shown(qtbot, store.get)
    view.show_message(clean_html("<img src=cid:x>", {"x": BLOB}))
    qtbot.waitUntil(lambda: view.height() < 40)
    store[BLOB] = picture(100, 100)
    view.refresh_images()
    qtbot.waitUntil(lambda: view.height() >= 100)


@pytest.mark.parametrize(
    "name",
    [
        "blob:" + "a" * 63,
        f"blob:{BLOB}x",
        "file:///x.png",
        "//host/share/x.png",
        "x.png",
        "http://x/y",
    ],
)
def test_every_other_name_is_answered_by_a_blank_picture(qtbot: QtBot, name: str) -> None:
    asked: list[str] = []
    view = shown(qtbot, asked.append)
    answer = view.document().resource(QTextDocument.ResourceType.ImageResource.value, QUrl(name))
    assert isinstance(answer, QImage)
    assert (answer.isNull(), answer.width(), asked) == (False, 1, [])
    for kind in (QTextDocument.ResourceType.StyleSheetResource, QTextDocument.ResourceType.HtmlResource):
        assert bytes(view.loadResource(kind.value, QUrl(name))) == b" "


def test_a_message_is_no_browser(qtbot: QtBot, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("elsewhere", "utf-8")
    view = shown(qtbot)
    view.show_message(CleanHtml("here"))
    view.setSource(QUrl.fromLocalFile(str(page)))
    assert view.toPlainText() == "here"


def test_only_links_that_may_be_opened_are_announced(qtbot: QtBot) -> None:
    view = shown(qtbot)
    opened: list[str] = []
    hovered: list[str] = []
    view.link_activated.connect(lambda url: opened.append(url.toString()))
    view.link_hovered.connect(hovered.append)
    for link in (
        "https://a.example/x",
        "mailto:a@b.example",
        "tel:123",
        "file:///etc/passwd",
        "smb://x/y",
        "#top",
        "",
    ):
        view.anchorClicked.emit(QUrl(link))
        view.highlighted.emit(QUrl(link))
    assert opened == ["https://a.example/x", "mailto:a@b.example", "tel:123"]
    assert hovered == [*opened, "", "", "", ""]


def test_the_wheel_turns_the_list_of_messages(qtbot: QtBot) -> None:
    view = shown(qtbot)
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)
    assert not event.isAccepted()


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_shown_in_little_time(qtbot: QtBot, name: str) -> None:
    message = clean_html(BOMBS[name], {})
    view = shown(qtbot)
    started = time.process_time()
    view.show_message(message)
    view.grab()
    assert time.process_time() - started < 8  # a second at most; uncleaned, many of them take minutes


class Watch:
    """Tells which files of a folder any code of this process opened, by the kernel's word."""

    _OPEN, _NONBLOCK = 0x20, os.O_NONBLOCK if hasattr(os, "O_NONBLOCK") else 0

    def __init__(self, folder: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(self._NONBLOCK)
        assert self._descriptor >= 0
        assert libc.inotify_add_watch(self._descriptor, os.fsencode(folder), self._OPEN) >= 0

    def opened(self) -> bool:
        """Whether a file was opened since the last call."""
        try:
            return bool(os.read(self._descriptor, 65_536))
        except BlockingIOError:
            return False

    def close(self) -> None:
        """Stop watching."""
        os.close(self._descriptor)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process which files it opened")
def test_no_file_is_opened_even_for_html_that_was_not_cleaned(qtbot: QtBot, tmp_path: Path) -> None:
    canary, sheet = tmp_path / "canary.png", tmp_path / "sheet.css"
    assert picture(60, 60).save(str(canary))
    sheet.write_text("p { color: red }", "utf-8")
    hostile = (
        f"<link rel=stylesheet href='file://{sheet}'><style>@import url(file://{sheet});</style>"
        f"<p>x<img src='file://{canary}'><img src='{canary}'><img src='//localhost{canary}'>"
        f"<table background='file://{canary}'><tr><td background='{canary}'>x</table>"
        f"<ul style='list-style-image:url({canary})'><li>x</ul>"
        f"<div style='background-image:url({canary})'>x</div>{''.join(ATTACKS)}"
    )
    watch = Watch(tmp_path)
    try:
        careless = QTextBrowser()
        qtbot.addWidget(careless)
        assert not watch.opened()
        careless.setHtml(hostile)
        careless.grab()
        assert watch.opened()  # the watch works, and Qt does open what mails name

        view = shown(qtbot)
        view.setHtml(hostile)
        view.grab()
        assert not watch.opened()
        view.show_message(clean_html(hostile, {}))
        view.grab()
        assert not watch.opened()
    finally:
        watch.close()


def test_the_base_class_is_never_asked(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(QTextBrowser, "loadResource", lambda *arguments: asked.append(arguments))
    view = shown(qtbot)
    view.setHtml("".join(ATTACKS) + "<img src='file:///etc/hostname'><img src='//host/share/x.png'>")
    view.grab()
    assert asked == []
