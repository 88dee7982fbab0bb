"""The authority: who may push what, what is judged once, and what a defect may not stop."""

from collections.abc import Callable

import pytest

from agent_desktop.domain.conversation import Conversation, Priority
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations import encode_payload, kind_of
from agent_desktop.domain.operations.conversation import ChangeTags, SetPriority
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.operations.workspace import SaveTeam, SaveUser
from agent_desktop.domain.records import Record
from agent_desktop.domain.result import OperationResult, Verdict
from agent_desktop.domain.rows import user_scope
from agent_desktop.domain.workspace import Team
from agent_desktop.store.rows import SqlRows
from sync.protocol.messages import PushAnswer, PushRequest, WireOperation
from sync.server.backend import Backend
from tests.factories import ADMIN, ANNA, BEN, make_conversation
from tests.sync.cluster import Cluster

ExpectLog = Callable[[str], None]
HERE = make_conversation().id


@pytest.fixture
def backend(cluster: Cluster) -> Backend:
    return cluster.backend


def wire(cluster: Cluster, number: int, payload: Record, /, **changes: object) -> WireOperation:
    kind = kind_of(payload)
    values = {
        "id": cluster.ids.new(),
        "number": number,
        "kind": kind.name,
        "version": kind.version,
        "at": 1_000_000,
        "seen": 0,
        "payload": encode_payload(payload),
    }
    return WireOperation(**(values | changes))  # type: ignore[arg-type]  # fields by name


def push(cluster: Cluster, *operations: WireOperation, user_id: str = ANNA.id, epoch: str = "") -> PushAnswer:
    epoch = epoch or cluster.backend.hello().epoch
    request = PushRequest(client_id="laptop", epoch=epoch, operations=list(operations))
    return cluster.backend.push(user_id, request)


def tags(cluster: Cluster) -> tuple[str, ...]:
    conversation = cluster.rows().get(Conversation, HERE)
    assert conversation is not None
    return conversation.tags


def tag(name: str) -> ChangeTags:
    return ChangeTags(conversation_id=HERE, add=(name,))


def test_numbers_are_taken_in_order_without_gaps(cluster: Cluster) -> None:
    one, two, three = (wire(cluster, number, tag(str(number))) for number in (1, 2, 3))
    assert push(cluster, two).expected == 1
    assert tags(cluster) == ()
    assert push(cluster, one, three).expected == 2
    assert push(cluster, one, two, three).expected == 4
    assert tags(cluster) == ("1", "2", "3")
    head = cluster.backend.hello().head
    assert push(cluster, one, two, three).expected == 4
    assert cluster.backend.hello().head == head  # nothing new is no version


def test_a_push_of_another_epoch_is_refused_whole(cluster: Cluster) -> None:
    answer = push(cluster, wire(cluster, 1, tag("late")), epoch="another")
    assert (answer.resync, answer.expected) == (True, 0)
    assert answer.epoch == cluster.backend.hello().epoch
    assert tags(cluster) == ()


def test_a_client_belongs_to_one_user(cluster: Cluster) -> None:
    push(cluster, wire(cluster, 1, tag("Anna's")))
    with pytest.raises(PermissionError):
        push(cluster, wire(cluster, 2, tag("Ben's")), user_id=BEN.id)
    assert tags(cluster) == ("Anna's",)


