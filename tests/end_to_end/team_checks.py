"""What is left of a team after whatever befell it: everything that was acknowledged, once, and the same everywhere."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from multiprocessing import connection as connections

from agent_desktop.cli.desk import open_desk
from agent_desktop.context import Desk
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind
from agent_desktop.profile import Profile
from agent_desktop.services.drafts import DraftKind
from agent_desktop.services.sync_status import SyncState
from agent_desktop.store.rows import SqlRows
from sync.protocol.transport import Unreachable
from sync.server.backend import Backend
from sync.server.database import ServerDatabase
from sync.server.outbound import OutboundWorker
from sync.server.schema import ServerSchema
from sync.server.verify import verify
from tests.end_to_end.team_agent import tokens_of
from tests.end_to_end.team_scene import CLOCK, PATIENCE, Agent, Team, judged, opened
from tests.end_to_end.writer import PostBox


def check(team: Team) -> Counter[str]:
    """No faults any more: everything arrives, all have the same, and everything is there once. What was counted."""
    team.kill_all()
    team.start_server(0)
    team.start_server(1)
    with ExitStack() as stack:
        desks = [stack.enter_context(_working(agent)) for agent in team.agents]
        for desk in desks:
            _drain(desk)
        for number in range(2):
            # What was being sent would end its turn in between.
            team.kill_server(number)
        with opened(team.address) as database:
            found = _check_server(team, database)
            _send_all(team, database)
            found |= _check_replies(team, database)
        team.start_server(1)
        for desk, agent in zip(desks, team.agents, strict=True):
            _drain(desk)
            with opened(team.address) as database:
                backend = Backend(database, ServerSchema(), CLOCK, TimeOrderedIds(CLOCK))
                wanted = {table: tuple(sums) for table, sums in backend.digest(desk.user_id).tables.items()}
            assert desk.replica.digest() == wanted, agent.email
            draft = desk.drafts.get(team.conversations[0], DraftKind.NOTE)
            assert (0 if draft is None else int(draft.text)) in (agent.draft, agent.draft + 1)
    _check_logs(team)
    return found


@contextmanager
def _working(agent: Agent) -> Iterator[Desk]:
    desk = open_desk(Profile(agent.folder), tokens=tokens_of(agent.secrets))
    try:
        desk.start()
        yield desk
    finally:
        desk.close()


def _drain(desk: Desk) -> None:
    """Until nothing waits and nothing is new."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            desk.sync.exchange()
        except Unreachable:
            if time.monotonic() > end:
                raise
        status = desk.sync.status
        if status.state is SyncState.IN_SYNC and not status.waiting:
            return
        assert time.monotonic() < end, status
        connections.wait([], 0.1)


def _check_server(team: Team, database: ServerDatabase) -> Counter[str]:
    schema = ServerSchema()
    assert [check.wrong for check in verify(database, schema, None) if check.wrong] == []
    logged = Counter(judged(database))
    wanted = {row_id: what for agent in team.agents for row_id, what in agent.done.items()}
    missing = Counter(what for row_id, what in wanted.items() if row_id not in logged)
    assert not missing, f"acknowledged and never arrived: {missing}"
    assert max(logged.values()) == 1
    with database.read() as connection:
        counted = connection.execute(
            "SELECT client_id, count(*), count(DISTINCT number), max(number) FROM operation"
            " WHERE number IS NOT NULL GROUP BY client_id"
        ).fetchall()
        (failed,) = connection.execute("SELECT count(*) FROM operation WHERE verdict = 'failed'").fetchone()
    assert len(counted) == len(team.agents), "a profile was taken for a copy"
    assert all(row[1] == row[2] == row[3] for row in counted), counted
    assert failed == 0
    return Counter(wanted.values())


def _send_all(team: Team, database: ServerDatabase) -> None:
    """A day later, when every lease is over."""
    later = ManualClock(CLOCK.now() + timedelta(days=1))
    backend = Backend(database, ServerSchema(), later, TimeOrderedIds(later))
    box = PostBox(team.box)
    worker = OutboundWorker(backend.store, later, lambda channel: box)
    worker.recover()
    while worker.run_due() or worker.next_due() is not None:
        later.advance(timedelta(hours=1))


def _check_replies(team: Team, database: ServerDatabase) -> Counter[str]:
    """Each reply left once, but for those that are held back for their authors."""
    with database.read() as connection:
        rows = SqlRows(connection, ServerSchema().tables)
        messages = [row for name in team.conversations for row in rows.query(Message, conversation_id=name)]
    replies = {
        row.id: row.delivery
        for row in messages
        if row.kind is MessageKind.REPLY and row.direction is Direction.OUT
    }
    assert set(replies.values()) <= {Delivery.SENT, Delivery.HELD}, Counter(replies.values())
    assert Counter(PostBox(team.box).taken()) == Counter(
        row_id for row_id, delivery in replies.items() if delivery is Delivery.SENT
    )
    return Counter(map(str, replies.values()))


def _check_logs(team: Team) -> None:
    for log in team.folder.glob("*.log"):
        said = log.read_text("utf-8")
        bad = [
            line
            for line in said.splitlines()
            if '"level": "error"' in line or "Traceback" in line or "ERROR" in line
        ]
        assert not bad, f"{log.name}: {bad[:5]}"
