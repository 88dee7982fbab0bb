"""All counts beside the list after one change, against the dearest of them as one raw count."""

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.timing import in_turns
from agent_desktop.cli.bench.workspace import BenchWorkspace

_ROUNDS = 40
_COUNT = "SELECT count(*) FROM conversation"


def _measure(workspace: BenchWorkspace) -> Reading:
    with workspace.desk() as desk, workspace.raw() as raw:
        return in_turns(
            lambda number: desk.views.counted(), lambda number: raw.execute(_COUNT).fetchone(), _ROUNDS
        )


FIGURE = Figure(
    name="view_counts",
    words="every view is counted exactly, how much of it is overdue too; against counting all conversations; CPU time",
    unit="ms",
    target=2,
    measure=_measure,
)
