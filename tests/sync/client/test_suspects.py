"""A server that does not survive an operation: it is found after few pushes and given up, and the others go on."""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations import encode_payload, kind_of
from agent_desktop.domain.operations.conversation import ChangeTags
from agent_desktop.domain.result import OperationResult, Verdict
from agent_desktop.store.outbox import Pending
from sync.client.calls import PushCall
from sync.client.exchange import Exchange
from sync.client.local import LocalTransport
from sync.client.parking import with_followers
from sync.client.suspects import (
    ALONE,
    FIRST_LOOK,
    PUSH_BYTES,
    PUSH_OPERATIONS,
    SKIPPED,
    first_push,
    next_push,
)
from sync.protocol.messages import WireOperation
from sync.protocol.transport import Unreachable
from tests.factories import an_id, make_conversation, make_pending
from tests.sync.cluster import Client, Cluster
from tests.sync.files import entity_rows

HERE = make_conversation().id
ExpectLog = Callable[[str], None]
Dies = Callable[[list[WireOperation]], bool]


class Exchanges:
    """One profile, whose program may be started again, and a server that may die of a push."""

    def __init__(self, cluster: Cluster, client: Client) -> None:
        self.cluster = cluster
        self.client = client
        self.transport = LocalTransport(cluster.backend, client.user_id)
        self.deaths = 0
        self.skipped: list[Id] = []
        self.start()

    def start(self) -> None:
        """Start the program, which remembers what is on the disk alone."""
        now = self.cluster.clock.now()
        self.core = Exchange(self.client.replica, "client-0", Random(0), lambda changes: None, now)

    def act(self, count: int) -> list[Id]:
        """So many changes by the user."""
        for number in range(count):
            self.client.act([ChangeTags(conversation_id=HERE, add=(f"tag-{number}",))])
        return [item.id for item in self.waiting()[-count:]]

    def waiting(self) -> list[Pending]:
        """What the server has not confirmed."""
        return self.client.files.outbox.pending(self.client.replica.state().ack)

    def step(self, dies: Dies, *, alive: bool = False) -> None:
        """Carry one call; the server does not survive it where `dies` says so."""
        clock = self.cluster.clock
        clock.advance(timedelta(seconds=20))
        call = self.core.next_call(clock.now())
        if call is None:
            return
        if isinstance(call, PushCall):
            operations = call.request.operations
            self.skipped += [wire.id for wire in operations if wire.skip]
            if dies(operations):
                self.deaths += 1
                self.core.failed(call, Unreachable("no answer", alive=alive), clock.now())
                return
        self.core.answered(call, call.carry(self.transport), clock.now())

    def until_nothing_waits(self, dies: Dies, *, restarts: bool = False) -> int:
        """Go on until all is confirmed; the number of deaths until then."""
        before = self.deaths
        for _ in range(400):
            if not self.waiting():
                return self.deaths - before
            if restarts:
                self.start()
                self.step(dies)  # who has just started greets first
                self.step(dies)
            self.step(dies)
        raise AssertionError(f"{len(self.waiting())} are waiting still")

    def failed(self) -> set[Id]:
        """What the user is told has failed."""
        tables = self.client.files.replica_schema.tables
        rows = entity_rows(self.client.replica_db, tables).query(OperationResult)
        assert all(row.verdict is Verdict.FAILED for row in rows)
        return {row.id for row in rows}


@pytest.fixture
def exchanges(cluster: Cluster, anna: Client) -> Exchanges:
    return Exchanges(cluster, anna)


def runs(lethal: Collection[Id]) -> Dies:
    return lambda operations: any(wire.id in lethal and not wire.skip for wire in operations)


def an_operation(number: int, deaths: int = 0, size: int = 1) -> Pending:
    return make_pending(id=str(number), deaths=deaths, payload="x" * size)


def test_nobody_goes_with_more_than_the_most_suspect_of_them_may() -> None:
    for deaths, most in ((0, PUSH_OPERATIONS), (1, 25), (2, 6), (ALONE, 1), (SKIPPED, 1)):
        suspects = [an_operation(0, deaths), *map(an_operation, range(1, 200))]
        assert len(next_push(suspects)) == most


def test_what_goes_at_once_has_a_size_but_what_is_larger_goes_alone() -> None:
    half, large = PUSH_BYTES // 2, PUSH_BYTES + 1
    operations = [an_operation(number, size=half) for number in range(3)]
    assert next_push(operations) == operations[:2]
    assert next_push([an_operation(0, size=large), *operations]) == [an_operation(0, size=large)]
    assert next_push([an_operation(0, size=half + 1), *operations]) == [an_operation(0, size=half + 1)]