def test_the_actor_is_who_is_signed_in_with_the_role_of_now(cluster: Cluster) -> None:
    team = SaveTeam(team_id=cluster.ids.new(), name="Night shift")
    push(cluster, wire(cluster, 1, team))
    assert [row.reason for row in cluster.rows().query(OperationResult)] == [Reason.FORBIDDEN]
    cluster.commit(SaveUser(user_id=ANNA.id, name=ANNA.name, role=ADMIN.role))
    push(cluster, wire(cluster, 2, team))
    assert cluster.rows().get(Team, team.team_id) is not None
    cluster.commit(SaveUser(user_id=ANNA.id, name=ANNA.name, role=ADMIN.role, active=False))
    push(cluster, wire(cluster, 3, tag("gone")))
    assert tags(cluster) == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": "conversation.teleport"}, Reason.UNKNOWN_OPERATION),
        ({"version": 99}, Reason.UNKNOWN_OPERATION),
        ({"payload": "no json"}, Reason.INVALID),
        ({"payload": "[]"}, Reason.INVALID),
        ({"payload": '{"conversation_id": 7}'}, Reason.INVALID),
        ({"payload": '{"conversation_id": "x", "add": ["\\u0000"]}'}, Reason.INVALID),
    ],
)
def test_what_cannot_be_read_is_judged_and_kept(
    cluster: Cluster, changes: dict[str, object], reason: Reason
) -> None:
    bad, good = wire(cluster, 1, tag("bad"), **changes), wire(cluster, 2, tag("good"))
    assert push(cluster, bad, good).expected == 3
    assert tags(cluster) == ("good",)
    (result,) = cluster.rows().query(OperationResult)
    assert (result.id, result.verdict, result.reason) == (bad.id, Verdict.REJECTED, reason)
    assert (result.payload, result.scope) == (bad.payload, user_scope(ANNA.id))


def test_a_defect_stops_its_operation_alone(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, expect_log: ExpectLog
) -> None:
    expect_log("operation failed kind=message.note")
    put = SqlRows.put

    def defect(self: SqlRows, row: object) -> None:
        put(self, row)  # type: ignore[arg-type]  # any row
        if isinstance(row, Message):
            raise ZeroDivisionError

    monkeypatch.setattr(SqlRows, "put", defect)
    note = wire(cluster, 1, AddNote(conversation_id=HERE, message_id=cluster.ids.new(), text="kept"))
    assert push(cluster, note, wire(cluster, 2, tag("good"))).expected == 3
    assert tags(cluster) == ("good",)
    assert cluster.rows().query(Message) == []
    (result,) = cluster.rows().query(OperationResult)
    assert (result.verdict, result.reason) == (Verdict.FAILED, Reason.DEFECT)
    assert '"text":"kept"' in result.payload


def test_what_the_server_does_is_all_or_none_and_one_version(cluster: Cluster) -> None:
    head = cluster.backend.hello().head
    with pytest.raises(Rejected):
        cluster.backend.store.commit([tag("a"), SetPriority(conversation_id="0" * 32, priority=Priority.LOW)])
    assert (tags(cluster), cluster.backend.hello().head) == ((), head)
    cluster.backend.store.commit([tag("a"), tag("b")])
    assert (tags(cluster), cluster.backend.hello().head) == (("a", "b"), head + 1)


def test_very_much_may_be_done_at_once(cluster: Cluster) -> None:
    cluster.backend.store.commit([tag("a")] * 10_050)
    cluster.backend.store.commit([tag("b")])
    assert tags(cluster) == ("a", "b")
    assert len(cluster.log()) == 10_051


def test_only_a_commit_is_told(cluster: Cluster) -> None:
    told: list[int] = []
    cluster.backend.store.subscribe(told.append)
    cluster.backend.store.commit([])
    with pytest.raises(Rejected):
        cluster.backend.store.commit([SetPriority(conversation_id="0" * 32, priority=Priority.LOW)])
    assert told == []
    cluster.backend.store.commit([tag("a")])
    assert told == [cluster.backend.hello().head]


def test_what_is_personal_reaches_its_owner_alone(cluster: Cluster) -> None:
    push(cluster, wire(cluster, 1, tag("bad"), kind="unknown.kind"))
    epoch, head = cluster.backend.hello().epoch, cluster.backend.hello().head
    for user, expected in ((ANNA, 1), (BEN, 0)):
        pulled = cluster.backend.pull(user.id, "any", epoch, 1)
        assert (
            len(pulled.tables["operation_result"].rows if "operation_result" in pulled.tables else [])
            == expected
        )
        scanned, after = 0, None
        while True:
            page = cluster.backend.scan(user.id, "any", head, after)
            scanned += sum(
                len(table.rows) for name, table in page.tables.items() if name == "operation_result"
            )
            after = page.next
            if after is None:
                break
        assert scanned == expected
        assert cluster.backend.feed.digest(user.id).tables["operation_result"][0] == expected
