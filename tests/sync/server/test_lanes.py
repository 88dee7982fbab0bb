"""A slow channel keeps nobody waiting but itself, and the end of the program keeps nobody waiting for it."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.message import Delivery
from agent_desktop.domain.operations.message import Reply
from agent_desktop.domain.operations.workspace import SaveChannel
from agent_desktop.domain.workspace import Channel, ChannelKind
from sync.server.lanes import AFTER_FAILURE, MOST, Lanes
from sync.server.ports import PATIENCE, HandOver, Outgoing, SendResult
from tests.fakes import START
from tests.sync.server.post import HERE, SENT, Post

ExpectLog = Callable[[str], None]
OTHER = "0190b0e0a1b27c3d8e4f5a6b7c8d9e0f"


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    post = Post(tmp_path / "server.db")
    yield post
    post.server.stop()


class Slow:
    """A provider that hangs, before or after it has got the reply, until the test is over."""

    pause = timedelta()
    patience = PATIENCE

    def __init__(self, *, after: bool) -> None:
        self.after = after
        self.hangs, self.go_on = threading.Event(), threading.Event()
        self.taken = 0

    def send(self, outgoing: Outgoing, hand_over: HandOver) -> SendResult:
        if self.after:
            hand_over()
        self.hangs.set()
        self.go_on.wait(60)
        if not self.after:
            hand_over()
        self.taken += 1
        return SENT

    def find(self, message_id: str) -> SendResult | None:
        raise AssertionError


def test_a_channel_that_hangs_stops_no_other(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = post.server.backend
    backend.store.commit([SaveChannel(channel_id=OTHER, kind=ChannelKind.EMAIL, name="Sales")])
    slow, done = Slow(after=True), threading.Event()

    def port_of(channel: Channel) -> object:
        return slow if channel.id == OTHER else post.provider

    def during(outgoing: Outgoing) -> SendResult:
        done.set()
        return SENT

    post.provider.during = during
    monkeypatch.setattr(post.server.outbound, "_port_of", port_of)
    post.server.start()  # type: ignore[union-attr]  # an embedded one
    stuck = post.ids.new()
    backend.store.commit(
        [Reply(conversation_id=HERE, message_id=stuck, channel_id=OTHER, text="Hello", undo_seconds=0)]
    )
    assert slow.hangs.wait(30)
    free = post.replies(undo_seconds=0)
    assert done.wait(30)
    post.clock.advance(timedelta(seconds=1))
    due = post.server.outbound.next_due()
    assert due is None, "the thread does not turn round and round for a channel that is busy"
    slow.go_on.set()
    post.server.stop()
    post.restart()
    assert post.message(stuck).delivery is Delivery.SENT
    assert post.message(free).delivery is Delivery.SENT
    assert (slow.taken, post.provider.taken) == (1, [free])


def test_what_was_not_handed_over_yet_is_not_when_the_program_ends(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(after=False)
    monkeypatch.setattr(post.server.outbound, "_port_of", lambda channel: slow)
    post.server.start()  # type: ignore[union-attr]  # an embedded one
    message_id = post.replies(undo_seconds=0)
    assert slow.hangs.wait(30)
    post.server.outbound.stop(0)
    slow.go_on.set()
    post.server.stop()
    post.restart()
    assert slow.taken == 0
    assert post.message(message_id).delivery is Delivery.QUEUED
    assert post.later(seconds=1) == 1
    assert post.provider.taken == [message_id]


@pytest.mark.parametrize("failure", [StoreError("The disk is full.", "full"), RuntimeError("a defect")])
def test_a_channel_that_fails_rests(failure: Exception, expect_log: ExpectLog) -> None:
    expect_log("a channel (waits to send|failed to send)")
    clock, done = ManualClock(START), threading.Event()
    lanes = Lanes(clock)
    lanes.start(done.set)

    def fail() -> int:
        raise failure

    lanes.run("a", fail)
    assert done.wait(30)
    assert set(lanes.blocked()) == {"a"}
    assert lanes.wakes_at() == START + AFTER_FAILURE
    clock.advance(AFTER_FAILURE)
    assert not lanes.blocked()


def test_a_clock_that_is_set_back_lets_nobody_rest_for_ever() -> None:
    clock = ManualClock(START)
    lanes = Lanes(clock)
    lanes.rest("a", timedelta(seconds=20))
    clock.advance(timedelta(days=-400))
    assert not lanes.blocked()


def test_no_more_than_so_many_send_at_once() -> None:
    lanes, go_on = Lanes(ManualClock(START)), threading.Event()
    lanes.start(lambda: None)

    def waits() -> int:
        go_on.wait(60)
        return 1

    for number in range(MOST + 5):
        lanes.run(str(number), waits)
    assert (len(lanes.blocked()), lanes.full) == (MOST, True)
    assert not lanes.stop(0)
    go_on.set()
    assert lanes.stop(30)
    assert not lanes.full
