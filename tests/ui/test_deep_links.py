"""A link to the program only navigates, whatever stands in it."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.deep_links import acting, fuzzed
from tests.ui.desks import DeskWorld
from ui import program as programs
from ui.program import Program
from ui.single_instance import linked_number
from ui.theme import ThemeManager


@pytest.fixture
def program(world: DeskWorld, qapp: QApplication, themes: ThemeManager) -> Iterator[Program]:
    program = Program(qapp, world.desk, themes, lambda: "1.2.3")
    program.new_window()
    yield program
    program.quit()
    program.close()


def test_no_link_does_anything_but_navigate(
    program: Program, world: DeskWorld, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", elsewhere.append)
    links = list(fuzzed(2_000))
    assert 20 < sum(linked_number(link) is not None for link in links) < 1_000, "some are good, most are not"
    assert acting(program, world, links) == []
    qtbot.waitUntil(lambda: program.idle)
    assert elsewhere == []


def test_a_link_that_acts_is_noticed(
    program: Program, world: DeskWorld, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(link: str) -> int | None:
        if "send" in link:
            world.add_user("Mallory")
            world.desk.sync.exchange()
        return linked_number(link)

    monkeypatch.setattr(programs, "linked_number", careless)
    links = ["agentdesk://conversation/1", "agentdesk://send/1", "agentdesk://settings"]
    assert acting(program, world, links) == ["agentdesk://send/1"]
    qtbot.waitUntil(lambda: program.idle)
