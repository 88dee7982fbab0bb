"""Replies that a restored server gets again: asked about before they are sent, if they may have left before."""

import pytest

from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery
from agent_desktop.domain.operations import encode_payload, kind_of
from agent_desktop.domain.operations.message import (
    ReleaseReply,
    Reply,
)
from agent_desktop.domain.records import Record
from sync.protocol.messages import PushRequest, WireOperation
from sync.server.ports import SendResult
from tests.factories import ANNA, make_channel
from tests.sync.server.post import HERE, SENT, Post


def comes_again(post: Post, payload: Record) -> None:
    """A client hands over what it gave to the server before that was restored."""
    kind, backend = kind_of(payload), post.server.backend
    wire = WireOperation(
        id=post.ids.new(),
        number=1,
        kind=kind.name,
        version=kind.version,
        at=0,
        seen=0,
        payload=encode_payload(payload),
        again=True,
    )
    request = PushRequest(client_id="laptop", epoch=backend.hello().epoch, operations=[wire])
    assert backend.push(ANNA.id, request).expected == 2


def a_reply(post: Post, *, seen: bool = True) -> Reply:
    here = post.conversation()
    return Reply(
        conversation_id=HERE,
        message_id=post.ids.new(),
        channel_id=make_channel().id,
        text="It is on its way.",
        seen_in=here.last_in_id if seen else "0" * 32,
        seen_out=here.last_out_id,
    )


def release(post: Post, message_id: Id, *, seen: bool = True) -> ReleaseReply:
    here = post.conversation()
    return ReleaseReply(
        conversation_id=HERE,
        message_id=message_id,
        seen_in=here.last_in_id if seen else "0" * 32,
        seen_out=here.last_out_id,
    )


def test_what_a_restored_server_gets_again_is_asked_about_before_it_is_sent(post: Post) -> None:
    reply = a_reply(post)
    comes_again(post, reply)
    post.later(minutes=1)
    assert (post.provider.asked, post.provider.taken) == ([reply.message_id], [])
    assert post.message(reply.message_id).delivery is Delivery.UNKNOWN


@pytest.mark.parametrize("restarts", [False, True])
def test_what_comes_again_and_is_held_is_asked_about_when_it_is_released(post: Post, restarts: bool) -> None:
    reply = a_reply(post, seen=False)
    comes_again(post, reply)
    assert post.message(reply.message_id).delivery is Delivery.HELD
    post.later(minutes=20)
    assert post.provider.asked == []
    if restarts:
        post.restart()
    commit = post.server.backend.store.commit
    commit([release(post, reply.message_id, seen=False)])  # somebody wrote again
    commit([release(post, reply.message_id)])
    post.later(minutes=1)
    assert (post.provider.asked, post.provider.taken) == ([reply.message_id], [])
    # Nobody can know: then a person decides, having been told so.
    assert post.message(reply.message_id).delivery is Delivery.UNKNOWN
    commit([release(post, reply.message_id)])
    post.later(minutes=1)
    assert post.provider.taken == [reply.message_id]


def test_a_release_that_comes_again_and_is_too_late_is_kept_in_mind(post: Post) -> None:
    held = post.replies(seen=False)
    comes_again(post, release(post, held, seen=False))
    assert post.message(held).delivery is Delivery.HELD
    post.server.backend.store.commit([release(post, held)])
    post.later(minutes=1)
    assert (post.provider.asked, post.provider.taken) == ([held], [])


def test_what_is_held_before_it_was_asked_about_is_asked_about_when_it_is_released(post: Post) -> None:
    message_id = post.replies()
    with post.server.backend.store.database.write() as connection:  # as after a restore
        connection.execute("UPDATE outbound SET state = 'sending'")
    comes_again(post, a_reply(post))  # a colleague was faster
    assert post.message(message_id).delivery is Delivery.HELD
    post.provider.answer = SENT
    post.server.backend.store.commit([release(post, message_id)])
    post.later(minutes=1)
    assert message_id in post.provider.asked
    assert post.provider.taken == []
    assert post.message(message_id).delivery is Delivery.SENT


def test_what_is_held_and_was_not_sent_before_is_not_asked_about(post: Post) -> None:
    held = post.replies(seen=False)
    post.server.backend.store.commit([release(post, held)])
    post.later(minutes=1)
    assert (post.provider.asked, post.provider.taken) == ([], [held])


def test_it_is_sent_when_the_provider_has_not_got_it(post: Post) -> None:
    message_id = post.replies()
    backend = post.server.backend
    with backend.store.database.write() as connection:  # as after a restore
        connection.execute("UPDATE outbound SET state = 'sending'")
    post.provider.answer = SendResult(Delivery.QUEUED)
    for _ in range(3):
        post.later(minutes=1)
    assert post.provider.asked == [message_id]
    assert post.provider.taken == [message_id]
    assert post.message(message_id).delivery is Delivery.SENT
