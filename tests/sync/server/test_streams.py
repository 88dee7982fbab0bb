"""Streams: what is committed reaches who may see it at once, and nobody else."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
import requests

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.operations.conversation import ChangeTags, CreateConversation, MarkRead, SetTeam
from agent_desktop.domain.operations.customer import CreateCustomer
from agent_desktop.domain.operations.workspace import SaveTeam, SaveUser
from agent_desktop.domain.rows import user_scope
from agent_desktop.domain.scopes import team_scope
from agent_desktop.domain.workspace import Role
from sync.protocol.messages import (
    Activity,
    Poke,
    Presence,
    PresenceRequest,
    PullAnswer,
    StreamedDelta,
)
from sync.server import deltas, stream
from sync.server.deltas import Deltas
from sync.server.presence import LASTS_SECONDS, PresenceBoard, Seen
from sync.server.sign_in.accounts import Session
from sync.server.stream import BYE, WAITING_BYTES, Stream
from tests.factories import (
    ANNA,
    BEN,
    SUPERVISOR,
    make_channel,
    make_conversation,
    make_customer,
    make_message,
    make_team,
)
from tests.sync.files import TEMPLATES
from tests.sync.server.team import JSON, PATIENCE, Team, running

HERE = make_conversation().id
T = TypeVar("T")


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs") as team:
        yield team


def tag(name: str) -> ChangeTags:
    return ChangeTags(conversation_id=HERE, add=(name,))


def head(team: Team) -> int:
    return team.backend.hello().head


# ----- deltas


def test_a_commit_reaches_everybody_as_a_delta_that_continues_their_cursor(team: Team) -> None:
    since = head(team)
    anna, ben = team.client(), team.client(BEN.id)
    hears = [anna.listen(since), ben.listen(since)]
    anna.push(team.operation(1, tag("vip")))
    for listener in hears:
        name, data = listener.next()
        delta = msgspec.convert(data, StreamedDelta)
        assert name == "delta"
        assert (delta.epoch, delta.since, delta.upto) == (team.epoch, since, since + 1)
        assert delta.acks == {"laptop": 1}
    pulled = ben.get("/v1/sync/pull", PullAnswer, client_id="other", epoch=team.epoch, since=since)
    assert delta.tables == pulled.tables, "the same rows as a pull has"
    assert delta.removed == pulled.removed
    anna.push(team.operation(2, tag("new")))
    assert msgspec.convert(hears[0].next()[1], StreamedDelta).since == since + 1
    for listener in hears:
        listener.close()


def test_what_belongs_to_one_user_reaches_that_user_alone(team: Team) -> None:
    since = head(team)
    anna, ben = team.client(), team.client(BEN.id)
    annas, bens = anna.listen(since), ben.listen(since)
    anna.push(team.operation(1, MarkRead(conversation_id=HERE, read_at=team.clock.now())))
    own, others = (msgspec.convert(listener.next()[1], StreamedDelta) for listener in (annas, bens))
    assert set(own.tables) == {"read_marker"}
    assert others.tables == {}
    assert others.upto == own.upto, "the cursor of everybody goes on"
    annas.close()
    bens.close()


def test_who_is_behind_or_of_another_epoch_is_poked(team: Team) -> None:
    anna = team.client()
    anna.push(team.operation(1, tag("vip")))
    since = head(team)
    current = anna.listen(since)
    team.client(BEN.id).push(team.operation(1, tag("new")), client_id="other")
    assert current.next()[0] == "delta"  # the server knows of it now
    for listener in (anna.listen(since - 1), anna.listen(since + 1, epoch="old")):
        name, data = listener.next()
        assert name == "poke"
        assert msgspec.convert(data, Poke) == Poke(epoch=team.epoch, head=since + 1)
        listener.close()
    current.close()


def test_a_large_delta_is_a_poke(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deltas, "MOST_ROWS", 0)
    listener = team.client().listen(head(team))
    team.client(BEN.id).push(team.operation(1, tag("new")), client_id="other")
    assert listener.next()[0] == "poke"
    listener.close()


def test_deltas_in_a_row_are_what_one_pull_has(team: Team) -> None:
    """The law of streams, over whatever the versions hold: read one by one or at once, the same rows are left."""
    reads = Deltas(team.database, team.schema, team.clock)
    anna, since = team.client(), head(team)
    apart: dict[tuple[str, object], list[object]] = {}
    for number, name in enumerate(("a", "b", "c", "d"), 1):
        anna.push(team.operation(number, tag(name)))
        changes = reads.changes(head(team) - 1)
        assert changes is not None
        delta = changes.for_scopes(("w", "i", user_scope(ANNA.id)))
        assert isinstance(delta, StreamedDelta)
        for table, rows in delta.tables.items():
            place = rows.columns.index("id")
            apart.update({(table, row[place]): row for row in rows.rows})
    pulled = team.backend.pull(ANNA.id, "laptop", team.epoch, since)
    at_once = {
        (table, row[rows.columns.index("id")]): row
        for table, rows in pulled.tables.items()
        for row in rows.rows
    }
    assert apart == at_once
    assert reads.changes(head(team)) is None


# ----- ending


def test_everybody_is_told_when_the_server_stops(team: Team) -> None:
    listener = team.client().listen(head(team))
    team.begin_to_stop()
    assert listener.next() == ("bye", {})
    assert listener.next() == ("", None)


def test_who_signs_out_hears_no_more(team: Team) -> None:
    anna = team.client()
    listener = anna.listen(head(team))
    anna.ask("POST", "/v1/sign-out")
    assert listener.next() == ("bye", {})
    assert listener.next() == ("", None)


def test_who_is_signed_out_elsewhere_hears_no_more(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = team.client().listen(head(team))
    team.accounts.sign_out_everywhere(ANNA.id)  # as another process does
    assert listener.next() == ("bye", {})


def test_who_may_see_something_else_begins_anew(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    annas, bens = team.client().listen(head(team)), team.client(BEN.id).listen(head(team))
    scopes = team.backend.feed.scopes

    def wider(user_id: str) -> tuple[str, ...]:
        return (*scopes(user_id), "t:billing") if user_id == ANNA.id else tuple(scopes(user_id))

    monkeypatch.setattr(team.backend.feed, "scopes", wider)
    change = SaveUser(user_id=SUPERVISOR.id, name="Sofia", email="sofia@example.org", role=Role.SUPERVISOR)
    team.backend.store.commit([change])
    assert annas.next()[0] == "poke"
    assert annas.next() == ("bye", {})
    assert bens.next()[0] == "poke"
    team.backend.store.commit([change])
    assert bens.next()[0] == "poke"
    bens.close()


LEAVES = SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=())
ENTERS = SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=(make_team().id,))


@pytest.fixture
def private(team: Team) -> str:
    """A conversation of a team that is private."""
    made = team.ids.new()
    support = SaveTeam(team_id=make_team().id, name="Support", private=True)
    customer, channel = make_customer().id, make_channel().id
    conversation = CreateConversation(
        conversation_id=made,
        customer_id=customer,
        channel_id=channel,
        subject="Personal",
        team_id=support.team_id,
    )
    team.backend.store.commit([support, conversation])
    return made


@pytest.mark.parametrize("change", [LEAVES, ENTERS])
def test_what_comes_and_goes_with_a_scope_is_asked_for_from_before_it_changed(
    team: Team, private: str, change: SaveUser
) -> None:
    """A delta would move the cursor past the change, and no pull would tell of it any more."""
    team.backend.store.commit([ENTERS if change is LEAVES else LEAVES])
    since = told(team)
    annas, bens = team.client().listen(since), team.client(BEN.id).listen(since)
    team.backend.store.commit([change])
    for listener in annas, bens:
        assert listener.next() == ("poke", {"epoch": team.epoch, "head": since + 1})
    assert annas.next() == ("bye", {})
    answer = team.backend.pull(ANNA.id, "laptop", team.epoch, since)
    assert (answer.lost if change is LEAVES else answer.gained) == [team_scope(make_team().id)]
    bens.close()


def test_who_sees_what_is_looked_at_before_anything_more_is_told(
    team: Team, private: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.backend.store.commit([ENTERS])
    annas = team.client().listen(told(team))
    scopes, failed = team.services.hub._scopes, []

    def now_and_then(user_id: str) -> Collection[str]:
        if not failed:
            failed.append(None)
            team.backend.store.commit([ChangeTags(conversation_id=private, add=("not for Anna",))])
            raise StoreError("The database does not answer.")
        return scopes(user_id)

    monkeypatch.setattr(stream, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(team.services.hub, "_scopes", now_and_then)
    team.backend.store.commit([LEAVES])
    heard = [annas.next() for _ in range(3)]
    assert [name for name, _ in heard] == ["poke", "bye", ""]
    assert failed


def test_who_waits_without_a_stream_is_told_of_the_next_commit(team: Team) -> None:
    hub = team.services.hub
    assert hub._loop is not None
    waits = asyncio.run_coroutine_threadsafe(hub.newer(head(team), 3_600), hub._loop)
    team.backend.store.commit([tag("next")])
    waits.result(PATIENCE)


def opened(team: Team) -> Stream:
    """A stream of Anna's, on the loop of the server."""
    session = Session(ANNA.id, "device", Role.AGENT)
    return on_loop(team, team.services.hub.open(session, team.epoch, head(team)))


