"""One action of the user until it is announced, against a durable insert and an update in raw SQLite."""

import sqlite3
import tempfile
from contextlib import closing

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.timing import WALL, in_turns
from agent_desktop.cli.bench.workspace import BenchWorkspace
from agent_desktop.domain.conversation import Priority
from agent_desktop.domain.operations import encode_payload
from agent_desktop.domain.operations.conversation import SetPriority
from agent_desktop.services.views import STANDARD_VIEWS

_ROUNDS = 100
_PRIORITIES = (Priority.HIGH, Priority.NORMAL)
_OPEN = next(view for view in STANDARD_VIEWS if view.key == "open")


def _measure(workspace: BenchWorkspace) -> Reading:
    with (
        workspace.desk() as desk,
        workspace.raw() as raw,
        tempfile.TemporaryDirectory(dir=workspace.profile.folder) as folder,
        closing(sqlite3.connect(f"{folder}/outbox.db", isolation_level=None)) as outbox,
    ):
        outbox.execute("PRAGMA journal_mode = WAL")
        outbox.execute("PRAGMA synchronous = FULL")
        outbox.execute(
            "CREATE TABLE outbox (position INTEGER PRIMARY KEY, operation_id TEXT UNIQUE, payload TEXT)"
        )
        keys = desk.inbox.first_page(_OPEN.filter, _OPEN.sort, _ROUNDS)
        ids = [row.id for row in desk.inbox.rows(keys)]

        def payload(number: int) -> SetPriority:
            again = number // len(ids)
            return SetPriority(conversation_id=ids[number % len(ids)], priority=_PRIORITIES[again % 2])

        def ours(number: int) -> None:
            desk.apply(payload(number))

        def limit(number: int) -> None:
            text = encode_payload(payload(number))
            outbox.execute("INSERT INTO outbox (operation_id, payload) VALUES (?, ?)", (desk.ids.new(), text))
            # What ours has just written is written again: the replica stays true.
            raw.execute(
                "UPDATE conversation SET priority = priority || '' WHERE id = ?", (ids[number % len(ids)],)
            )

        reading = in_turns(ours, limit, _ROUNDS, WALL)
        desk.sync.exchange()
    return reading


FIGURE = Figure(
    name="apply_operation",
    words="an action until every open view has been told, durable; wall time",
    unit="ms",
    target=3,
    measure=_measure,
)
