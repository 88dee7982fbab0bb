"""What would wait for ever, for a file that went or as too large: it is told, tried again, or given up."""

from contextlib import closing
from pathlib import Path

import pytest

from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.operations.conversation import ChangeTags
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.services.composer import Outgoing
from agent_desktop.services.unsendable import UnsendableOperations
from agent_desktop.store.client import open_client_files
from agent_desktop.store.replica import Delta, Replica
from agent_desktop.store.rows import SqlRows
from agent_desktop.store.uploads import Uploads
from tests.desk_fixture import Office
from tests.factories import ANNA, make_conversation, make_import, small_workspace
from tests.fakes import START, FakeIds

CONTENT = b"%PDF-1.7"


@pytest.fixture
def conversation_id(office: Office) -> Id:
    return office.world.customer_writes("Karl Lund", "Refund", "Where is it?")


def note(office: Office, conversation_id: Id) -> Id:
    """A note with a file that is gone before anything was sent; the id of the message."""
    file = office.desk.composer.attach_content("a.pdf", CONTENT)
    applied = office.desk.composer.note(conversation_id, "See the file", (file,))
    office.desk.blobs.path(file.sha256).unlink()
    payload = applied.operations[0].payload
    assert isinstance(payload, AddNote)
    return payload.message_id


def answer(office: Office, conversation_id: Id) -> Id:
    """A reply that resolves, with such a file."""
    desk, here = office.desk, office.row(Conversation, conversation_id)
    choice = desk.composer.channels(conversation_id)[0]
    file = desk.composer.attach_content("a.pdf", CONTENT)
    reply_id = desk.ids.new()
    desk.composer.send(
        Outgoing(
            conversation_id=conversation_id,
            channel_id=choice.channel.id,
            text="See the file",
            to=choice.to,
            files=(file,),
            reply_id=reply_id,
            seen_in=here.last_in_id,
            seen_out=here.last_out_id,
            then=Status.SOLVED,
        )
    )
    desk.blobs.path(file.sha256).unlink()
    return reply_id


def messages(office: Office, conversation_id: Id) -> list[str]:
    return [item.message.text for item in office.desk.conversations.timeline(conversation_id).items]


def test_it_is_said_what_is_gone_and_what_can_be_done(office: Office, conversation_id: Id) -> None:
    note(office, conversation_id)
    (item,) = office.desk.outbox.items()
    assert office.desk.outbox.attention() == 1
    assert (item.title, item.text, item.conversation_id) == ("Note", "See the file", conversation_id)
    assert item.words.startswith("“a.pdf” is no longer on this computer, so this cannot be sent.")
    assert item.needs_attention
    assert (item.can_retry, item.can_edit, item.can_discard) == (True, True, True)


def test_it_goes_when_the_file_is_back(office: Office, conversation_id: Id) -> None:
    message_id = note(office, conversation_id)
    (item,) = office.desk.outbox.items()
    assert item.operation_id is not None
    with pytest.raises(InputError, match="no longer on this computer"):
        office.desk.outbox.retry(item.operation_id)
    assert office.desk.outbox.items() == [item]
    office.desk.blobs.put(CONTENT)
    assert office.desk.outbox.items() == []
    office.desk.outbox.retry(item.operation_id)
    office.desk.sync.exchange()
    assert office.on_server(Message, message_id).attachment_count == 1


def test_of_what_was_imported_the_parts_that_nobody_has_named_are_looked_for_too(
    office: Office, conversation_id: Id
) -> None:
    desk, here = office.desk, office.row(Conversation, conversation_id)
    raw = desk.blobs.take(b"From: dora@example.org")
    old = make_import(here, desk.ids, raw)
    assert desk.apply.many([old]) == []
    assert desk.outbox.items() == []
    desk.blobs.path(raw).unlink()
    (item,) = desk.outbox.items()
    assert item.words.startswith(
        "“the mail as it came” is no longer on this computer, so this cannot be sent."
    )


def test_it_can_be_given_up(office: Office, conversation_id: Id) -> None:
    office.desk.sync.exchange()
    note(office, conversation_id)
    office.desk.apply(ChangeTags(conversation_id=conversation_id, add=("vip",)))
    (item,) = office.desk.outbox.items()
    assert item.operation_id is not None
    office.desk.outbox.discard(item.operation_id)
    assert office.desk.outbox.items() == []
    assert "See the file" not in messages(office, conversation_id)
    assert [made.payload.__class__ for made in office.pending()] == [ChangeTags]
    office.desk.sync.exchange()
    assert office.on_server(Conversation, conversation_id).tags == ("vip",)
    assert "See the file" not in messages(office, conversation_id)


