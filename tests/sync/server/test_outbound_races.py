"""Two attempts at one reply: what the first says late changes nothing that the second did."""

import pytest

from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery
from agent_desktop.domain.workspace import Channel
from sync.server.ports import ChannelPort, Outgoing, SendResult
from tests.sync.server.post import Crash, Post


def crashes(outgoing: Outgoing) -> SendResult:
    raise Crash


def test_an_attempt_that_took_too_long_does_not_go_on_beside_the_next(post: Post) -> None:
    message_id = post.replies()
    slow = [True]

    def is_slow() -> None:
        if slow:
            slow.clear()
            post.later(minutes=11)  # the lease is over, and another process looks
            assert post.later(minutes=1) == 1

    post.provider.before = is_slow
    assert post.later(seconds=10) == 0
    assert post.provider.taken == [message_id]
    assert post.message(message_id).delivery is Delivery.SENT


def test_an_attempt_that_took_too_long_does_not_undo_what_the_next_one_did(post: Post) -> None:
    message_id = post.replies()
    slow = [True]

    def is_slow() -> None:
        if slow:
            slow.clear()
            post.later(minutes=11)  # the lease is over, and another process looks
            assert post.later(minutes=1) == 1
            raise OSError("the line broke long ago")

    post.provider.before = is_slow
    post.later(seconds=10)
    post.later(days=1)
    assert post.provider.taken == [message_id], "it was sent twice"
    assert post.message(message_id).delivery is Delivery.SENT


def test_what_one_process_cannot_send_and_another_has_sent_does_not_wait(post: Post) -> None:
    message_id = post.replies()
    first = [True]

    def port_of(channel: Channel) -> ChannelPort | None:
        if not first:
            return post.provider
        first.clear()
        assert post.later(seconds=0) == 1, "the other process knows the account already"
        return None

    post.port_of = port_of  # type: ignore[method-assign]  # two processes, one after the other
    post.restart()
    post.later(seconds=10)
    post.restart()
    post.later(days=1)
    assert post.provider.taken == [message_id], "it was sent twice"
    assert post.message(message_id).delivery is Delivery.SENT


def test_a_question_that_fails_late_does_not_shorten_the_next_attempt(post: Post) -> None:
    """Two processes ask about one attempt. One hears that it never arrived, and sends again; then the other fails."""
    message_id = post.replies()
    post.provider.during = crashes
    with pytest.raises(Crash):
        post.later(seconds=10)
    asked: list[Id] = []

    def find(name: Id) -> SendResult | None:
        asked.append(name)
        if len(asked) == 1:
            post.later(seconds=0)  # the other process asks, too
            with pytest.raises(Crash):
                post.later(minutes=1)  # and is sending
            raise OSError("no line")
        return SendResult(Delivery.QUEUED)

    post.provider.find = find  # type: ignore[method-assign, assignment]  # as two processes would be answered
    post.later(minutes=11)
    post.later(minutes=5)
    assert len(asked) == 2, "the attempt of the other has its time"
    assert post.message(message_id).delivery is Delivery.SENDING
