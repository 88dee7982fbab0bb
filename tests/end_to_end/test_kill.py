"""`kill -9` at any moment of typing and sending: no draft is lost, no reply is lost, none leaves twice."""

import multiprocessing.connection
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.cli.desk import open_desk
from agent_desktop.context import Desk
from agent_desktop.domain.clock import Clock, ManualClock, SystemClock
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind
from agent_desktop.profile import Profile
from agent_desktop.services.drafts import DraftKind
from agent_desktop.store.rows import SqlRows
from sync.server.embedded import EmbeddedServer
from tests.end_to_end import writer
from tests.end_to_end.processes import forks
from tests.end_to_end.writer import WORDS, PostBox
from tests.ui.desks import make_template, make_world

pytestmark = pytest.mark.end_to_end

ROUNDS = 4
RUNS = 50
"""In each round."""
MOST_STEPS = 2 * (len(WORDS) + 1)
"""So many steps somebody takes at most before they are killed: that is to type and send two replies."""
LONGEST_PAUSE = 0.02
"""Seconds from then to being killed, at most."""


class Scene:
    """A profile with one conversation, the provider's box, and what was acknowledged over all runs."""

    def __init__(self, folder: Path) -> None:
        template = make_template(folder)
        world = make_world(folder, template)
        self.conversation_id: Id = world.customer_writes("Amelia Novak", "Where is my kettle?")
        world.close()
        self.profile = world.profile
        self.box = folder / "box"
        self.sent: list[Id] = []
        self.known: set[Id] = set()
        self.kills: Counter[str] = Counter()

    def run(self, context: Any, steps: int, pause: float) -> None:
        """Let somebody work for a moment, kill them, and look at what is there."""
        ours, theirs = context.Pipe(duplex=False)
        clock: Clock = SystemClock()
        arguments = (self.profile.folder, self.box, self.conversation_id, clock, theirs)
        process = context.Process(target=writer.work, args=arguments, daemon=True)
        process.start()
        theirs.close()
        heard = list(_listen(ours, steps, pause, process.pid))
        process.join()
        assert heard, "the writer ended before it was ready"
        self.kills[heard[-1][0]] += 1
        self.sent += [what for kind, what in heard if kind == "sent"]
        self._check_draft(heard)

    def _check_draft(self, heard: list[tuple[str, str]]) -> None:
        """The last acknowledged draft is there, or what was typed after it, or it has been sent: never both."""
        kind, what = heard[-1]
        with opened(self.profile) as desk:
            draft = desk.drafts.get(self.conversation_id, DraftKind.REPLY)
            replies = set(our_replies(desk, self.conversation_id))
        assert set(self.sent) <= replies
        unheard = replies - self.known - set(self.sent)
        self.known = replies
        length = len(draft.text.split()) if draft is not None else 0
        if kind == "sending":
            assert (length, len(unheard)) in ((len(WORDS) - 1, 0), (0, 1))
        else:
            assert not unheard
        if kind == "draft":
            assert length >= len(what.split())


def _listen(pipe: Connection, steps: int, pause: float, pid: int | None) -> Iterator[tuple[str, str]]:
    """What the writer said until it was killed: `pause` seconds after it was ready and had taken so many steps."""
    assert pid is not None
    for _ in range(1 + steps):
        if not pipe.poll(60):
            os.kill(pid, signal.SIGKILL)
            return
        yield pipe.recv()
    multiprocessing.connection.wait([], timeout=pause)
    os.kill(pid, signal.SIGKILL)
    while True:
        try:
            yield pipe.recv()
        except EOFError:
            return


@contextmanager
def opened(profile: Profile, clock: Clock | None = None) -> Iterator[Desk]:
    """The profile as the next start finds it."""
    desk = open_desk(profile, clock, background=False)
    try:
        desk.sync.exchange()
        yield desk
    finally:
        desk.close()


def our_replies(desk: Desk, conversation_id: Id) -> list[Id]:
    """The ids of all our replies in the conversation."""
    with desk.replica.database.read() as connection:
        found = SqlRows(connection, desk.replica.schema.tables).query(
            Message, conversation_id=conversation_id
        )
    return [row.id for row in found if row.kind is MessageKind.REPLY and row.direction is Direction.OUT]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_nothing_is_lost_or_doubled(tmp_path: Path, seed: int) -> None:
    scene = Scene(tmp_path)
    context = forks()
    chance = random.Random(seed)
    for _ in range(RUNS):
        scene.run(context, chance.randrange(MOST_STEPS), chance.uniform(0, LONGEST_PAUSE))
    # The runs are worth something only if they ended in the middle of things.
    assert scene.kills["draft"] > RUNS // 10
    assert len(scene.sent) > RUNS // 4

    # Later, with everything sent that can be: each reply left exactly once.
    later = ManualClock(SystemClock().now() + timedelta(days=1))
    box = PostBox(scene.box)
    server = EmbeddedServer(scene.profile.server_db, later, TimeOrderedIds(later), lambda channel: box)
    server.outbound.recover()
    while server.outbound.run_due():
        later.advance(timedelta(hours=1))
    server.database.close()
    with opened(scene.profile, later) as desk:
        replies = our_replies(desk, scene.conversation_id)
        with desk.replica.database.read() as connection:
            rows = SqlRows(connection, desk.replica.schema.tables)
            deliveries = {row_id: rows.get(Message, row_id) for row_id in replies}
            conversation = rows.get(Conversation, scene.conversation_id)
    assert set(scene.sent) <= set(replies)
    assert Counter(box.taken()) == Counter(replies)
    assert {row.delivery for row in deliveries.values() if row} == {Delivery.SENT}
    assert conversation is not None
    assert conversation.message_count == len(replies) + 1
