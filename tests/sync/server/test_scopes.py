"""What a client is given is exactly what its user may see, however teams, channels and people change."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer, Identity
from agent_desktop.domain.entities import ENTITY_BY_TABLE
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.domain.operations.conversation import (
    AssignConversation,
    ChangeTags,
    CreateConversation,
    SetTeam,
)
from agent_desktop.domain.operations.customer import (
    AddIdentity,
    CreateCustomer,
    EditCustomer,
    MergeCustomers,
    UnmergeCustomer,
)
from agent_desktop.domain.operations.merging import MergeConversations, UnmergeConversation
from agent_desktop.domain.operations.message import AddNote, ReceiveMessage
from agent_desktop.domain.operations.splitting import SplitConversation
from agent_desktop.domain.operations.workspace import SaveChannel, SaveRole, SaveTeam, SaveUser
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.records import Record
from agent_desktop.domain.rows import INBOX_SCOPE, WORKSPACE_SCOPE, user_scope
from agent_desktop.domain.scopes import (
    channel_scope,
    conversation_scope,
    narrow_places,
    people_scope,
    team_scope,
)
from agent_desktop.domain.workspace import CustomRole, Grant, Role, User
from sync.protocol.messages import PushRequest, TableRows
from sync.server.judge import Judge, Push
from sync.server.rescoping import Rescoper
from tests.factories import (
    ADMIN,
    ANNA,
    BEN,
    SUPERVISOR,
    SYSTEM,
    make_channel,
    make_conversation,
    make_customer,
    make_team,
)
from tests.fakes import DictRows
from tests.payloads import MAKERS, Choose, Draw
from tests.sync.cluster import Cluster
from tests.sync.files import visible_to
from tests.sync.server.test_commit import push, wire
from tests.world import World

HERE, SUPPORT = make_conversation().id, make_team().id
KINDS: tuple[type, ...] = (
    SaveUser,
    SaveUser,
    SaveRole,
    SaveTeam,
    SaveChannel,
    SetTeam,
    CreateConversation,
    AddNote,
    ReceiveMessage,
    ChangeTags,
    AssignConversation,
    AssignConversation,
    CreateCustomer,
    EditCustomer,
    AddIdentity,
    MergeCustomers,
    UnmergeCustomer,
    MergeConversations,
    MergeConversations,
    UnmergeConversation,
    SplitConversation,
)


class Observer:
    """Follows what one user is given, as the protocol says, in dicts."""

    def __init__(self, cluster: Cluster, user_id: Id) -> None:
        self.user_id = user_id
        self._cluster = cluster
        self._epoch = cluster.backend.hello().epoch
        self._begin()

    def _begin(self) -> None:
        self._cursor = self._cluster.backend.hello().head
        self.rows = DictRows()
        self._scan(())

    def _scan(self, scopes: tuple[str, ...]) -> None:
        after: str | None = None
        while True:
            page = self._cluster.backend.scan(self.user_id, "observer", self._cursor, after, scopes)
            self._put(page.tables)
            after = page.next
            if after is None:
                return

    def _put(self, tables: dict[str, TableRows]) -> None:
        for table, content in tables.items():
            mapping = self._cluster.tables[ENTITY_BY_TABLE[table]]
            assert tuple(content.columns) == mapping.columns
            for values in json.loads(json.dumps(content.rows)):
                self.rows.put(mapping.row(values))

    def pull(self) -> None:
        gained: set[str] = set()
        lost: set[str] = set()
        more = True
        while more:
            page = self._cluster.backend.pull(self.user_id, "observer", self._epoch, self._cursor)
            if page.resync:
                self._begin()
                return
            for table, ids in page.removed.items():
                given = page.tables.get(table)
                assert given is None or not set(ids) & {row[0] for row in given.rows}, "gone, and here"
                for row_id in ids:
                    self.rows.delete(ENTITY_BY_TABLE[table], row_id)
            self._put(page.tables)
            gained, lost = (gained - set(page.lost)) | set(page.gained), lost | set(page.lost)
            self._cursor, more = page.upto, page.more
        self.rows = DictRows(*(row for row in self.rows if row.scope not in lost))
        if gained:
            self._scan(tuple(gained))

    def check(self) -> None:
        self.pull()
        assert self.rows == visible_to(self._cluster.rows(), self.user_id)
        digest = self._cluster.backend.digest(self.user_id)
        assert sum(count for count, _ in digest.tables.values()) == len(self.rows)


def play(cluster: Cluster, one: Choose, steps: int, say: Callable[[str], None]) -> None:
    """A history of people, teams and channels, watched by three of the users."""
    observers = [Observer(cluster, user.id) for user in (ANNA, BEN, SUPERVISOR)]
    rescoper = Rescoper(cluster.backend.store)
    for _ in range(steps):
        cluster.clock.advance(timedelta(seconds=1))
        world = World(cluster.rows(), cluster.clock, cluster.ids)  # type: ignore[arg-type]  # ids as made there
        payload = _payload(one, world)
        say(f"{payload}")
        if payload is not None:
            cluster.commit(payload)
        if one((True, False)):
            rescoper.run()
        watcher = one((None, *observers))
        if watcher is not None:
            watcher.check()
    while rescoper.run():
        pass
    rows = cluster.rows()
    narrow = narrow_places(rows)
    for conversation in rows.query(Conversation):
        assert conversation.scope == conversation_scope(rows, conversation, narrow)
    for customer in rows.query(Customer):
        assert customer.scope == people_scope(rows, customer.id, narrow)
    for identity in rows.query(Identity):
        owner = rows.get(Customer, identity.customer_id)
        assert owner is not None
        assert identity.scope == owner.scope
    for entity in (Message, Attachment):
        for child in rows.query(entity):
            home = rows.get(Conversation, child.conversation_id)
            assert home is not None
            assert child.scope == home.scope
    for observer in observers:
        observer.check()
        assert Observer(cluster, observer.user_id).rows == observer.rows


def _payload(one: Choose, world: World) -> Record | None:
    kind = one(KINDS)
    if kind is SaveUser:
        user = world.rows.get(User, one((ANNA.id, BEN.id)))
        assert user is not None
        return SaveUser(
            user_id=user.id,
            name=user.name,
            role=one((Role.AGENT, Role.AGENT, Role.FIELD, Role.FIELD, Role.AUDITOR)),
            custom_role_id=one(("", "", *(role.id for role in world.rows.query(CustomRole)))),
            grants=one((None, (), (Grant(place_id=SUPPORT),), (Grant(place_id=make_channel().id),))),
            team_ids=one(((), (SUPPORT,), (SUPPORT, make_team(name="Billing").id))),
            active=one((True, True, False)),
        )
    return MAKERS[kind](Draw(one, world, SYSTEM))


@settings(max_examples=25)
@given(st.data())
def test_everybody_is_given_what_they_may_see(data: st.DataObject) -> None:
    with TemporaryDirectory(prefix="scopes-") as folder:
        cluster = Cluster(Path(folder))
        try:
            play(cluster, lambda options: data.draw(st.sampled_from(options)), 12, note)
        finally:
            cluster.close()


@pytest.mark.parametrize("seed", range(3))
def test_everybody_is_given_what_they_may_see_after_long_histories(cluster: Cluster, seed: int) -> None:
    lines: list[str] = []
    try:
        play(cluster, random.Random(seed).choice, 60, lines.append)
    except BaseException:
        print(*lines, sep="\n")
        raise


def scopes_in(tables: dict[str, TableRows]) -> set[object]:
    return {row[table.columns.index("scope")] for table in tables.values() for row in table.rows}


def scanned(cluster: Cluster, upto: int) -> set[object]:
    """The scopes of all rows of a scan by Anna."""
    found: set[object] = set()
    after: str | None = None
    while True:
        page = cluster.backend.scan(ANNA.id, "any", upto, after)
        found |= scopes_in(page.tables)
        after = page.next
        if after is None:
            return found


def test_who_joins_a_team_gains_its_rows_and_who_leaves_it_loses_them(cluster: Cluster) -> None:
    def put_anna(*team_ids: Id) -> None:
        assert cluster.commit(SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=team_ids))

    cluster.commit(SaveTeam(team_id=SUPPORT, name="Support", private=True))
    cluster.commit(SetTeam(conversation_id=HERE, team_id=SUPPORT))
    anna, epoch = Observer(cluster, ANNA.id), cluster.backend.hello().epoch
    assert anna.rows.get(Conversation, HERE) is None
    since = cluster.backend.hello().head
    put_anna(SUPPORT, make_team(name="Billing").id)
    page = cluster.backend.pull(ANNA.id, "any", epoch, since)
    assert (page.gained, page.lost) == ([team_scope(SUPPORT)], [])  # what is empty needs no scan
    anna.check()
    assert anna.rows.get(Conversation, HERE) is not None
    since = cluster.backend.hello().head
    put_anna()
    page = cluster.backend.pull(ANNA.id, "any", epoch, since)
    assert page.gained == []
    assert team_scope(SUPPORT) in page.lost
    anna.check()
    assert anna.rows.get(Conversation, HERE) is None


def test_what_a_role_allows_is_given_to_and_taken_from_all_who_have_it_anywhere(cluster: Cluster) -> None:
    role_id, sees = cluster.ids.new(), cluster.backend.feed.scopes
    nothing = SaveRole(role_id=role_id, name="Readers", permissions=())
    reads = replace(nothing, permissions=(Permission.CONVERSATION_READ_ALL.value,))
    assert cluster.commit(nothing)
    assert cluster.commit(SaveUser(user_id=ANNA.id, name=ANNA.name, role=ANNA.role, custom_role_id=role_id))
    there = Grant(place_id=SUPPORT, custom_role_id=role_id)
    assert cluster.commit(SaveUser(user_id=BEN.id, name=BEN.name, role=Role.FIELD, grants=(there,)))
    for role, may in ((nothing, False), (reads, True), (replace(reads, active=False), False)):
        assert cluster.commit(role)
        assert (INBOX_SCOPE in sees(ANNA.id)) is may
        assert (team_scope(SUPPORT) in sees(BEN.id)) is may
        assert INBOX_SCOPE not in sees(BEN.id)


@pytest.mark.parametrize("at_once", [True, False])
def test_what_comes_after_a_role_was_changed_is_shown_to_who_has_it_by_then(
    cluster: Cluster, at_once: bool
) -> None:
    """Who no longer reads all is shown what their team has, and that has to say so from its beginning."""
    role_id, mine = cluster.ids.new(), team_scope(SUPPORT)
    reads = SaveRole(role_id=role_id, name="R", permissions=(Permission.CONVERSATION_READ_ALL.value,))
    anna = SaveUser(
        user_id=ANNA.id, name=ANNA.name, role=ANNA.role, custom_role_id=role_id, team_ids=(SUPPORT,)
    )
    assert cluster.commit(reads)
    assert cluster.commit(anna)
    new = CreateConversation(
        conversation_id=cluster.ids.new(),
        customer_id=make_customer().id,
        channel_id=make_channel().id,
        subject="New",
        team_id=SUPPORT,
    )
    fewer = replace(reads, permissions=())
    for payloads in [[fewer, new]] if at_once else [[fewer], [new]]:
        cluster.backend.store.commit(payloads)
    conversation = cluster.rows().get(Conversation, new.conversation_id)
    assert conversation is not None
    assert mine in conversation.scope.split("+")


def test_what_is_opened_again_or_needs_no_mention_any_more_is_moved_back(cluster: Cluster) -> None:
    def scope_after(*payloads: Record) -> str:
        for payload in payloads:
            assert cluster.commit(payload)
        rescoper = Rescoper(cluster.backend.store)
        while rescoper.run():
            pass
        conversation = cluster.rows().get(Conversation, HERE)
        assert conversation is not None
        return conversation.scope

    team, channel = make_team(), make_channel()
    ben = SaveUser(user_id=BEN.id, name=BEN.name, role=Role.FIELD, team_ids=())
    private = SaveTeam(team_id=team.id, name=team.name, private=True)
    hidden = SaveChannel(
        channel_id=channel.id, kind=channel.kind, name=channel.name, address=channel.address, private=True
    )
    assert scope_after(SetTeam(conversation_id=HERE, team_id=team.id), private) == team_scope(team.id)
    assert scope_after(replace(private, private=False)) == INBOX_SCOPE
    assert scope_after(hidden) == channel_scope(channel.id)
    assigned = AssignConversation(conversation_id=HERE, assignee_id=BEN.id)
    assert scope_after(assigned, replace(hidden, private=False)) == INBOX_SCOPE
    assert scope_after(ben) == f"{INBOX_SCOPE}+{user_scope(BEN.id)}"
    assert scope_after(replace(ben, role=Role.AGENT)) == INBOX_SCOPE


def test_a_scan_of_what_somebody_does_not_see_gives_nothing(cluster: Cluster) -> None:
    cluster.commit(SaveTeam(team_id=SUPPORT, name="Support", private=True))
    cluster.commit(SetTeam(conversation_id=HERE, team_id=SUPPORT))
    assert cluster.backend.scan(ANNA.id, "any", 0, None, [team_scope(SUPPORT)]).tables == {}


def test_who_is_disabled_sees_what_is_theirs_and_nothing_else(cluster: Cluster) -> None:
    assert cluster.commit(SaveUser(user_id=SUPERVISOR.id, name="Sue", role=Role.SUPERVISOR, active=False))
    assert cluster.backend.feed.scopes(SUPERVISOR.id) == {WORKSPACE_SCOPE, user_scope(SUPERVISOR.id)}


@pytest.mark.parametrize("way", ["scan", "pull"])
def test_what_was_gained_and_lost_between_two_pages_is_on_neither(
    cluster: Cluster, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = cluster.backend
    cluster.commit(SaveTeam(team_id=SUPPORT, name="Support", private=True))
    since, epoch = backend.hello().head, backend.hello().epoch
    cluster.commit(SetTeam(conversation_id=HERE, team_id=SUPPORT))
    upto = backend.hello().head
    cluster.commit(SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=(SUPPORT,)))
    if way == "scan":
        scopes = scanned(cluster, upto)
    else:
        monkeypatch.setattr(backend.feed, "page_rows", 1)
        page = backend.pull(ANNA.id, "any", epoch, since)
        assert (page.more, page.upto, page.gained) == (True, upto, [])
        scopes = scopes_in(page.tables)
    cluster.commit(SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=()))
    # Nothing tells of the team any more, for it was seen neither before nor after.
    assert team_scope(SUPPORT) not in backend.pull(ANNA.id, "any", epoch, upto).lost
    assert team_scope(SUPPORT) not in scopes


def test_what_was_lost_is_on_no_page_from_then_on(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor on one that ends before it was lost."""
    backend = cluster.backend
    cluster.commit(SaveTeam(team_id=SUPPORT, name="Support", private=True))
    cluster.commit(SetTeam(conversation_id=HERE, team_id=SUPPORT))
    cluster.commit(SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=(SUPPORT,)))
    since, epoch = backend.hello().head, backend.hello().epoch
    cluster.commit(ChangeTags(conversation_id=HERE, add=("secret",)))
    upto = backend.hello().head
    monkeypatch.setattr(backend.feed, "page_rows", 1)
    seen = backend.pull(ANNA.id, "any", epoch, since)
    assert (team_scope(SUPPORT) in scopes_in(seen.tables), seen.upto) == (True, upto)
    cluster.commit(SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=()))
    page = backend.pull(ANNA.id, "any", epoch, since)
    assert (page.more, page.upto) == (True, upto)
    assert team_scope(SUPPORT) not in scopes_in(page.tables)


