"""Import and export run with progress, say what they did and what they left out, and stop when asked to."""

import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from tests.ui.walk import not_plain, unnamed
from ui.screens.knowledge import KnowledgeScreen
from ui.tasks import Tasks
from ui.viewmodels.transfer import TransferViewModel
from ui.widgets.buttons import Button
from ui.widgets.transfer_dialog import TransferDialog


@pytest.fixture
def screen(room: Room, qtbot: QtBot) -> KnowledgeScreen:
    screen = KnowledgeScreen(room.context)
    screen.finish()
    qtbot.addWidget(screen)
    return screen


def press(screen: KnowledgeScreen, words: str) -> TransferDialog:
    next(button for button in screen.findChildren(Button) if button.text() == words).click()
    dialog = screen.findChild(TransferDialog)
    assert dialog is not None
    return dialog


def test_articles_are_imported_and_what_is_left_out_is_listed(
    room: Room, screen: KnowledgeScreen, tmp_path: Path
) -> None:
    article = tmp_path / "refunds.md"
    article.write_text("# Refunds\n\nUp to 120.", "utf-8")
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"subject": "x"\n<b>not json</b>\n', "utf-8")
    room.prompts.files = (article, broken)
    dialog = press(screen, "Import…")
    assert "Added: 1 article." in dialog.words.text()
    assert dialog.left_out.rows.rows
    assert [row.title[0].text for row in screen.articles.column.list.rows.rows] == ["Refunds"]
    assert not_plain(dialog) == []
    assert unnamed(dialog) == []


def test_nothing_that_can_be_imported_is_said(room: Room, screen: KnowledgeScreen, tmp_path: Path) -> None:
    picture = tmp_path / "picture.xyz"
    picture.write_bytes(b"\x00\x01")
    room.prompts.files = (picture,)
    dialog = press(screen, "Import…")
    assert "picture.xyz" in dialog.words.text()
    assert dialog.button.text() == "Close"


def test_everything_is_exported(room: Room, screen: KnowledgeScreen, tmp_path: Path) -> None:
    Amelia(room.world)
    target = tmp_path / "all.jsonl"
    room.prompts.files = (target,)
    dialog = press(screen, "Export…")
    assert str(target) in dialog.words.text()
    assert all(json.loads(line) for line in target.read_text("utf-8").splitlines())


def test_calling_it_off_starts_nothing(room: Room, screen: KnowledgeScreen) -> None:
    room.prompts.files = ()
    next(button for button in screen.findChildren(Button) if button.text() == "Import…").click()
    assert screen.findChild(TransferDialog) is None


def test_a_transfer_stops_when_it_is_asked_to(room: Room, tmp_path: Path) -> None:
    Amelia(room.world)
    transfer = TransferViewModel(room.context)
    said: list[str] = []
    transfer.finished.connect(lambda words, rows: said.append(words))
    transfer.cancel()
    target = tmp_path / "all.jsonl"
    transfer.start_export(target)
    assert said == ["Stopped before the end. Nothing was written."]
    assert not target.exists()
    assert not transfer.running


def test_a_transfer_stops_with_the_program(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tasks, "closed", property(lambda tasks: True))
    Amelia(room.world)
    transfer = TransferViewModel(room.context)
    said: list[str] = []
    transfer.finished.connect(lambda words, rows: said.append(words))
    transfer.start_export(tmp_path / "all.jsonl")
    assert said == ["Stopped before the end. Nothing was written."]
