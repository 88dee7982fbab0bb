"""From the choice of a view to the rows of its first screen, against one raw query for the same rows."""

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.timing import in_turns
from agent_desktop.cli.bench.workspace import BenchWorkspace
from agent_desktop.domain.clock import to_microseconds
from agent_desktop.services.views import STANDARD_VIEWS
from agent_desktop.store.schema import LISTED, LISTED_WORKED_ON

_ROUNDS = 200
_FIRST_SCREEN = 100
_PAGE = """SELECT conversation.pk, conversation.id, number, customer.name, channel_id, subject, preview, preview_out,
    last_message_at, last_in_at, status, priority, assignee_id, due_at, tags, snoozed_until, last_out_id, read_at
    FROM conversation LEFT JOIN customer ON customer.id = customer_id
    LEFT JOIN read_marker ON read_marker.conversation_id = conversation.id AND read_marker.user_id = :user
    WHERE {} LIMIT 100"""
_AWAKE = "coalesce(snoozed_until, 0) <= :now"
_RAW = {
    "mine": f"{LISTED_WORKED_ON} AND assignee_id = :user AND {_AWAKE} ORDER BY due_rank, conversation.pk",
    "unassigned": f"{LISTED_WORKED_ON} AND assignee_id IS NULL AND {_AWAKE} ORDER BY due_rank, conversation.pk",
    "open": f"{LISTED_WORKED_ON} AND {_AWAKE} ORDER BY due_rank, conversation.pk",
    "all": f"{LISTED} AND :now ORDER BY last_message_at DESC, conversation.pk DESC",
}


def _measure(workspace: BenchWorkspace) -> Reading:
    views = [view for view in STANDARD_VIEWS if view.key in _RAW]
    pages = [_PAGE.format(_RAW[view.key]) for view in views]
    with workspace.desk() as desk, workspace.raw() as raw:
        bound = {"user": desk.user_id, "now": to_microseconds(desk.clock.now())}

        def ours(number: int) -> None:
            view = views[number % len(views)]
            desk.inbox.first_screen(view.filter, view.sort, _FIRST_SCREEN)

        def limit(number: int) -> None:
            raw.execute(pages[number % len(pages)], bound).fetchall()

        return in_turns(ours, limit, _ROUNDS)


FIGURE = Figure(
    name="inbox_page",
    words="a view is chosen until the rows of its first screen are there; CPU time",
    unit="ms",
    target=1.5,
    measure=_measure,
)
