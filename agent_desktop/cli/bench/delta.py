"""A thousand changed rows received by a full replica, against upserting the same rows into the same file."""

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.timing import CPU, in_turns
from agent_desktop.cli.bench.workspace import BenchWorkspace
from agent_desktop.domain.conversation import Conversation, Priority
from agent_desktop.store.replica import Delta
from agent_desktop.store.schema import ReplicaSchema

_ROWS, _ROUNDS = 1_000, 15


def _measure(workspace: BenchWorkspace) -> Reading:
    with workspace.desk() as desk, workspace.raw() as raw:
        replica = desk.replica
        mapping = ReplicaSchema().tables[Conversation]
        columns = mapping.columns
        place = columns.index("priority")
        before = raw.execute(f"{mapping.select_all_sql} ORDER BY id DESC LIMIT {_ROWS}").fetchall()
        priorities = [priority.value for priority in Priority]
        turn = 0

        def changed() -> list[list[object]]:
            """The rows with another priority than they have."""
            nonlocal turn
            turn += 1
            priority = priorities[turn % len(priorities)]
            return [[*row[:place], priority, *row[place + 1 :]] for row in before]

        variants = [changed() for _ in priorities]

        def rows() -> list[list[object]]:
            nonlocal turn
            turn += 1
            return variants[turn % len(variants)]

        def receive(content: list[list[object]]) -> None:
            state = replica.state()
            replica.receive(
                Delta(
                    epoch=state.epoch,
                    cursor=state.cursor,
                    ack=state.ack,
                    rows={Conversation.table: (columns, content)},
                )
            )

        def limit(number: int) -> None:
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany(mapping.upsert_sql, rows())
            raw.execute("COMMIT")

        reading = in_turns(lambda number: receive(rows()), limit, _ROUNDS, CPU)
        receive([list(row) for row in before])
    return reading


FIGURE = Figure(
    name="delta",
    words="a thousand changed conversations received by the replica; CPU time",
    unit="ms",
    target=2,
    measure=_measure,
)