def test_a_reply_is_listed_once_and_given_up_with_what_was_done_with_it(
    office: Office, conversation_id: Id
) -> None:
    answer(office, conversation_id)
    assert office.row(Conversation, conversation_id).status is Status.SOLVED
    (item,) = office.desk.outbox.items()
    assert (item.title, item.delivery, item.message_id) == ("Reply, Change status", Delivery.FAILED, None)
    assert item.operation_id is not None
    office.desk.outbox.discard(item.operation_id)
    assert office.row(Conversation, conversation_id).status is Status.OPEN
    assert (office.pending(), office.desk.outbox.items()) == ([], [])


@pytest.mark.parametrize(("text", "is_large"), [("x" * 1_600_000, True), ("ж" * 600_000, False)])
def test_what_no_server_takes_at_once_is_told_where_there_is_one_over_a_network(
    office: Office, conversation_id: Id, text: str, is_large: bool
) -> None:
    desk = office.desk
    desk.sync.exchange()
    desk.apply(AddNote(conversation_id=conversation_id, message_id=desk.ids.new(), text=text))
    desk.apply(ChangeTags(conversation_id=conversation_id, add=("vip",)))
    assert desk.outbox.items() == []
    uploads = Uploads(desk._files.work)
    over_a_network = UnsendableOperations(
        desk.replica, desk.blobs, uploads, desk.changes.announce, lambda: None, lambda: True
    )
    assert bool(over_a_network.found()) is is_large
    for found in over_a_network.found():
        over_a_network.give_up(found)
        assert [made.payload.__class__ for made in office.pending()] == [ChangeTags]
    assert over_a_network.found() == []


class Offered:
    """A server that takes no file, until it is asked again."""

    def __init__(self, *sha256s: str) -> None:
        self.too_large = frozenset(sha256s)

    def offer_again(self) -> None:
        self.too_large = frozenset()


def test_a_file_that_is_larger_than_the_server_takes_is_told_and_offered_again(
    office: Office, conversation_id: Id, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = office.desk
    file = desk.composer.attach_content("a.pdf", CONTENT)
    desk.composer.note(conversation_id, "See the file", (file,))
    assert desk.outbox.items() == []
    offered = Offered(file.sha256)
    monkeypatch.setattr(desk._unsendable_operations, "_offered", lambda: offered)
    (item,) = desk.outbox.items()
    assert item.words.startswith("“a.pdf” is larger than the server takes, so this cannot be sent.")
    assert (item.text, item.can_retry, item.can_edit, item.can_discard) == ("See the file", True, True, True)
    assert item.operation_id is not None
    desk.outbox.retry(item.operation_id)
    assert desk.outbox.items() == []


def test_what_was_given_up_stays_so_when_the_program_stops_in_the_middle(tmp_path: Path) -> None:
    ids, here = FakeIds(), make_conversation().id
    with closing(open_client_files(tmp_path / "work.db", tmp_path / "replica.db")) as files:
        replica = Replica(files.replica, files.replica_schema, files.outbox, ANNA.id)
        mappings = files.replica_schema.tables
        rows = {
            row.table: (mappings[type(row)].columns, [mappings[type(row)].values(row)])
            for row in small_workspace()
            if isinstance(row, Conversation) or row.id == ANNA.id
        }
        replica.receive(Delta(epoch="e", cursor=1, ack=0, rows=rows))
        made = [
            Operation(id=ids.new(), payload=ChangeTags(conversation_id=here, add=(name,)), created_at=START)
            for name in ("first", "second")
        ]
        replica.perform(made)

        def drop(operation_ids: object) -> None:
            type(replica.outbox).drop(replica.outbox, [made[1].id])
            raise KeyboardInterrupt

        replica.outbox.drop = drop  # type: ignore[method-assign]  # the program stops there
        with pytest.raises(KeyboardInterrupt):
            replica.give_up([made[1].id])
    with closing(open_client_files(tmp_path / "work.db", tmp_path / "replica.db")) as files:
        replica = Replica(files.replica, files.replica_schema, files.outbox, ANNA.id)
        replica.recover()
        with files.replica.read() as connection:
            conversation = SqlRows(connection, files.replica_schema.tables).get(Conversation, here)
        assert conversation is not None
        assert conversation.tags == ("first",)