def told(team: Team) -> int:
    """The version of now, once all streams were told of it."""
    version = head(team)
    on_loop(team, team.services.hub.newer(version - 1, PATIENCE))
    return version


def on_loop(team: Team, work: Coroutine[object, object, T]) -> T:
    loop = team.services.hub._loop
    assert loop is not None
    return asyncio.run_coroutine_threadsafe(work, loop).result(PATIENCE)


def test_who_loses_sight_while_their_stream_opens_hears_nothing_of_it(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = team.services.hub
    looked: list[None] = []

    def scopes(user_id: str) -> frozenset[str]:
        looked.append(None)
        if len(looked) > 1:
            return frozenset({"w"})
        # What was read is old by the time that it is used.
        on_loop(team, hub._outdated())
        return frozenset({"w", "t:billing"})

    monkeypatch.setattr(hub, "_scopes", scopes)
    stream = opened(team)
    assert stream.scopes == {"w"}
    hub.close(stream)


def test_who_has_ended_a_stream_may_open_another(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "STREAMS_OF_A_USER", 1)
    for _ in range(2):
        team.services.hub.close(opened(team))


def test_a_user_has_so_many_streams(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "STREAMS_OF_A_USER", 1)
    anna = team.client()
    listener = anna.listen(0)
    refused = anna.ask("GET", "/v1/sync/stream", params={"epoch": "e", "since": "0"})
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    listener.close()


def test_a_quiet_stream_is_pinged_and_a_dead_one_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None]
) -> None:
    expect_log("uvicorn.error: ERROR: .*without completing response")
    monkeypatch.setattr(stream, "PING_SECONDS", 0.05)
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs") as team:
        listener = team.client().listen(head(team))
        assert next(line for line in listener.lines if line.startswith(b": ping"))
        # As when nothing was taken for a minute: what waits is still there at every ping.
        monkeypatch.setattr(Stream, "idle", False)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            list(listener.lines)
        assert team.services.hub.streams == set()