def test_what_was_lost_and_gained_again_between_two_pages_is_fetched(cluster: Cluster) -> None:
    backend = cluster.backend
    cluster.commit(SaveTeam(team_id=SUPPORT, name="Support", private=True))
    cluster.commit(SetTeam(conversation_id=HERE, team_id=SUPPORT))
    cluster.commit(SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=(SUPPORT,)))
    upto, epoch = backend.hello().head, backend.hello().epoch
    cluster.commit(SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=()))
    assert team_scope(SUPPORT) not in scanned(cluster, upto)
    cluster.commit(SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=(SUPPORT,)))
    behind = backend.pull(ANNA.id, "any", epoch, upto)
    assert (behind.gained, behind.lost) == ([team_scope(SUPPORT)], [])


def test_nobody_acts_on_what_they_may_not_see(cluster: Cluster) -> None:
    cluster.commit(SaveTeam(team_id=SUPPORT, name="Support", private=True))
    cluster.commit(SetTeam(conversation_id=HERE, team_id=SUPPORT))
    tag = ChangeTags(conversation_id=HERE, add=("seen",))
    push(cluster, wire(cluster, 1, tag))
    push(cluster, wire(cluster, 1, tag), user_id=SUPERVISOR.id, client_id="other")
    assert [row["verdict"] for row in cluster.log()[-2:]] == ["rejected", "ok"]
    cluster.commit(SaveChannel(channel_id=make_channel().id, kind=make_channel().kind, name="Mail"))