@pytest.mark.parametrize("place", [0, 7, 119])
@pytest.mark.parametrize("restarts", [False, True])
def test_what_kills_the_server_is_given_up_and_the_others_go_on(
    exchanges: Exchanges, place: int, restarts: bool, expect_log: ExpectLog
) -> None:
    expect_log("operation not run")
    made = exchanges.act(120)
    deaths = exchanges.until_nothing_waits(runs({made[place]}), restarts=restarts)
    assert deaths == SKIPPED
    assert exchanges.failed() == {made[place]}


def test_each_further_one_costs_no_more_than_the_first(exchanges: Exchanges, expect_log: ExpectLog) -> None:
    expect_log("operation not run")
    made = exchanges.act(60)
    lethal = {made[3], made[4], made[40]}
    assert exchanges.until_nothing_waits(runs(lethal)) <= SKIPPED * len(lethal)
    assert exchanges.failed() == lethal


def test_a_bad_line_makes_nothing_fail(exchanges: Exchanges) -> None:
    exchanges.act(30)
    chance = Random(1)
    exchanges.until_nothing_waits(lambda operations: chance.random() < 0.4)
    assert exchanges.failed() == set()


def test_who_finds_the_server_gone_without_being_run_is_not_to_blame(exchanges: Exchanges) -> None:
    exchanges.act(1)
    for _ in range(100):
        exchanges.step(lambda operations: True)
    asked_to_skip = len(exchanges.skipped)
    assert 0 < asked_to_skip < exchanges.deaths / 3


def test_a_server_that_says_it_cannot_now_has_not_died(exchanges: Exchanges) -> None:
    exchanges.act(1)
    for _ in range(100):
        exchanges.step(lambda operations: True, alive=True)
    assert exchanges.skipped == []
    exchanges.until_nothing_waits(lambda operations: False)
    assert exchanges.failed() == set()


def test_what_goes_together_is_not_parted_by_suspicion(exchanges: Exchanges, expect_log: ExpectLog) -> None:
    expect_log("operation not run")
    before = exchanges.act(40)
    tags = [ChangeTags(conversation_id=HERE, add=(f"together-{number}",)) for number in range(80)]
    exchanges.client.act(tags, together=True)
    group = [item.id for item in exchanges.waiting()[40:]]
    behind = exchanges.act(3)
    parts: set[int] = set()

    def dies(operations: list[WireOperation]) -> bool:
        ids = [wire.id for wire in operations]
        parts.add(len(set(group) & set(ids)))
        return group[70] in ids and not operations[0].skip

    assert exchanges.until_nothing_waits(dies) == SKIPPED
    assert parts == {0, len(group)}
    assert exchanges.failed() == set(group)
    assert not exchanges.failed() & {*before, *behind}


RUNS = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 40, 100, 150]),  # so many neighbours
        st.booleans(),  # go together
        st.sampled_from("abc"),  # to this
        st.sampled_from([False, False, False, True]),  # wait for a file
        st.sampled_from([0, 0, 1]),  # after so many deaths
    ),
    max_size=6,
)


@given(runs=RUNS)
def test_what_goes_first_is_the_same_however_far_it_is_looked(
    runs: list[tuple[int, bool, str, bool, int]],
) -> None:
    outbox: list[Pending] = []
    waiting: set[Id] = set()
    for run, (count, together, about, waits, deaths) in enumerate(runs):
        payload = ChangeTags(conversation_id=an_id(about), add=("vip",))
        kind = kind_of(payload)
        for _ in range(count):
            item = make_pending(
                id=str(len(outbox)),
                kind=kind.name,
                version=kind.version,
                payload=encode_payload(payload),
                group=f"group {run}" if together else None,
                together=together,
                deaths=deaths,
            )
            outbox.append(item)
            if waits:
                waiting.add(item.id)

    def parked(items: Sequence[Pending]) -> frozenset[Id]:
        return with_followers(items, waiting & {item.id for item in items})

    def pending(most: int) -> list[Pending]:
        return outbox if most < 0 else outbox[:most]

    all_parked = parked(outbox)
    expected = next_push(item for item in outbox if item.id not in all_parked)
    assert first_push(pending, parked) == expected


def test_where_many_may_go_not_all_that_wait_are_looked_at() -> None:
    outbox = [an_operation(number) for number in range(FIRST_LOOK * 3)]
    asked: list[int] = []

    def pending(most: int) -> list[Pending]:
        asked.append(most)
        return outbox[:most]

    assert first_push(pending, lambda items: frozenset()) == outbox[:PUSH_OPERATIONS]
    assert asked == [FIRST_LOOK]
