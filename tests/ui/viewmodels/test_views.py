"""Views are counted exactly and follow what happens; one's own can be saved, renamed and deleted."""

from datetime import timedelta

import pytest
from pytestqt.qtbot import QtBot

from agent_desktop.domain.view import ConversationFilter, View
from agent_desktop.services.views import ViewGroup, ViewItem
from tests.ui.conftest import Room
from ui.models.view_form import ViewDraft
from ui.models.view_rows import view_rows
from ui.viewmodels.views import ViewsViewModel


@pytest.fixture
def views(room: Room) -> ViewsViewModel:
    context = room.context
    return ViewsViewModel(
        context.desk, context.tasks, context.changes, context.draft_changes, room.navigator.notify
    )


def item(views: ViewsViewModel, key: str) -> ViewItem:
    found = views.item(key)
    assert found is not None
    return found


def test_before_counting_the_standard_views_are_there(views: ViewsViewModel) -> None:
    assert [row.title for row in view_rows(views.items)][:3] == ["Inbox", "Assigned to me", "Unassigned"]


def test_counts_follow_what_arrives(room: Room, views: ViewsViewModel, qtbot: QtBot) -> None:
    views.count()
    assert item(views, "mine").count == 0
    with qtbot.waitSignal(views.changed):
        room.world.customer_writes("Amelia Novak", "Kettle")
    assert (item(views, "mine").count, item(views, "unassigned").count) == (1, 0)
    room.world.clock.advance(timedelta(hours=5))
    views.count()
    assert item(views, "mine").overdue == 1


def test_a_view_of_ones_own(room: Room, views: ViewsViewModel, qtbot: QtBot) -> None:
    views.count()
    mine = item(views, "mine")
    with qtbot.waitSignal(views.changed):
        views.add(ViewDraft("My kettles", mine.filter, mine.sort))
    (saved,) = views.of(ViewGroup.SAVED)
    assert saved.title == "My kettles"
    assert saved.filter == mine.filter
    found: list[View] = []
    views.find(saved, found.append)
    with qtbot.waitSignal(views.changed):
        views.change(found[0], ViewDraft("Kettles", ConversationFilter(tag="kettle")))
    (saved,) = views.of(ViewGroup.SAVED)
    assert (saved.title, saved.filter.tag) == ("Kettles", "kettle")
    with qtbot.waitSignal(views.changed):
        views.delete(saved)
    assert views.of(ViewGroup.SAVED) == ()
    assert [message for message, _ in room.navigator.messages] == [
        "View “My kettles” saved",
        "View “Kettles” saved",
        "View “Kettles” deleted",
    ]
    applied = room.navigator.messages[-1][1]
    assert applied is not None
    with qtbot.waitSignal(views.changed):
        room.world.desk.apply.undo(applied)
    assert [view.title for view in views.of(ViewGroup.SAVED)] == ["Kettles"]


def test_rows_say_what_waits() -> None:
    view = ViewItem(
        key="mine",
        title="Assigned to me",
        icon="user",
        group=ViewGroup.INBOX,
        filter=ConversationFilter(),
        count=12,
        overdue=3,
    )
    heading, row = view_rows([view])
    assert heading.sentence == "Inbox"
    assert row.sentence == "Assigned to me, 12 conversations, 3 overdue"
