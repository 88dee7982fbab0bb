"""What goes together: all of it happens or nothing, with one verdict for all, and one thing to decide about."""

from collections.abc import Callable, Sequence

import msgspec
import pytest

from agent_desktop.domain.conversation import Priority, Status
from agent_desktop.domain.errors import Reason
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations import perform
from agent_desktop.domain.operations.base import Context, Operation
from agent_desktop.domain.operations.conversation import SetPriority, SetStatus
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.operations.workspace import SaveTeam
from agent_desktop.domain.records import Record
from agent_desktop.domain.result import OperationResult, Verdict
from agent_desktop.domain.rows import Rows
from sync.protocol.messages import WireOperation
from sync.server.commit import ServerStore
from sync.server.file_rights import note_sent
from tests.factories import ANNA, BEN, an_id, make_conversation, make_file
from tests.sync.cluster import Cluster
from tests.sync.server.test_commit import push, tag, tags, wire

ExpectLog = Callable[[str], None]
HERE = make_conversation().id
FORBIDDEN = SaveTeam(team_id=an_id("team"), name="A team that Anna may not make", active=True)
TOO_LATE = SetStatus(conversation_id=HERE, status=Status.SOLVED, check_seen=True, seen_in=an_id("long ago"))


def a_group(
    cluster: Cluster, first: int, payloads: Sequence[Record], **changes: object
) -> list[WireOperation]:
    group = cluster.ids.new()
    return [
        wire(cluster, number, payload, group=group, together=True, **changes)
        for number, payload in enumerate(payloads, first)
    ]


def results(cluster: Cluster) -> dict[Id, OperationResult]:
    return {row.id: row for row in cluster.rows().query(OperationResult)}


def test_all_of_it_happens(cluster: Cluster) -> None:
    urgent = SetPriority(conversation_id=HERE, priority=Priority.URGENT)
    assert push(cluster, *a_group(cluster, 1, [tag("one"), urgent, tag("two")])).expected == 4
    assert tags(cluster) == ("one", "two")
    assert results(cluster) == {}


@pytest.mark.parametrize(
    ("bad", "reason"), [(FORBIDDEN, Reason.FORBIDDEN), (TOO_LATE, Reason.CUSTOMER_WROTE_AGAIN)]
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_or_nothing_does_and_all_have_one_verdict(
    cluster: Cluster, bad: Record, reason: Reason, place: int
) -> None:
    payloads: list[Record] = [tag("one"), tag("two")]
    payloads.insert(place, bad)
    group = a_group(cluster, 2, payloads)
    behind = wire(cluster, 5, tag("behind"))
    assert push(cluster, wire(cluster, 1, tag("before")), *group, behind).expected == 6
    assert tags(cluster) == ("before", "behind")
    told = results(cluster)
    assert told.keys() == {operation.id for operation in group}
    assert {(row.verdict, row.reason, row.group_id) for row in told.values()} == {
        (Verdict.REJECTED, reason, group[0].group)
    }
    assert [told[operation.id].payload for operation in group] == [operation.payload for operation in group]


def test_a_defect_in_one_part_takes_the_others_back(
    cluster: Cluster, expect_log: ExpectLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_log("operation failed")

    def defective(rows: Rows, operation: Operation, context: Context) -> None:
        perform(rows, operation, context)
        if operation.payload == tag("two"):
            raise ArithmeticError

    monkeypatch.setattr("sync.server.judge.perform", defective)
    push(cluster, *a_group(cluster, 1, [tag("one"), tag("two"), tag("three")]))
    assert tags(cluster) == ()
    assert {row.verdict for row in results(cluster).values()} == {Verdict.FAILED}
    assert len(results(cluster)) == 3


def test_a_part_that_is_not_to_be_run_keeps_all_from_being_run(
    cluster: Cluster, expect_log: ExpectLog
) -> None:
    expect_log("operation not run")
    push(cluster, *a_group(cluster, 1, [tag("one"), tag("two")], skip=True), wire(cluster, 3, tag("three")))
    assert tags(cluster) == ("three",)
    assert len(results(cluster)) == 2


def test_a_file_that_is_missing_keeps_all_of_it_waiting(cluster: Cluster) -> None:
    here: set[str] = set()

    class Files:
        def has(self, sha256: str) -> bool:
            return sha256 in here

    store = cluster.backend.store
    cluster.backend.store = ServerStore(cluster.database, store.schema, cluster.clock, cluster.ids, Files())
    file = make_file()
    note = AddNote(conversation_id=HERE, message_id=cluster.ids.new(), text="see", files=(file,))
    group = a_group(cluster, 1, [tag("one"), note])
    answer = push(cluster, *group)
    assert (answer.expected, answer.missing, tags(cluster)) == (1, [file.sha256], ())
    here.add(file.sha256)
    with cluster.database.write() as connection:
        note_sent(connection, file.sha256, ANNA.id, cluster.clock.now())
    assert push(cluster, *group).expected == 3
    assert cluster.rows().get(Message, note.message_id) is not None


def test_it_is_judged_once(cluster: Cluster) -> None:
    group = a_group(cluster, 1, [tag("one"), tag("two")])
    push(cluster, *group)
    cluster.commit(SetPriority(conversation_id=HERE, priority=Priority.LOW))
    head = cluster.backend.hello().head
    assert push(cluster, *group).expected == 3
    assert cluster.backend.hello().head == head
    assert push(cluster, *group, client_id="anew").expected == 3
    assert tags(cluster) == ("one", "two")


def test_groups_of_two_clients_in_one_commit_do_not_take_each_other_back(cluster: Cluster) -> None:
    assert push(cluster, *a_group(cluster, 1, [tag("Anna's"), FORBIDDEN])).expected == 3
    ours = a_group(cluster, 1, [tag("Ben's"), tag("both")])
    assert push(cluster, *ours, user_id=BEN.id, client_id="ben").expected == 3
    assert tags(cluster) == ("Ben's", "both")


def test_a_program_that_does_not_know_this_is_judged_by_parts(cluster: Cluster) -> None:
    """One version back: its operations of one group have no mark."""
    group = a_group(cluster, 1, [tag("one"), FORBIDDEN, tag("two")])
    plain = [msgspec.to_builtins(operation) for operation in group]
    for operation in plain:
        del operation["together"]
    older = [msgspec.convert(operation, WireOperation) for operation in plain]
    assert push(cluster, *older).expected == 4
    assert tags(cluster) == ("one", "two")
    (told,) = results(cluster).values()
    assert (told.id, told.group_id) == (group[1].id, None)
