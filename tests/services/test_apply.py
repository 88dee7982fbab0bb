"""The one write path: all or none, durable first, announced in order, and taken back by what it gives."""

import queue
from collections.abc import Callable

import pytest

from agent_desktop.domain.changes import ChangeSet, Origin
from agent_desktop.domain.conversation import Conversation, Priority, Status
from agent_desktop.domain.errors import Rejected, StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations.conversation import (
    AssignConversation,
    ChangeTags,
    SetPriority,
    SetStatus,
)
from agent_desktop.domain.operations.message import AddNote
from sync.client.engine import SyncEngine
from tests.desk_fixture import Office
from tests.fakes import DictRows
from tests.sync.files import entity_rows

ExpectLog = Callable[[str], None]


@pytest.fixture
def conversation_id(office: Office) -> Id:
    return office.world.customer_writes("Karl Lund", "Refund", "Where is it?")


class Window:
    """Shows every row, and follows what is announced."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.rows = self.there()
        self.heard: list[ChangeSet] = []
        office.desk.changes.subscribe(self.hear)

    def there(self) -> DictRows:
        return entity_rows(self._office.desk.profile.replica_db, self._office.desk.replica.schema.tables)

    def hear(self, changes: ChangeSet) -> None:
        self.heard.append(changes)
        if changes.bulk:
            self.rows = self.there()
        for change in changes.changes:
            assert self.rows.get(change.entity, change.id) == change.old
            if change.new is None:
                self.rows.delete(change.entity, change.id)
            else:
                self.rows.put(change.new)


def test_a_change_is_visible_announced_and_pending_at_once(office: Office, conversation_id: Id) -> None:
    window = Window(office)
    applied = office.desk.apply(SetPriority(conversation_id=conversation_id, priority=Priority.URGENT))
    assert office.row(Conversation, conversation_id).priority is Priority.URGENT
    assert [changes.origin for changes in window.heard] == [Origin.LOCAL]
    assert window.rows == window.there()
    assert [operation.id for operation in office.pending()] == [item.id for item in applied.operations]
    assert applied.title == "Change priority"
    office.desk.sync.exchange()
    assert office.on_server(Conversation, conversation_id).priority is Priority.URGENT
    assert office.pending() == []


def test_a_group_is_done_whole_or_not_at_all(office: Office, conversation_id: Id) -> None:
    window = Window(office)
    before = window.there()
    with pytest.raises(Rejected):
        office.desk.apply(
            SetPriority(conversation_id=conversation_id, priority=Priority.URGENT),
            AssignConversation(conversation_id="0" * 32, assignee_id=None),
        )
    assert window.there() == before
    assert office.pending() == []
    assert window.heard == []
    applied = office.desk.apply(
        SetPriority(conversation_id=conversation_id, priority=Priority.URGENT),
        ChangeTags(conversation_id=conversation_id, add=("vip",)),
    )
    assert len({operation.group for operation in applied.operations}) == 1
    assert applied.operations[0].group is not None


def test_undo_takes_a_whole_group_back(office: Office, conversation_id: Id) -> None:
    before = office.row(Conversation, conversation_id)
    applied = office.desk.apply(
        ChangeTags(conversation_id=conversation_id, add=("vip",)),
        SetStatus(conversation_id=conversation_id, status=Status.SOLVED),
        SetPriority(conversation_id=conversation_id, priority=Priority.LOW),
    )
    office.desk.sync.exchange()
    again = office.desk.apply.undo(applied)
    after = office.row(Conversation, conversation_id)
    assert (after.tags, after.status, after.priority, after.solved_at) == (
        before.tags,
        before.status,
        before.priority,
        before.solved_at,
    )
    office.desk.apply.undo(again)
    assert office.row(Conversation, conversation_id).tags == ("vip",)


def test_what_a_colleague_did_meanwhile_comes_through(office: Office, conversation_id: Id) -> None:
    window = Window(office)
    office.desk.apply(ChangeTags(conversation_id=conversation_id, add=("mine",)))
    office.colleague.does(
        ChangeTags(conversation_id=conversation_id, add=("theirs",)),
        SetPriority(conversation_id=conversation_id, priority=Priority.HIGH),
    )
    office.desk.apply(SetPriority(conversation_id=conversation_id, priority=Priority.LOW))
    assert set(office.row(Conversation, conversation_id).tags) == {"mine"}
    office.desk.sync.exchange()
    conversation = office.row(Conversation, conversation_id)
    assert set(conversation.tags) == {"mine", "theirs"}
    assert conversation.priority is Priority.LOW  # the last one to arrive
    assert window.rows == window.there()
    office.colleague.engine.exchange()
    assert office.colleague.replica.digest() == {
        **office.server.backend.feed.digest(office.colleague.user_id).tables,
    }


def test_independent_things_do_not_stop_each_other(office: Office, conversation_id: Id) -> None:
    gone = SetPriority(conversation_id="0" * 32, priority=Priority.LOW)
    refused = office.desk.apply.many(
        [
            ChangeTags(conversation_id=conversation_id, add=("one",)),
            gone,
            ChangeTags(conversation_id=conversation_id, add=("two",)),
        ]
    )
    assert [payload for payload, _ in refused] == [gone]
    assert office.row(Conversation, conversation_id).tags == ("one", "two")
    office.desk.sync.exchange()
    assert office.on_server(Conversation, conversation_id).tags == ("one", "two")


def test_changes_are_heard_in_the_order_of_commits_from_all_threads(
    office: Office, conversation_id: Id
) -> None:
    desk = office.desk
    assert isinstance(desk.sync, SyncEngine)
    window = Window(office)
    news: queue.Queue[object] = queue.Queue()
    desk.changes.subscribe(news.put)
    desk.sync.subscribe(news.put)
    desk.sync.start()
    for number in range(40):
        desk.apply(ChangeTags(conversation_id=conversation_id, add=(f"mine {number}",)))
        office.server.backend.store.commit(
            [ChangeTags(conversation_id=conversation_id, add=(f"theirs {number}",))]
        )
        desk.sync.poke()
    while len(office.row(Conversation, conversation_id).tags) < 80 or desk.sync.status.waiting:
        news.get(timeout=60)
    desk.sync.stop()
    assert window.rows == window.there()


def test_a_disk_that_fails_after_the_commit_takes_nothing_back(
    office: Office, conversation_id: Id, expect_log: ExpectLog
) -> None:
    def fail(changes: ChangeSet) -> None:
        raise StoreError("The disk is full.", "in a listener")

    expect_log("applied, but not announced")
    office.desk.changes.subscribe(fail)
    note = AddNote(conversation_id=conversation_id, message_id=office.world.ids.new(), text="kept")
    office.desk.apply(note)
    assert office.row(Message, note.message_id).text == "kept"
    assert len(office.pending()) == 1
