"""The memory of the program with the inbox open, against an empty window of Qt."""

from statistics import median

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.processes import start
from agent_desktop.cli.bench.workspace import BenchWorkspace

_ROUNDS = 3
_SETTLES_IN = 6.0
"""By then everything that is loaded behind the first window is there."""


def _measure(workspace: BenchWorkspace) -> Reading:
    pairs = [(start(workspace.profile, _SETTLES_IN), start(None, _SETTLES_IN)) for _ in range(_ROUNDS)]
    return Reading(
        ours=median(ours.megabytes for ours, _ in pairs),
        limit=median(limit.megabytes for _, limit in pairs),
    )


FIGURE = Figure(
    name="rss",
    words="memory of the process six seconds after the inbox was painted",
    unit="MB",
    target=2.5,
    measure=_measure,
)
