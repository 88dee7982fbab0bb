"""Pages that clients read: in a useful order, cut between versions, and none for who was away too long."""

from datetime import timedelta

import pytest

from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations.conversation import ChangeTags, CreateConversation, SetStatus
from agent_desktop.domain.operations.message import AddNote, ReceiveMessage, RemoveNote
from agent_desktop.domain.operations.workspace import SaveUser
from agent_desktop.domain.workspace import User
from sync.protocol.messages import ScanAnswer
from sync.server import scanning
from sync.server.compaction import Compactor
from tests.factories import ANNA, BEN, make_channel, make_conversation, make_customer
from tests.sync.cluster import Cluster
from tests.sync.server.test_commit import push, wire

HERE = make_conversation().id


def pages(cluster: Cluster) -> list[ScanAnswer]:
    found = [cluster.backend.scan(ANNA.id, "any", 0, None)]
    while found[-1].next is not None:
        found.append(cluster.backend.scan(ANNA.id, "any", found[0].upto, found[-1].next))
    return found


def fill(cluster: Cluster, count: int = 30) -> None:
    """Conversations in which a customer wrote; every third is worked on."""
    for number in range(count):
        cluster.clock.advance(timedelta(minutes=1))
        new = CreateConversation(
            conversation_id=cluster.ids.new(),
            customer_id=make_customer(name="Mia Roth").id,
            channel_id=make_channel().id,
            subject=f"Number {number}",
        )
        message = ReceiveMessage(
            conversation_id=new.conversation_id,
            message_id=cluster.ids.new(),
            customer_id=new.customer_id,
            channel_id=new.channel_id,
            text="Hello",
            sent_at=cluster.clock.now(),
        )
        done = SetStatus(conversation_id=new.conversation_id, status=Status.SOLVED)
        cluster.backend.store.commit([new, message, *([done] if number % 3 else [])])


def test_a_first_sync_begins_with_what_is_worked_on(cluster: Cluster) -> None:
    fill(cluster)
    found = pages(cluster)
    tables = [list(page.tables) for page in found]
    first = next(place for place, names in enumerate(tables) if Conversation.table in names)
    assert any(User.table in names for names in tables[:first])
    assert not any(Message.table in names for names in tables[:first])
    columns = found[first].tables[Conversation.table].columns
    assert {row[columns.index("status")] for row in found[first].tables[Conversation.table].rows} == {"open"}
    assert found[first].tables[Customer.table].rows
    assert found[first].tables[Message.table].rows
    # Each row is there, and the newest come first.
    everything = {row.id for row in cluster.rows()}
    assert {row[0] for page in found for table in page.tables.values() for row in table.rows} == everything
    rest = [
        row[0]
        for page in found
        if list(page.tables) == [Message.table]
        for row in page.tables[Message.table].rows
    ]
    assert rest == sorted(rest, reverse=True)
    assert {page.total for page in found} == {len(everything)}


def test_the_first_page_is_small_and_holds_what_a_desk_begins_with(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(cluster)
    cluster.backend.feed.scan_rows = 5_000
    monkeypatch.setattr(scanning, "FIRST_ROWS", 40)
    first, *others = pages(cluster)
    assert {User.table, Conversation.table, Customer.table} <= set(first.tables)
    # Of what comes with a conversation that is worked on, nothing is left out.
    assert 0 < sum(len(table.rows) for table in first.tables.values()) < 60
    assert len(others) == 1


def test_a_page_ends_between_versions(cluster: Cluster) -> None:
    epoch, since = cluster.backend.hello().epoch, cluster.backend.hello().head
    cluster.backend.store.commit(
        [AddNote(conversation_id=HERE, message_id=cluster.ids.new(), text="one version") for _ in range(12)]
    )
    fill(cluster, 6)
    head, ends = cluster.backend.hello().head, []
    seen = 0
    while since < head:
        page = cluster.backend.pull(ANNA.id, "any", epoch, since)
        rows = sum(len(table.rows) for table in page.tables.values())
        assert since < page.upto
        assert page.more is (page.upto < head)
        assert rows <= cluster.backend.feed.page_rows or page.upto == since + 1
        seen += rows
        since = page.upto
        ends.append(page.upto)
    assert len(ends) > 3
    assert seen >= 12 + 6 * 2


def test_tombstones_go_in_time_and_who_missed_them_begins_anew(cluster: Cluster) -> None:
    compactor = Compactor(cluster.database, cluster.clock, kept=timedelta(days=30))
    epoch, note = cluster.backend.hello().epoch, cluster.ids.new()
    push(cluster, wire(cluster, 1, AddNote(conversation_id=HERE, message_id=note, text="gone soon")))
    before = cluster.backend.hello().head
    push(cluster, wire(cluster, 2, RemoveNote(conversation_id=HERE, message_id=note)))
    for active in (False, True):
        cluster.backend.store.commit([SaveUser(user_id=BEN.id, name=BEN.name, role=BEN.role, active=active)])
    after = cluster.backend.hello().head
    for day in range(40):
        compactor.run()
        gone = cluster.backend.pull(ANNA.id, "any", epoch, before).removed
        if day < 30:
            assert gone == {Message.table: [note]}
        cluster.clock.advance(timedelta(days=1))
    assert cluster.backend.pull(ANNA.id, "any", epoch, before).resync
    page = cluster.backend.pull(ANNA.id, "any", epoch, after)
    assert not page.resync
    assert cluster.commit(ChangeTags(conversation_id=HERE, add=("still",)))
    assert Conversation.table in cluster.backend.pull(ANNA.id, "any", epoch, after).tables
    with cluster.database.read() as connection:
        assert connection.execute("SELECT count(*) FROM tombstone").fetchone() == (0,)
        left = connection.execute("SELECT count(*) FROM member WHERE until_ver IS NOT NULL").fetchone()
        assert left == (0,), "nobody asks any more what somebody saw until then"


def test_what_went_of_late_is_still_told_when_older_things_are_forgotten(cluster: Cluster) -> None:
    compactor = Compactor(cluster.database, cluster.clock, kept=timedelta(days=30))
    epoch, note = cluster.backend.hello().epoch, cluster.ids.new()
    push(cluster, wire(cluster, 1, AddNote(conversation_id=HERE, message_id=note, text="gone soon")))
    compactor.run()
    before = cluster.backend.hello().head
    push(cluster, wire(cluster, 2, RemoveNote(conversation_id=HERE, message_id=note)))
    cluster.clock.advance(timedelta(days=30))
    compactor.run()
    assert cluster.backend.pull(ANNA.id, "any", epoch, before - 1).resync
    assert cluster.backend.pull(ANNA.id, "any", epoch, before).removed == {Message.table: [note]}