def test_a_reader_who_is_far_behind_is_poked_instead() -> None:
    async def scenario() -> bytes:
        slow = Stream(Session(ANNA.id, "device", Role.AGENT), frozenset({"w"}), 0)
        for _ in range(10):
            slow.put(b"x" * (WAITING_BYTES // 4), b"poke")
        return await slow.take()

    assert len(asyncio.run(scenario())) <= WAITING_BYTES
    assert asyncio.run(scenario()).startswith(b"poke")


def test_an_event_is_sent_at_once_where_nobody_has_to_wait() -> None:
    async def scenario() -> tuple[list[bytes], bytes]:
        quick, sent, room = Stream(Session(ANNA.id, "device", Role.AGENT), frozenset({"w"}), 0), [], True

        async def send(data: bytes) -> None:
            if not room:
                await asyncio.Event().wait()
            sent.append(data)

        quick.send = send
        quick.put(b"one", b"poke")
        room = False
        quick.put(b"two", b"poke")
        room = True
        quick.put(b"three", b"poke")
        return sent, await quick.take()

    assert asyncio.run(scenario()) == ([b"one"], b"twothree"), "nothing overtakes what waits"


def test_a_reader_who_reads_late_gets_everything_in_order(team: Team) -> None:
    since = head(team)
    listener = team.client().listen(since)
    ben = team.client(BEN.id)
    for number in range(1, 6):
        ben.push(team.operation(number, tag(f"t{number}")), client_id="other")
    upto = since
    while upto < since + 5:
        delta = msgspec.convert(listener.next()[1], StreamedDelta)
        assert delta.since == upto
        upto = delta.upto
    listener.close()


def test_what_was_put_before_the_end_is_still_sent() -> None:
    async def scenario() -> tuple[bytes, bool]:
        ending = Stream(Session(ANNA.id, "device", Role.AGENT), frozenset({"w"}), 0)
        ending.put(b"one", b"poke")
        ending.end(BYE)
        ending.put(b"never", b"poke")
        return await ending.take(), ending.ended

    assert asyncio.run(scenario()) == (b"one" + BYE, True)


# ----- presence


def say(team: Team, user_id: str, activity: Activity, conversation_id: str = HERE) -> int:
    body = msgspec.json.encode(PresenceRequest(conversation_id=conversation_id, activity=activity))
    return team.client(user_id).ask("POST", "/v1/sync/presence", data=body, headers=JSON).status_code


def test_who_does_what_reaches_the_others(team: Team) -> None:
    annas, bens = team.client().listen(head(team)), team.client(BEN.id).listen(head(team))
    assert say(team, BEN.id, Activity.TYPING) == 204
    seen = msgspec.convert(annas.next()[1], Presence)
    assert seen == Presence(user_id=BEN.id, conversation_id=HERE, activity=Activity.TYPING)
    assert say(team, ANNA.id, Activity.VIEWING) == 204
    assert msgspec.convert(bens.next()[1], Presence).user_id == ANNA.id, "and nobody is told of themselves"
    late = team.client(SUPERVISOR.id).listen(head(team))
    known = {msgspec.convert(late.next()[1], Presence).user_id for _ in range(2)}
    assert known == {ANNA.id, BEN.id}, "who comes later is told what lasts"
    for listener in (annas, bens, late):
        listener.close()


def test_who_does_not_see_a_conversation_is_not_told_who_does_what_there(team: Team) -> None:
    hidden = team.ids.new()
    team.backend.store.commit([SaveTeam(team_id=hidden, name="Hidden", private=True)])
    team.backend.store.commit([SetTeam(conversation_id=HERE, team_id=hidden)])
    bens = team.client(BEN.id).listen(told(team))
    assert say(team, BEN.id, Activity.VIEWING) == 404
    assert say(team, SUPERVISOR.id, Activity.VIEWING) == 204
    team.backend.store.commit([CreateCustomer(customer_id=team.ids.new(), name="New")])
    assert bens.next()[0] == "delta", "nothing came before it"
    bens.close()


def test_nobody_is_told_of_a_conversation_they_cannot_see(team: Team) -> None:
    assert say(team, ANNA.id, Activity.VIEWING, "0" * 32) == 404
    assert say(team, ANNA.id, Activity.VIEWING, make_message().id) == 404


def test_presence_ends_by_itself_or_by_going_away() -> None:
    now = 100.0
    board = PresenceBoard(lambda: now)

    def put(user_id: str, activity: Activity, scope: str = "w") -> None:
        board.put(
            Seen(presence=Presence(user_id=user_id, conversation_id=HERE, activity=activity), scope=scope)
        )

    def there() -> list[str]:
        return [presence.user_id for presence in board.visible(("w",))]

    put("anna", Activity.VIEWING)
    put("ben", Activity.VIEWING)
    put("zoe", Activity.VIEWING, "t:private")
    assert there() == ["anna", "ben"]
    put("ben", Activity.AWAY)
    assert there() == ["anna"]
    now += LASTS_SECONDS - 1
    put("anna", Activity.TYPING)
    now += 2
    assert there() == ["anna"]
    now += LASTS_SECONDS
    assert there() == []
