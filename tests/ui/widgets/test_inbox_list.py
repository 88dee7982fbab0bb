"""The list by keyboard and mouse: opening, checking, and what happens to the cursor when rows come and go."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.domain.ids import Id
from agent_desktop.domain.view import SortOrder
from agent_desktop.services.settings import AFTER_SENDING
from agent_desktop.services.views import STANDARD_VIEWS
from tests.ui.conftest import Room
from tests.ui.widgets.mouse import drag
from ui.viewmodels.conversation_actions import ConversationActions
from ui.viewmodels.inbox import InboxViewModel
from ui.widgets.bulk_bar import BulkBar
from ui.widgets.inbox_pane import InboxPane
from ui.widgets.pickers import Pickers

TOOL_TIP = Qt.WindowType.ToolTip
NAMES = ("One", "Two", "Three", "Four")
VIEWS = {view.key: view for view in STANDARD_VIEWS}


@dataclass
class Shown:
    """The list in a window of its own, showing four conversations."""

    room: Room
    inbox: InboxViewModel
    pane: InboxPane
    ids: dict[str, Id]
    actions: ConversationActions

    def open_subject(self) -> str:
        return next((name for name, row_id in self.ids.items() if row_id == self.inbox.open_id), "")

    def selected(self) -> list[int]:
        return [index.row() for index in self.pane.list.selectionModel().selectedRows()]

    def checked(self) -> list[str]:
        return [
            name for name, row_id in self.ids.items() if self.inbox.model.checked and row_id in self.targets()
        ]

    def targets(self) -> tuple[Id, ...]:
        return self.inbox.target_ids()


@pytest.fixture
def shown(room: Room, qtbot: QtBot) -> Shown:
    context = room.context
    ids = {name: room.world.customer_writes("Amelia Novak", name) for name in NAMES}
    inbox = InboxViewModel(context.desk, context.tasks, context.changes, context.draft_changes)
    pickers = Pickers(context)
    pane = InboxPane(context, inbox, lambda: BulkBar(context, inbox, pickers))
    qtbot.addWidget(pane)
    pane.resize(318, 700)
    inbox.show(VIEWS["mine"])
    pane.show()
    pane.activateWindow()
    pane.list.setFocus()
    qtbot.waitUntil(pane.list.hasFocus)
    return Shown(room, inbox, pane, ids, pickers.actions)


def center(shown: Shown, row: int) -> QPoint:
    return shown.pane.list.visualRect(shown.inbox.model.index(row, 0)).center()


def test_nothing_opens_by_itself(shown: Shown) -> None:
    assert shown.inbox.open_id is None
    assert shown.selected() == []


def test_keys_go_through_the_list(shown: Shown, qtbot: QtBot) -> None:
    table = shown.pane.list
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert shown.open_subject() == "One"
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Up)
    assert shown.open_subject() == "Two"
    qtbot.keyClick(table, Qt.Key.Key_End)
    assert shown.open_subject() == "Four"
    table.step(1)
    assert shown.open_subject() == "Four"


def test_a_click_opens(shown: Shown, qtbot: QtBot) -> None:
    qtbot.mouseClick(shown.pane.list.viewport(), Qt.MouseButton.LeftButton, pos=center(shown, 2))
    assert shown.open_subject() == "Three"
    assert shown.selected() == [2]


def test_clicks_with_modifiers_check(shown: Shown, qtbot: QtBot) -> None:
    viewport, left = shown.pane.list.viewport(), Qt.MouseButton.LeftButton
    qtbot.mouseClick(viewport, left, pos=center(shown, 0))
    qtbot.mouseClick(viewport, left, Qt.KeyboardModifier.ControlModifier, center(shown, 2))
    assert shown.checked() == ["Three"]
    assert shown.open_subject() == "One"
    qtbot.mouseClick(viewport, left, Qt.KeyboardModifier.ShiftModifier, center(shown, 1))
    assert shown.checked() == ["One", "Two", "Three"]
    avatar = QPoint(20, center(shown, 3).y())
    qtbot.mouseClick(viewport, left, pos=avatar)
    assert len(shown.checked()) == 4
    qtbot.keyClick(shown.pane.list, Qt.Key.Key_Escape)
    assert shown.checked() == []
    assert shown.targets() == (shown.ids["One"],)


FAR_AWAY = QPoint(-4_000, 60)


def test_a_row_dragged_out_of_the_window_is_torn_off(shown: Shown, qtbot: QtBot) -> None:
    viewport, start = shown.pane.list.viewport(), center(shown, 1)
    with qtbot.waitSignal(shown.pane.list.torn_off) as torn:
        drag(viewport, start, start + QPoint(40, 0), FAR_AWAY)
    assert torn.args == [shown.ids["Two"]]
    assert shown.open_subject() == "Two"
    assert shown.selected() == [1]


def test_a_drag_that_ends_in_the_window_does_nothing(shown: Shown, qtbot: QtBot) -> None:
    viewport, start = shown.pane.list.viewport(), center(shown, 1)
    with qtbot.assertNotEmitted(shown.pane.list.torn_off):
        drag(viewport, start, center(shown, 3))
        drag(viewport, start, FAR_AWAY, center(shown, 3))
        drag(viewport, start, FAR_AWAY, modifiers=Qt.KeyboardModifier.ControlModifier)
        drag(viewport, QPoint(40, viewport.height() - 4), FAR_AWAY)
    assert shown.open_subject() == "Two"
    assert shown_tool_tips() == []


def test_what_is_dragged_is_seen_while_it_is_outside(shown: Shown, qtbot: QtBot) -> None:
    viewport, start = shown.pane.list.viewport(), center(shown, 1)
    seen: list[bool] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() is QEvent.Type.MouseButtonRelease:
                seen.append(any(isinstance(widget, QLabel) for widget in shown_tool_tips()))
            return False

    watch = Watch()
    viewport.installEventFilter(watch)
    drag(viewport, start, FAR_AWAY)
    drag(viewport, start, FAR_AWAY, center(shown, 3))
    assert seen == [True, False]


def shown_tool_tips() -> list[QWidget]:
    return [
        widget
        for widget in QApplication.topLevelWidgets()
        if widget.windowType() is TOOL_TIP and widget.isVisible()
    ]


def test_shift_and_arrows_check(shown: Shown, qtbot: QtBot) -> None:
    qtbot.keyClick(shown.pane.list, Qt.Key.Key_Down)
    for _ in range(2):
        qtbot.keyClick(shown.pane.list, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert shown.checked() == ["One", "Two", "Three"]


def rows(shown: Shown, count: int) -> Callable[[], bool]:
    return lambda: shown.inbox.model.rowCount() == count


@pytest.mark.parametrize(("after", "opened"), [("stay", "Two"), ("next", "Three")])
def test_resolving_goes_on_as_the_settings_say(shown: Shown, qtbot: QtBot, after: str, opened: str) -> None:
    shown.room.world.desk.settings.set(AFTER_SENDING, after)
    shown.pane.list.step(1)
    shown.pane.list.step(1)
    shown.actions.resolve([shown.ids["Two"]])
    qtbot.waitUntil(rows(shown, 3))
    assert shown.open_subject() == opened
    assert shown.pane.list.currentIndex().row() == 1
    assert shown.selected() == ([1] if after == "next" else [])
    shown.pane.list.step(1)
    assert shown.open_subject() == ("Four" if after == "next" else "Three")


def test_what_a_colleague_takes_away_stays_open_here(shown: Shown, qtbot: QtBot) -> None:
    world = shown.room.world
    world.desk.settings.set(AFTER_SENDING, "next")
    shown.pane.list.step(1)
    world.assign(shown.ids["One"], world.add_user("Ben Adeyemi"))
    qtbot.waitUntil(rows(shown, 3))
    assert shown.open_subject() == "One"
    assert shown.selected() == []


def test_news_wait_above_the_cursor(shown: Shown, qtbot: QtBot) -> None:
    shown.inbox.set_sort(SortOrder.NEWEST)
    shown.pane.list.step(1)
    assert shown.open_subject() == "Four"
    with qtbot.waitSignal(shown.inbox.model.held_changed):
        shown.room.world.customer_writes("Jonas Weber", "New")
    assert shown.inbox.model.rowCount() == 4
    assert shown.pane._news.isVisible()
    assert shown.pane._news.text() == "1 new"
    qtbot.mouseClick(shown.pane._news, Qt.MouseButton.LeftButton)
    assert shown.inbox.model.rowCount() == 5
    assert shown.open_subject() == "Four"
    assert shown.selected() == [1]
    assert not shown.pane._news.isVisible()


def test_opening_from_elsewhere_marks_the_row(shown: Shown) -> None:
    shown.inbox.open(shown.ids["Three"])
    assert shown.selected() == [2]
    shown.inbox.open(shown.room.world.customer_writes("Jonas Weber", "Elsewhere", mine=False))
    assert shown.selected() == []


def test_the_order_is_chosen_from_a_menu(shown: Shown, qtbot: QtBot) -> None:
    assert shown.pane._sort.text() == "4 open · by due time ▾"
    shown.pane.choose_sort()
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["By due time"]
    with qtbot.waitSignal(shown.pane.sort_chosen) as chosen:
        next(action for action in menu.actions() if action.text() == "Newest first").trigger()
    assert chosen.args == [SortOrder.NEWEST]
    menu.close()
    shown.inbox.set_sort(SortOrder.NEWEST)
    assert shown.pane._sort.text() == "4 open · newest first ▾"


def test_an_empty_view_says_why(shown: Shown) -> None:
    shown.inbox.show(VIEWS["snoozed"])
    assert shown.pane._stack.currentWidget().accessibleName().startswith("Nothing is snoozed")
    shown.inbox.show(VIEWS["mine"])
    assert shown.pane._stack.currentWidget() is shown.pane.list


def test_rows_are_spoken(shown: Shown) -> None:
    words = shown.inbox.model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert words.startswith("Unread, Amelia Novak, email, One")