def test_who_lost_sight_earlier_in_the_same_commit_no_longer_acts_there(cluster: Cluster) -> None:
    cluster.commit(SaveTeam(team_id=SUPPORT, name="Support", private=True))
    cluster.commit(SetTeam(conversation_id=HERE, team_id=SUPPORT))
    cluster.commit(SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=(SUPPORT,)))
    epoch = cluster.backend.hello().epoch
    pushes = [
        Push(user_id, PushRequest(client_id=user_id, epoch=epoch, operations=[wire(cluster, 1, payload)]))
        for user_id, payload in (
            (ADMIN.id, SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=())),
            (ANNA.id, ChangeTags(conversation_id=HERE, add=("too late",))),
        )
    ]
    with cluster.backend.store.transaction() as transaction:
        Judge(cluster.database, None).push_all(transaction, pushes)
    assert [row["verdict"] for row in cluster.log()[-2:]] == ["ok", "rejected"]


def test_whoever_takes_a_conversation_out_of_their_own_sight_ends_well(cluster: Cluster) -> None:
    cluster.commit(SaveTeam(team_id=SUPPORT, name="Support", private=True))
    push(cluster, wire(cluster, 1, SetTeam(conversation_id=HERE, team_id=SUPPORT)))
    assert cluster.log()[-1]["verdict"] == "ok"
    assert visible_to(cluster.rows(), ANNA.id).get(Conversation, HERE) is None
