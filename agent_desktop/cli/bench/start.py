"""From the start of the process to the first rows of the inbox on screen, against an empty window of Qt."""

from statistics import median

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.processes import start
from agent_desktop.cli.bench.workspace import BenchWorkspace

_ROUNDS = 7
_SETTLES_IN = 3.0
"""By then the rest of the window is there."""


def _measure(workspace: BenchWorkspace) -> Reading:
    pairs = [(start(workspace.profile, _SETTLES_IN), start(None, 0.0)) for _ in range(_ROUNDS)]
    # The first pair reads everything from the disk.
    return Reading(
        ours=median(ours.milliseconds for ours, _ in pairs[1:]),
        limit=median(limit.milliseconds for _, limit in pairs[1:]),
        details={
            "first": pairs[0][0].milliseconds,
            "conversation_can_be_opened_and_answered": median(
                ours.usable_milliseconds for ours, _ in pairs[1:]
            ),
        },
    )


FIGURE = Figure(
    name="start",
    words="the process starts until the first rows of the inbox are painted; wall time",
    unit="ms",
    target=2.5,
    measure=_measure,
)
