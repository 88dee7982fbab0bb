"""All counts beside the list after one change, against the dearest of them as one raw count."""

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.timing import in_turns
from agent_desktop.cli.bench.workspace import BenchWorkspace
from agent_desktop.domain.operations.conversation import AssignConversation
from agent_desktop.services.views import STANDARD_VIEWS

_ROUNDS = 60
_COUNT = "SELECT count(*) FROM conversation"
_OPEN = next(view for view in STANDARD_VIEWS if view.key == "open")


def _measure(workspace: BenchWorkspace) -> Reading:
    with workspace.desk() as desk, workspace.raw() as raw:
        keys = desk.inbox.first_page(_OPEN.filter, _OPEN.sort)
        ids = [row.id for row in desk.inbox.rows(keys)]
        assignees = (desk.user_id, None)

        def change() -> None:
            """One conversation goes to another, so that several views hold more or fewer."""
            row_id = ids[0]
            ids.append(ids.pop(0))
            desk.apply(AssignConversation(conversation_id=row_id, assignee_id=assignees[len(changed) % 2]))
            changed.append(row_id)

        changed: list[str] = []
        desk.views.counted()
        change()
        reading = in_turns(
            lambda number: desk.views.counted(),
            lambda number: raw.execute(_COUNT).fetchone(),
            _ROUNDS,
            rest=change,
        )
        desk.sync.exchange()
    return reading


FIGURE = Figure(
    name="view_counts",
    words="all views are counted exactly again after one change, against counting all conversations; CPU time",
    unit="ms",
    target=2,
    measure=_measure,
)
