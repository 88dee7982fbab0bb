"""What streams are told after a commit: the rows of its versions, for those who may see them."""

from agent_desktop.domain.operations.conversation import ChangeTags, MarkRead, SetTeam
from agent_desktop.domain.operations.workspace import SaveChannel, SaveRole, SaveTeam, SaveUser
from agent_desktop.domain.workspace import ChannelKind
from sync.protocol.messages import Poke, StreamedDelta
from sync.server.deltas import Changes, Deltas
from tests.factories import ANNA, BEN, make_channel, make_conversation, make_team
from tests.fakes import START
from tests.sync.cluster import Client, Cluster
from tests.sync.files import TEMPLATES

HERE = make_conversation().id


def test_a_stream_is_told_what_was_committed_to_those_who_may_see_it(cluster: Cluster, anna: Client) -> None:
    deltas = Deltas(cluster.database, TEMPLATES.server_schema, cluster.clock)
    _, since = deltas.head()
    assert deltas.changes(since) is None
    anna.act([ChangeTags(conversation_id=HERE, add=("vip",)), MarkRead(conversation_id=HERE, read_at=START)])
    assert anna.exchange()
    changes = deltas.changes(since)
    assert changes is not None
    assert not changes.membership
    for_anna, for_ben = (changes.for_scopes(cluster.backend.scopes(user.id)) for user in (ANNA, BEN))
    assert isinstance(for_anna, StreamedDelta)
    assert isinstance(for_ben, StreamedDelta)
    assert (for_ben.since, for_ben.upto) == (since, cluster.backend.hello().head)
    assert "conversation" in for_ben.tables
    assert for_anna.tables.keys() - for_ben.tables.keys() == {"read_marker"}
    assert for_anna.acks == {"client-0": 2}


def test_a_change_of_who_sees_what_is_told_as_such(cluster: Cluster) -> None:
    deltas = Deltas(cluster.database, TEMPLATES.server_schema, cluster.clock)
    for payload in (
        SaveUser(user_id=BEN.id, name="Ben", role=BEN.role),
        SaveRole(role_id=cluster.ids.new(), name="Readers", permissions=()),
        SaveTeam(team_id=make_team().id, name="Support", private=True),
        SaveChannel(channel_id=make_channel().id, kind=ChannelKind.EMAIL, name="Mail", address="a@b.example"),
    ):
        _, since = deltas.head()
        assert cluster.commit(payload)
        changes = deltas.changes(since)
        assert changes is not None
        assert changes.membership
        # Also to who sees already what they may see from now on, as a stream does that has just begun.
        told = changes.for_scopes(changes.seen_by(frozenset(cluster.backend.scopes(BEN.id))))
        assert told == Poke(epoch=changes.epoch, head=since + 1)


def test_what_is_shown_to_several_is_told_to_each_of_them() -> None:
    row = {"conversation": [("c", "i+t:x")]}
    changes = Changes(
        epoch="e",
        since=1,
        upto=2,
        time=0,
        acks={},
        columns={"conversation": ["id", "scope"]},
        rows={"i+t:x": row, "t:y": {}},
        removed={},
    )
    for held, seen in (({"t:x"}, {"i+t:x"}), ({"i", "t:y"}, {"i+t:x", "t:y"}), ({"t:z"}, set[str]())):
        assert changes.seen_by(held) == seen


def test_where_tombstones_were_forgotten_it_is_only_told_that_there_is_something_new(
    cluster: Cluster,
) -> None:
    """A process that slept for months must not say that nothing was removed."""
    deltas = Deltas(cluster.database, TEMPLATES.server_schema, cluster.clock)
    _, since = deltas.head()
    cluster.commit(ChangeTags(conversation_id=HERE, add=("vip",)))
    with cluster.database.write() as connection:
        connection.execute("UPDATE head SET oldest_cursor = version")
    changes = deltas.changes(since)
    assert changes is not None
    told = changes.for_scopes(cluster.backend.scopes(ANNA.id))
    assert told == Poke(epoch=cluster.backend.hello().epoch, head=cluster.backend.hello().head)


def test_where_the_database_was_set_back_nobody_is_given_rows(cluster: Cluster) -> None:
    """Whoever stands further would go back to where it is, and never find out."""
    deltas = Deltas(cluster.database, TEMPLATES.server_schema, cluster.clock)
    epoch, head = deltas.head()
    changes = deltas.changes(head + 1)
    assert changes is not None
    assert changes.for_scopes(cluster.backend.scopes(ANNA.id)) == Poke(epoch=epoch, head=head)


def test_what_moves_from_one_place_that_is_seen_to_another_is_not_gone(cluster: Cluster) -> None:
    deltas = Deltas(cluster.database, TEMPLATES.server_schema, cluster.clock)
    team = make_team()
    cluster.commit(SaveTeam(team_id=team.id, name=team.name, private=True))
    cluster.commit(SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=(team.id,)))
    _, since = deltas.head()
    cluster.commit(SetTeam(conversation_id=HERE, team_id=team.id))
    changes = deltas.changes(since)
    assert changes is not None
    told = {}
    for user in (ANNA, BEN):
        delta = changes.for_scopes(changes.seen_by(frozenset(cluster.backend.scopes(user.id))))
        assert isinstance(delta, StreamedDelta)
        told[user] = "conversation" in delta.tables, HERE in delta.removed.get("conversation", ())
    assert told == {ANNA: (True, False), BEN: (False, True)}
