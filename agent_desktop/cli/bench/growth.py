"""How much dearer reads and single writes are in the workspace than in one of a hundredth of its size.

Pages are those of views that have as many rows in both: a screen of the larger one is no dearer for being full.
"""

from collections.abc import Callable

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.timing import CPU, WALL, Clock, in_turns
from agent_desktop.cli.bench.workspace import BenchWorkspace, workspace_in
from agent_desktop.context import Desk
from agent_desktop.domain.conversation import Priority
from agent_desktop.domain.operations.conversation import SetPriority
from agent_desktop.services.views import STANDARD_VIEWS

_TIMES = 100
_FEWEST = 20
_ROUNDS = 50
_FIRST_SCREEN = 100
_OPEN = next(view for view in STANDARD_VIEWS if view.key == "open")
_PRIORITIES = (Priority.HIGH, Priority.NORMAL)
_TYPED = ("refund", "invoice", "delivery", "order late")


class _Work:
    """What a person does at one of the two desks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.views = STANDARD_VIEWS
        keys = desk.inbox.first_page(_OPEN.filter, _OPEN.sort, _ROUNDS)
        self._ids = [row.id for row in desk.inbox.rows(keys)]

    def inbox_page(self, number: int) -> None:
        view = self.views[number % len(self.views)]
        self._desk.inbox.first_screen(view.filter, view.sort, _FIRST_SCREEN)

    def rows(self) -> list[int]:
        """How many rows the first screen of each standard view has."""
        screens = (
            self._desk.inbox.first_screen(view.filter, view.sort, _FIRST_SCREEN) for view in STANDARD_VIEWS
        )
        return [len(rows) for _, rows in screens]

    def open_conversation(self, number: int) -> None:
        conversation_id = self._ids[number % len(self._ids)]
        self._desk.conversations.card(conversation_id)
        self._desk.conversations.timeline(conversation_id)

    def search(self, number: int) -> None:
        self._desk.search.search(_TYPED[number % len(_TYPED)])

    def apply_operation(self, number: int) -> None:
        conversation_id = self._ids[number % len(self._ids)]
        priority = _PRIORITIES[number // len(self._ids) % 2]
        self._desk.apply(SetPriority(conversation_id=conversation_id, priority=priority))


_KINDS: tuple[tuple[Callable[[_Work, int], None], Clock], ...] = (
    (_Work.inbox_page, CPU),
    (_Work.open_conversation, CPU),
    (_Work.search, CPU),
    (_Work.apply_operation, WALL),
)


def _measure(workspace: BenchWorkspace) -> Reading:
    folder = workspace.profile.folder / "hundredth"
    small = workspace_in(folder, max(_FEWEST, workspace.conversations // _TIMES), lambda words: None)
    readings: dict[str, Reading] = {}
    with workspace.desk() as desk, small.desk() as other:
        here, there = _Work(desk), _Work(other)
        compared = zip(STANDARD_VIEWS, here.rows(), there.rows(), strict=True)
        alike = tuple(view for view, mine, theirs in compared if mine == theirs)
        here.views = there.views = alike or STANDARD_VIEWS
        for kind, clock in _KINDS:

            def ours(number: int, kind: Callable[[_Work, int], None] = kind) -> None:
                kind(here, number)

            def limit(number: int, kind: Callable[[_Work, int], None] = kind) -> None:
                kind(there, number)

            readings[kind.__name__] = in_turns(ours, limit, _ROUNDS, clock)
        desk.sync.exchange()
        other.sync.exchange()
    worst = max(readings.values(), key=lambda reading: reading.ours / reading.limit)
    ratios = {name: reading.ours / reading.limit for name, reading in readings.items()}
    return Reading(ours=worst.ours, limit=worst.limit, details=ratios)


FIGURE = Figure(
    name="growth",
    words="what grows most with the workspace, against one of a hundredth of the size; medians, ratios of all below",
    unit="ms",
    target=1.5,
    measure=_measure,
)
