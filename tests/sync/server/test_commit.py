"""The authority: who may push what, what is judged once, and what a defect may not stop."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from agent_desktop.domain.clock import EPOCH, to_microseconds
from agent_desktop.domain.conversation import Conversation, Priority
from agent_desktop.domain.errors import Reason, Rejected, StoreError
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations import encode_payload, kind_of
from agent_desktop.domain.operations.conversation import ChangeTags, SetPriority
from agent_desktop.domain.operations.message import AddNote, Reply
from agent_desktop.domain.operations.workspace import SaveTeam, SaveUser
from agent_desktop.domain.records import Record
from agent_desktop.domain.result import OperationResult, Verdict
from agent_desktop.domain.rows import Entity, user_scope
from agent_desktop.domain.workspace import Team
from sync.protocol.messages import PushAnswer, PushRequest, WireOperation
from sync.server.backend import Backend
from sync.server.commit import ServerStore
from sync.server.file_rights import note_sent
from sync.server.judge import InvalidPush, Judge, Push
from sync.server.rows import VersionedRows
from tests.factories import ADMIN, ANNA, BEN, make_channel, make_conversation, make_file
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


def push(
    cluster: Cluster,
    *operations: WireOperation,
    user_id: str = ANNA.id,
    epoch: str = "",
    client_id: str = "laptop",
) -> PushAnswer:
    epoch = epoch or cluster.backend.hello().epoch
    request = PushRequest(client_id=client_id, epoch=epoch, operations=list(operations))
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
    hello = cluster.backend.hello()
    with pytest.raises(PermissionError):
        cluster.backend.pull(BEN.id, "laptop", hello.epoch, hello.head)


def test_a_copy_of_a_profile_is_told_to_take_an_id_of_its_own(cluster: Cluster) -> None:
    one, two = wire(cluster, 1, tag("one")), wire(cluster, 1, tag("two"))
    push(cluster, one)
    answer = push(cluster, two, wire(cluster, 2, tag("three")))
    assert (answer.forked, answer.expected) == (True, 2)
    assert tags(cluster) == ("one",)
    assert not push(cluster, one).forked
    assert push(cluster, two, client_id="copy").expected == 2
    assert tags(cluster) == ("one", "two")


def test_a_copy_that_counts_the_same_operations_in_another_order_is_told_so(cluster: Cluster) -> None:
    one, two = wire(cluster, 1, tag("one")), wire(cluster, 2, tag("two"))
    push(cluster, one, two)
    assert push(cluster, msgspec.structs.replace(two, number=1)).forked
    assert not push(cluster, one, two).forked


def test_a_number_that_was_taken_by_what_came_a_second_time_is_not_that_of_another(cluster: Cluster) -> None:
    """A copy of the profile has sent what both have under a number of its own."""
    both, ours = wire(cluster, 1, tag("both")), wire(cluster, 2, tag("ours"))
    push(cluster, both)
    assert push(cluster, msgspec.structs.replace(both, number=2)).expected == 3
    answer = push(cluster, ours)
    assert (answer.forked, answer.expected) == (True, 3)
    # It is told as soon as the other one asks, too.
    hello = cluster.backend.hello()
    pulled = cluster.backend.pull(ANNA.id, "laptop", hello.epoch, hello.head - 1)
    assert (pulled.ack, pulled.acked) == (2, both.id)
    assert push(cluster, both, msgspec.structs.replace(ours, number=2), client_id="original").expected == 3
    assert tags(cluster) == ("both", "ours")


def test_what_came_under_another_id_is_counted_and_not_done_again(cluster: Cluster) -> None:
    one, two = wire(cluster, 1, tag("one")), wire(cluster, 2, tag("two"))
    push(cluster, one, two)
    assert cluster.commit(ChangeTags(conversation_id=HERE, remove=("one",)))
    head = cluster.backend.hello().head
    assert push(cluster, one, two, client_id="anew").expected == 3
    assert tags(cluster) == ("two",)
    pulled = cluster.backend.pull(ANNA.id, "anew", cluster.backend.hello().epoch, head)
    assert pulled.ack == 2
    # The log has no number of theirs, and all the same another operation is not taken for one of them.
    assert push(cluster, wire(cluster, 2, tag("three")), client_id="anew").forked


def test_what_two_copies_of_a_profile_send_at_once_is_done_once(cluster: Cluster) -> None:
    operation, epoch = wire(cluster, 1, tag("one")), cluster.backend.hello().epoch
    pushes = [
        Push(ANNA.id, PushRequest(client_id=name, epoch=epoch, operations=[operation]))
        for name in ("laptop", "copy")
    ]
    with cluster.backend.store.transaction() as transaction:
        answers = Judge(cluster.database, None).push_all(transaction, pushes)
    assert [answer.expected for answer in answers if isinstance(answer, PushAnswer)] == [2, 2]
    assert [row["operation_id"] for row in cluster.log()] == [operation.id]


def test_an_operation_waits_for_its_files_and_those_behind_it_do(cluster: Cluster) -> None:
    here: set[str] = set()

    class Files:
        def has(self, sha256: str) -> bool:
            return sha256 in here

    cluster.backend.store = ServerStore(
        cluster.database, cluster.backend.store.schema, cluster.clock, cluster.ids, Files()
    )
    file = make_file()
    note = AddNote(conversation_id=HERE, message_id=cluster.ids.new(), text="see", files=(file,))
    operations = wire(cluster, 1, tag("one")), wire(cluster, 2, note), wire(cluster, 3, tag("two"))
    answer = push(cluster, *operations)
    assert (answer.expected, answer.missing) == (2, [file.sha256])
    assert tags(cluster) == ("one",)
    here.add(file.sha256)
    with cluster.database.write() as connection:
        note_sent(connection, file.sha256, ANNA.id, cluster.clock.now())
    answer = push(cluster, *operations)
    assert (answer.expected, answer.missing) == (4, [])
    assert tags(cluster) == ("one", "two")


def test_what_kills_the_server_is_recorded_without_running_it(
    cluster: Cluster, expect_log: ExpectLog
) -> None:
    expect_log("operation not run kind=conversation.change_tags")
    skipped = wire(cluster, 1, tag("deadly"), skip=True)
    assert push(cluster, skipped, wire(cluster, 2, tag("fine"))).expected == 3
    assert tags(cluster) == ("fine",)
    (result,) = cluster.rows().query(OperationResult)
    assert (result.verdict, result.payload) == (Verdict.FAILED, skipped.payload)


@pytest.mark.parametrize("at", [-(2**63), 0, 2**63 - 1])
def test_no_clock_of_a_client_is_ahead_of_the_servers(cluster: Cluster, at: int) -> None:
    note = AddNote(conversation_id=HERE, message_id=cluster.ids.new(), text="when?")
    bad = wire(cluster, 2, tag("bad"), kind="unknown", at=at)
    assert push(cluster, wire(cluster, 1, note, at=at), bad).expected == 3
    (message,) = cluster.rows().query(Message)
    (result,) = cluster.rows().query(OperationResult)
    for moment in (message.created_at, result.created_at):
        assert EPOCH <= moment <= cluster.clock.now() + timedelta(minutes=2)


def test_the_seconds_of_undo_begin_when_the_server_has_the_reply(cluster: Cluster) -> None:
    reply = Reply(
        conversation_id=HERE, message_id=cluster.ids.new(), channel_id=make_channel().id, text="At last."
    )
    push(cluster, wire(cluster, 1, reply, at=to_microseconds(cluster.clock.now() - timedelta(hours=5))))
    (message,) = cluster.rows().query(Message)
    assert message.not_before == cluster.clock.now() + timedelta(seconds=10)


def test_texts_that_no_database_holds_are_mended(cluster: Cluster) -> None:
    strange = wire(
        cluster, 1, tag("x"), kind="a\0b", payload="{\0\ud800}", group="g\0", version=2**63 - 1, seen=2**63
    )
    assert push(cluster, strange, wire(cluster, 2, tag("good"))).expected == 3
    (result,) = cluster.rows().query(OperationResult)
    assert (result.kind, result.payload) == ("a\ufffdb", "{\ufffd\ufffd}")
    assert tags(cluster) == ("good",)


@pytest.mark.parametrize("client_id", ["", "x" * 65, "a\0b"])
def test_ids_that_could_be_mistaken_are_refused(cluster: Cluster, client_id: str) -> None:
    with pytest.raises(InvalidPush):
        push(cluster, wire(cluster, 1, tag("x")), client_id=client_id)
    with pytest.raises(InvalidPush):
        push(cluster, wire(cluster, 1, tag("x"), id=client_id))
    assert tags(cluster) == ()


def test_when_nothing_can_be_stored_nothing_is_judged(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = VersionedRows.put

    def full(self: VersionedRows, row: object) -> None:
        put(self, row)  # type: ignore[arg-type]  # any row
        if isinstance(row, Message):
            raise StoreError("The disk is full.")

    note = AddNote(conversation_id=HERE, message_id=cluster.ids.new(), text="kept by its author")
    operations = wire(cluster, 1, tag("one")), wire(cluster, 2, note)
    with monkeypatch.context() as patch:
        patch.setattr(VersionedRows, "put", full)
        with pytest.raises(StoreError):
            push(cluster, *operations)
    assert (tags(cluster), cluster.log()) == ((), [])
    assert push(cluster, *operations).expected == 3
    assert tags(cluster) == ("one",)


def test_many_at_once_are_each_judged_once(cluster: Cluster) -> None:
    def work(name: str) -> None:
        for number in range(1, 11):
            push(cluster, wire(cluster, number, tag(f"{name} {number}")), client_id=name)

    threads = [threading.Thread(target=work, args=(f"client {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tags(cluster)) == len(cluster.log()) == 60
    assert len({(row["ver"], row["position"]) for row in cluster.log()}) == 60


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
    put = VersionedRows.put

    def defect(self: VersionedRows, row: object) -> None:
        put(self, row)  # type: ignore[arg-type]  # any row
        if isinstance(row, Message):
            raise ZeroDivisionError

    monkeypatch.setattr(VersionedRows, "put", defect)
    note = wire(cluster, 1, AddNote(conversation_id=HERE, message_id=cluster.ids.new(), text="kept"))
    assert push(cluster, note, wire(cluster, 2, tag("good"))).expected == 3
    assert tags(cluster) == ("good",)
    assert cluster.rows().query(Message) == []
    (result,) = cluster.rows().query(OperationResult)
    assert (result.verdict, result.reason) == (Verdict.FAILED, Reason.DEFECT)
    assert '"text":"kept"' in result.payload


def test_what_no_database_takes_is_rejected_and_stops_its_operation_alone(cluster: Cluster) -> None:
    huge = AddNote(
        conversation_id=HERE,
        message_id=cluster.ids.new(),
        text="kept",
        files=(make_file(size=2**70), make_file(id=cluster.ids.new())),
    )
    operations = wire(cluster, 1, tag("one")), wire(cluster, 2, huge), wire(cluster, 3, tag("three"))
    assert push(cluster, *operations).expected == 4
    assert tags(cluster) == ("one", "three")
    assert cluster.rows().query(Message) == []
    (result,) = cluster.rows().query(OperationResult)
    assert (result.id, result.verdict) == (operations[1].id, Verdict.REJECTED)
    assert len({row["ver"] for row in cluster.log()[-3:]}) == 1


def test_a_row_that_no_database_takes_stops_its_operation_alone(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, expect_log: ExpectLog
) -> None:
    """It shows when everything is written, at the end: then each is written by itself."""
    expect_log("operation failed kind=message.note")
    put = VersionedRows.put

    def unwritable(self: VersionedRows, row: Entity) -> None:
        put(self, replace(row, text="\ud800") if isinstance(row, Message) else row)

    monkeypatch.setattr(VersionedRows, "put", unwritable)
    note = wire(cluster, 2, AddNote(conversation_id=HERE, message_id=cluster.ids.new(), text="kept"))
    assert push(cluster, wire(cluster, 1, tag("one")), note, wire(cluster, 3, tag("three"))).expected == 4
    assert tags(cluster) == ("one", "three")
    assert cluster.rows().query(Message) == []
    (result,) = cluster.rows().query(OperationResult)
    assert (result.id, result.verdict) == (note.id, Verdict.FAILED)


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
