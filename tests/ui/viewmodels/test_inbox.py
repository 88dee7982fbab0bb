"""The list of a view follows what happens, without moving what somebody looks at."""

from datetime import timedelta

import pytest
from pytestqt.qtbot import QtBot

from agent_desktop.domain.changes import ChangeSet, Origin
from agent_desktop.domain.conversation import Priority, Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.conversation import SetPriority, SetStatus, SnoozeConversation
from agent_desktop.domain.view import SortOrder
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.views import STANDARD_VIEWS
from tests.ui.conftest import Room
from ui.viewmodels.inbox import InboxViewModel

VIEWS = {view.key: view for view in STANDARD_VIEWS}


@pytest.fixture
def inbox(room: Room) -> InboxViewModel:
    context = room.context
    return InboxViewModel(context.desk, context.tasks, context.changes, context.draft_changes)


def subjects(inbox: InboxViewModel) -> list[str]:
    rows = [inbox.model.look_at(position) for position in range(inbox.model.rowCount())]
    return [row.subject if row else "?" for row in rows]


def shows(qtbot: QtBot, inbox: InboxViewModel, *expected: str) -> None:
    """Wait until the list has followed."""

    def check() -> None:
        assert subjects(inbox) == list(expected)

    qtbot.waitUntil(check)


def test_a_view_shows_its_conversations_by_due_time(room: Room, inbox: InboxViewModel) -> None:
    for name in ("One", "Two", "Three"):
        room.world.customer_writes("Amelia Novak", name)
    room.world.customer_writes("Jonas Weber", "Nobody's", mine=False)
    inbox.show(VIEWS["mine"])
    assert subjects(inbox) == ["One", "Two", "Three"]
    assert inbox.heading == "3 open"
    assert not inbox.loading
    inbox.set_sort(SortOrder.NEWEST)
    assert subjects(inbox) == ["Three", "Two", "One"]
    inbox.show(VIEWS["unassigned"])
    inbox.show(VIEWS["mine"])
    assert subjects(inbox) == ["Three", "Two", "One"]


def test_a_new_conversation_comes_where_it_belongs(room: Room, inbox: InboxViewModel, qtbot: QtBot) -> None:
    inbox.show(VIEWS["mine"])
    assert subjects(inbox) == []
    room.world.customer_writes("Amelia Novak", "First")
    shows(qtbot, inbox, "First")
    room.world.customer_writes("Jonas Weber", "Second")
    shows(qtbot, inbox, "First", "Second")


def test_what_comes_above_the_cursor_waits(room: Room, inbox: InboxViewModel, qtbot: QtBot) -> None:
    room.world.customer_writes("Amelia Novak", "Old")
    inbox.show(VIEWS["mine"])
    inbox.set_sort(SortOrder.NEWEST)
    inbox.model.anchor = 0
    with qtbot.waitSignal(inbox.model.held_changed):
        room.world.customer_writes("Jonas Weber", "New")
    assert subjects(inbox) == ["Old"]
    assert inbox.model.held_new == 1
    assert inbox.heading == "2 open"
    inbox.model.let_in()
    shows(qtbot, inbox, "New", "Old")


def test_own_changes_take_place_at_once(room: Room, inbox: InboxViewModel, qtbot: QtBot) -> None:
    ids = [room.world.customer_writes("Amelia Novak", name) for name in ("One", "Two", "Three")]
    inbox.show(VIEWS["mine"])
    inbox.model.anchor = 2
    room.world.desk.apply(SetPriority(conversation_id=ids[2], priority=Priority.URGENT))
    shows(qtbot, inbox, "Three", "One", "Two")
    applied = room.world.desk.apply(SetStatus(conversation_id=ids[0], status=Status.SOLVED))
    shows(qtbot, inbox, "Three", "Two")
    room.world.desk.apply.undo(applied)
    shows(qtbot, inbox, "Three", "One", "Two")


def test_a_snoozed_conversation_leaves_and_comes_back_in_time(
    room: Room, inbox: InboxViewModel, qtbot: QtBot
) -> None:
    conversation = room.world.customer_writes("Amelia Novak", "Sleepy")
    inbox.show(VIEWS["mine"])
    until = room.world.clock.now() + timedelta(hours=1)
    room.world.desk.apply(SnoozeConversation(conversation_id=conversation, until=until))
    shows(qtbot, inbox)
    room.world.clock.advance(timedelta(hours=2))
    inbox.reload()
    shows(qtbot, inbox, "Sleepy")


def test_a_message_makes_the_row_unread_in_place(room: Room, inbox: InboxViewModel, qtbot: QtBot) -> None:
    conversation = room.world.customer_writes("Amelia Novak", "Kettle")
    inbox.show(VIEWS["mine"])
    room.world.customer_adds(conversation, "Hello? Anybody?")

    def check() -> None:
        row = inbox.model.row_at(0)
        assert row is not None
        assert (row.unread, row.preview) == (True, "Hello? Anybody?")

    qtbot.waitUntil(check)


def test_opening_tells_which_conversation(room: Room, inbox: InboxViewModel, qtbot: QtBot) -> None:
    ids = [room.world.customer_writes("Amelia Novak", name) for name in ("One", "Two")]
    inbox.show(VIEWS["mine"])
    with qtbot.waitSignal(inbox.opened) as opened:
        inbox.open_row(1)
    assert opened.args == [ids[1]]
    assert inbox.target_ids() == (ids[1],)
    with qtbot.waitSignal(inbox.select_wanted) as wanted:
        inbox.open(ids[0])
    assert wanted.args == [room.world.desk.inbox.pk_of(ids[0])]
    assert inbox.open_id == ids[0]


def test_commands_act_on_what_is_checked(room: Room, inbox: InboxViewModel) -> None:
    ids = [room.world.customer_writes("Amelia Novak", name) for name in ("One", "Two", "Three")]
    inbox.show(VIEWS["mine"])
    inbox.open_row(0)
    inbox.toggle_check(1)
    inbox.check_range(1, 2)
    assert set(inbox.target_ids()) == {ids[1], ids[2]}
    inbox.check_all()
    assert set(inbox.target_ids()) == set(ids)
    inbox.uncheck()
    assert inbox.target_ids() == (ids[0],)


def test_drafts_are_a_view_of_their_own(room: Room, inbox: InboxViewModel, qtbot: QtBot) -> None:
    conversation: Id = room.world.customer_writes("Amelia Novak", "Kettle")
    inbox.show(VIEWS["drafts"])
    assert subjects(inbox) == []
    room.world.desk.drafts.save(
        Draft(
            conversation_id=conversation, kind=DraftKind.REPLY, text="Dear", updated_at=room.world.clock.now()
        )
    )
    shows(qtbot, inbox, "Kettle")
    room.world.desk.drafts.delete(conversation, DraftKind.REPLY)
    shows(qtbot, inbox)


def test_many_changes_at_once_are_followed_by_looking_again(
    room: Room, inbox: InboxViewModel, qtbot: QtBot
) -> None:
    inbox.show(VIEWS["mine"])
    room.world.customer_writes("Amelia Novak", "One")
    room.context.changes.send(ChangeSet(origin=Origin.BACKFILL, bulk=True))
    shows(qtbot, inbox, "One")
