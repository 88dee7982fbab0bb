"""A replica that is fetched anew keeps the rows it has until they come, but for those that may not be seen any more."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations.conversation import ChangeTags, CreateConversation
from agent_desktop.domain.operations.message import AddNote, RemoveNote
from agent_desktop.domain.operations.workspace import SaveTeam, SaveUser
from agent_desktop.domain.rows import Entity
from agent_desktop.domain.workspace import Role
from agent_desktop.services.sync_status import SyncState, SyncStatus
from agent_desktop.store.outbox import LEAVING
from agent_desktop.store.settings import SettingStore
from sync.client.exchange import CHECK_EVERY
from sync.server.compaction import Compactor
from tests.factories import ANNA, an_id, make_channel, make_conversation, make_customer, make_team
from tests.fakes import DictRows
from tests.sync.cluster import Client, Cluster
from tests.sync.files import visible_to
from tests.sync.laws import check_indexes
from tests.sync.network import Fate

HERE, SUPPORT = make_conversation().id, make_team().id
KEPT, GONE, PRIVATE = an_id("kept"), an_id("gone"), an_id("private")
LEAVES = SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=())
ExpectLog = Callable[[str], None]
Away = Callable[[Cluster, Client], None]


def note(message_id: str, text: str = "something to find") -> AddNote:
    return AddNote(message_id=message_id, conversation_id=HERE, text=text)


def away_too_long(cluster: Cluster, anna: Client) -> None:
    """Tombstones are kept no longer; something has changed, come and gone since."""
    cluster.commit(note(KEPT), note(GONE))
    assert anna.exchange()
    cluster.commit(RemoveNote(message_id=GONE, conversation_id=HERE))
    cluster.commit(ChangeTags(conversation_id=HERE, add=("while away",)))
    forget_tombstones(cluster)


def restored(cluster: Cluster, anna: Client) -> None:
    """The server does not have what came last, and has lower versions of what was changed last."""
    cluster.commit(note(KEPT))
    cluster.back_up()
    cluster.commit(note(GONE))
    for number in range(20):
        cluster.commit(ChangeTags(conversation_id=HERE, add=(f"forgotten {number}",)))
    assert anna.exchange()
    cluster.restore()


def forget_tombstones(cluster: Cluster) -> None:
    """What was removed until now is only known by its not being there."""
    for _ in range(2):
        Compactor(cluster.database, cluster.clock).run()
        cluster.clock.advance(timedelta(days=40))


AWAY = pytest.mark.parametrize("away", [away_too_long, restored])


def let_anna_see_what_is_private(cluster: Cluster, anna: Client) -> None:
    """She comes into a private team that has a conversation; the backup is of before."""
    private = CreateConversation(
        conversation_id=PRIVATE,
        customer_id=make_customer().id,
        channel_id=make_channel().id,
        subject="Not for everybody",
        team_id=SUPPORT,
    )
    cluster.commit(LEAVES, SaveTeam(team_id=SUPPORT, name="Support", private=True), private, note(KEPT))
    cluster.back_up()
    cluster.commit(SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=(SUPPORT,)))
    assert anna.exchange()
    assert anna.visible().get(Conversation, PRIVATE) is not None


def keys(rows: DictRows) -> set[tuple[type[Entity], str]]:
    return {(type(row), row.id) for row in rows}


def found(client: Client) -> int:
    """How many messages the full text leads to."""
    while client.replica.index_block():
        pass
    with client.files.replica.read() as connection:
        sql = "SELECT count(*) FROM message_text JOIN message ON message.pk = message_text.rowid"
        return int(connection.execute(f"{sql} WHERE message_text MATCH 'something'").fetchone()[0])


def pages(client: Client, *, killed: bool = False) -> Iterator[None]:
    """Fetches everything anew and stops behind every call, as the network breaks, or everything does."""
    calls = [Fate.FINE] * (2 if killed else 1)  # a program that starts greets the server first
    for _ in range(50):
        if client.exchange([*calls, Fate.REQUEST_LOST]):
            return
        if client.replica.state().scan is not None:
            yield
        if killed:
            client.kill()
    pytest.fail("it never ended")


def check_indexes_of(client: Client) -> None:
    while client.replica.index_block():
        pass
    with client.files.replica.write() as connection:
        check_indexes(connection, client.visible())


@AWAY
def test_everything_stays_until_the_end_and_what_did_not_come_goes_then(
    cluster: Cluster, anna: Client, away: Away
) -> None:
    away(cluster, anna)
    before = anna.visible()
    assert found(anna) == 2
    stops = 0
    for _ in pages(anna, killed=True):
        stops += 1
        assert keys(before) <= keys(anna.visible())
        assert found(anna) == 2
        cluster.check(anna)
    assert stops >= 3
    cluster.check(anna)
    assert anna.visible().get(Message, GONE) is None
    assert anna.visible() == visible_to(cluster.rows(), anna.user_id)
    assert found(anna) == 1
    check_indexes_of(anna)
    assert SettingStore(anna.files.work).get(LEAVING) is False, "its words and files were looked after"


def test_of_a_restored_server_the_row_counts_whatever_its_version(cluster: Cluster, anna: Client) -> None:
    restored(cluster, anna)
    ours = anna.visible().get(Conversation, HERE)
    theirs = cluster.rows().get(Conversation, HERE)
    assert ours is not None
    assert theirs is not None
    assert ours.ver > theirs.ver
    cluster.settle()
    assert anna.visible().get(Conversation, HERE) == theirs


@AWAY
def test_what_waits_stands_over_what_is_here_and_over_what_comes(
    cluster: Cluster, anna: Client, away: Away
) -> None:
    away(cluster, anna)
    own = an_id("own")
    assert anna.act([note(own), ChangeTags(conversation_id=HERE, add=("mine",))])
    for _ in pages(anna):
        conversation = anna.visible().get(Conversation, HERE)
        assert conversation is not None
        assert "mine" in conversation.tags
        assert anna.visible().get(Message, own) is not None
        cluster.check(anna)
    cluster.settle()
    cluster.check_log()
    assert cluster.rows().get(Message, own) is not None


def test_a_row_that_waits_to_be_removed_and_is_gone_does_not_come_back(
    cluster: Cluster, anna: Client
) -> None:
    own = an_id("own")
    cluster.back_up()
    assert anna.act([note(own)])
    assert anna.exchange()
    cluster.clock.advance(timedelta(days=8))
    assert anna.exchange()
    assert anna.outbox() == [], "it is not known any more who made it"
    assert anna.act([RemoveNote(message_id=own, conversation_id=HERE)])
    assert anna.visible().get(Message, own) is None
    cluster.restore()
    cluster.settle()
    assert anna.visible().get(Message, own) is None
    cluster.check_log()


def test_what_changes_meanwhile_is_right_in_the_end(cluster: Cluster, anna: Client) -> None:
    away_too_long(cluster, anna)
    for number, _ in enumerate(pages(anna)):
        new = an_id(f"new {number}")
        assert cluster.commit(note(new), ChangeTags(conversation_id=HERE, add=(f"tag {number}",)))
        if number % 2:
            assert cluster.commit(RemoveNote(message_id=new, conversation_id=HERE))
        if number == 2:
            assert cluster.commit(RemoveNote(message_id=KEPT, conversation_id=HERE))
    cluster.settle()
    assert number >= 3
    assert anna.visible().get(Message, KEPT) is None


@pytest.mark.parametrize("calls", [2, 4])
def test_a_server_restored_meanwhile_has_it_begun_once_more(
    cluster: Cluster, anna: Client, calls: int
) -> None:
    away_too_long(cluster, anna)
    cluster.back_up()
    cluster.commit(note(an_id("forgotten")), ChangeTags(conversation_id=HERE, add=("forgotten",)))
    before = anna.visible()
    if not anna.exchange([*[Fate.FINE] * calls, Fate.REQUEST_LOST]):
        cluster.restore()
        # Told by the next page that it is another, it asks what may stay, and is cut off again.
        anna.exchange([Fate.FINE] * 3 + [Fate.REQUEST_LOST])
        assert keys(before) <= keys(anna.visible())
    cluster.settle()


def test_who_is_not_told_what_may_stay_keeps_nothing(cluster: Cluster, anna: Client) -> None:
    """Who may not read all any more; a server of before says no more either."""
    assert anna.visible().query(Conversation)
    cluster.commit(SaveUser(user_id=ANNA.id, name=ANNA.name, role=Role.FIELD))
    assert not anna.exchange([Fate.FINE] * 1 + [Fate.REQUEST_LOST])
    assert len(anna.visible()) == 0
    assert anna.former() == set()
    cluster.settle()


@pytest.mark.parametrize("is_restored", [False, True])
def test_what_may_not_be_seen_any_more_goes_at_once(
    cluster: Cluster, anna: Client, is_restored: bool
) -> None:
    let_anna_see_what_is_private(cluster, anna)
    before = anna.visible()
    # What is pending there changes nothing of it.
    assert anna.act([ChangeTags(conversation_id=PRIVATE, add=("mine",))])
    if is_restored:
        cluster.restore()
    else:
        cluster.commit(LEAVES)
        forget_tombstones(cluster)
    for _ in pages(anna):
        assert keys(before) - keys(anna.visible()) == {(Conversation, PRIVATE)}
    assert PRIVATE not in {row.id for row in anna.visible()}
    cluster.settle()


@pytest.mark.parametrize("came", [0, 1, 3])
def test_what_is_lost_while_everything_is_fetched_anew_goes_with_the_next_page(
    cluster: Cluster, anna: Client, came: int
) -> None:
    """It may be fetched over weeks, on a bad network; the pull behind all of it would be the first to say so."""
    let_anna_see_what_is_private(cluster, anna)
    cluster.commit(note(GONE))
    forget_tombstones(cluster)
    fetching = pages(anna)
    for _ in range(1 + came):
        next(fetching)
    cluster.commit(LEAVES)
    before = anna.visible()
    assert before.get(Conversation, PRIVATE) is not None
    shown = [keys(before) - keys(anna.visible()) for _ in fetching]
    assert shown
    assert all(gone == {(Conversation, PRIVATE)} for gone in shown)
    cluster.settle()


def test_who_is_too_far_behind_keeps_what_is_not_said_to_be_gone(
    cluster: Cluster, anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.commit(note(KEPT), note(GONE))
    assert anna.exchange()
    cluster.commit(RemoveNote(message_id=GONE, conversation_id=HERE))
    cluster.commit(*(note(an_id(f"new {number}")) for number in range(9)))
    monkeypatch.setattr("sync.client.exchange.MOST_ROWS", 8)
    before = anna.visible()
    for _ in pages(anna):
        assert keys(before) - keys(anna.visible()) == {(Message, GONE)}
    cluster.settle()


def test_who_is_too_far_behind_does_not_keep_what_may_not_be_seen_any_more(
    cluster: Cluster, anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_anna_see_what_is_private(cluster, anna)
    cluster.commit(LEAVES)
    cluster.commit(*(note(an_id(f"new {number}")) for number in range(9)))
    monkeypatch.setattr("sync.client.exchange.MOST_ROWS", 8)
    before = anna.visible()
    assert not anna.exchange([Fate.FINE, Fate.FINE, Fate.REQUEST_LOST]), "the second page is one too many"
    assert anna.replica.state().scan is not None
    assert keys(before) - keys(anna.visible()) == {(Conversation, PRIVATE)}
    for _ in pages(anna):
        assert keys(before) - keys(anna.visible()) == {(Conversation, PRIVATE)}
    cluster.settle()


def test_what_the_check_finds_wrong_is_put_right_without_anything_going(
    cluster: Cluster, anna: Client, expect_log: ExpectLog
) -> None:
    expect_log("agent_desktop.sync: ERROR: the replica differs from the server in message")
    cluster.commit(note(KEPT), note(GONE))
    assert anna.exchange()
    with cluster.database.write() as connection:
        connection.execute("DELETE FROM message WHERE id = ?", (GONE,))
        connection.execute(
            'UPDATE scope_digest SET "rows" = "rows" - 1 WHERE entity = ? AND scope = ?', (Message.table, "i")
        )
    before = anna.visible()
    cluster.clock.advance(CHECK_EVERY)
    assert not anna.exchange([*[Fate.FINE] * 5, Fate.REQUEST_LOST])
    assert anna.replica.state().scan is not None
    assert keys(before) == keys(anna.visible())
    assert anna.exchange()
    assert keys(before) - keys(anna.visible()) == {(Message, GONE)}


def test_the_status_says_that_everything_is_compared_until_it_is(cluster: Cluster, anna: Client) -> None:
    away_too_long(cluster, anna)
    told: list[SyncStatus] = []
    anna.engine.subscribe(told.append)
    assert anna.exchange()
    first = next(number for number, status in enumerate(told) if status.total)
    *comparing, last = told[first:]
    assert {(status.state, status.anew) for status in comparing} == {(SyncState.CATCHING_UP, True)}
    assert comparing[-1].total == 0, "it was looked at while only the pull behind the scan was left, too"
    assert (last.state, last.anew) == (SyncState.IN_SYNC, False)


def test_the_status_of_a_first_sync_says_nothing_of_comparing(cluster: Cluster, anna: Client) -> None:
    anna.delete_replica()
    told: list[SyncStatus] = []
    anna.engine.subscribe(told.append)
    assert anna.exchange()
    assert any(status.total for status in told)
    assert not any(status.anew for status in told)
