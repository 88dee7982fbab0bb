"""Screens are made ahead in small steps, and are whole whenever they are wanted."""

from collections.abc import Iterator
from itertools import islice

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Room
from ui.navigator import ScreenName
from ui.screens import later
from ui.screens.customers import CustomersScreen
from ui.screens.knowledge import KnowledgeScreen
from ui.screens.screen_stack import ScreenStack
from ui.screens.stepwise import StepsWhileIdle, Stepwise
from ui.tasks import Tasks


class Labels(Stepwise):
    """Three labels."""

    def make_parts(self) -> Iterator[None]:
        for _ in range(3):
            QLabel(self)
            yield

    @property
    def labels(self) -> int:
        return len(self.findChildren(QLabel))


@pytest.mark.parametrize("before", range(6))
def test_a_screen_is_whole_whenever_it_is_wanted(qtbot: QtBot, before: int) -> None:
    stack = ScreenStack({ScreenName.INBOX: Labels, ScreenName.SEARCH: QWidget})
    qtbot.addWidget(stack)
    steps = stack.steps()
    for _ in islice(steps, before):
        pass
    screen = stack.switch_to(ScreenName.INBOX)
    assert isinstance(screen, Labels)
    assert screen.labels == 3
    assert stack.currentWidget() is screen
    for _ in steps:
        pass
    assert screen.labels == 3
    assert stack.count() == 2


def test_every_step_ahead_makes_a_part(qtbot: QtBot) -> None:
    screen = Labels()
    qtbot.addWidget(screen)
    made = [screen.labels]
    while screen.take_step():
        made.append(screen.labels)
    assert made == [0, 1, 2, 3]


def test_no_step_is_taken_while_something_is_read(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    busy, asked, taken, owner = True, 0, 0, QObject()

    def idle(tasks: Tasks) -> bool:
        nonlocal asked
        asked += 1
        return not busy

    monkeypatch.setattr(Tasks, "idle", property(idle))

    def steps() -> Iterator[None]:
        nonlocal taken
        for _ in range(3):
            assert not busy
            taken += 1
            yield

    ahead = StepsWhileIdle(Tasks(owner), owner)
    ahead.take(steps())
    qtbot.waitUntil(lambda: asked >= 2)
    assert taken == 0
    busy = False
    qtbot.waitUntil(lambda: taken == 3)
    ahead.deleteLater()


def test_what_was_made_ahead_is_shown_like_what_was_made_at_once(room: Room, qtbot: QtBot) -> None:
    room.world.customer_writes("Amelia Novak", "Kettle")
    context = room.context
    stack = ScreenStack(
        {
            ScreenName.CUSTOMERS: lambda: later.customers_screen(context),
            ScreenName.KNOWLEDGE: lambda: later.knowledge_screen(context),
            ScreenName.OUTBOX: lambda: later.outbox_screen(context),
        }
    )
    qtbot.addWidget(stack)
    for _ in stack.steps():
        pass
    customers = stack.switch_to(ScreenName.CUSTOMERS)
    assert isinstance(customers, CustomersScreen)
    qtbot.waitUntil(lambda: customers.column.list.model().rowCount() == 1)
    knowledge = stack.switch_to(ScreenName.KNOWLEDGE)
    assert isinstance(knowledge, KnowledgeScreen)
    for tab, page in enumerate((knowledge.articles, knowledge.canned, knowledge.macros)):
        knowledge.tabs.setCurrentIndex(tab)
        assert page.isVisibleTo(knowledge)
