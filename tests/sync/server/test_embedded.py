"""The embedded server's thread: replies leave when it is time, customers arrive, and no failure ends it."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations.message import ReceiveMessage
from agent_desktop.domain.records import Record
from agent_desktop.store.rows import SqlRows
from sync.server.embedded import EmbeddedServer
from sync.server.ports import Outgoing, SendResult
from tests.factories import ANNA, make_channel, make_conversation, make_customer
from tests.sync.server import test_outbound

ExpectLog = Callable[[str], None]
HERE = make_conversation().id


class Post(test_outbound.Post):
    """One whose server is embedded, with a thread of its own."""

    server: EmbeddedServer


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    post = Post(tmp_path / "server.db")
    yield post
    post.server.stop()


def sent(post: Post, event: threading.Event) -> None:
    """Set the event when the provider is given something."""

    def during(outgoing: Outgoing) -> SendResult:
        event.set()
        return SendResult(Delivery.SENT)

    post.provider.during = during


def test_a_reply_that_is_due_leaves_by_itself(post: Post) -> None:
    done = threading.Event()
    sent(post, done)
    post.server.start()
    message_id = post.replies(undo_seconds=0)
    assert done.wait(30)
    post.server.stop()
    post.restart()
    assert post.message(message_id).delivery is Delivery.SENT
    assert post.provider.taken == [message_id]


def test_what_a_crash_left_is_asked_about_by_the_next_start(post: Post) -> None:
    message_id = post.replies()
    post.server.outbound.run_due()
    post.clock.advance(timedelta(seconds=20))
    with post.server.database.write() as connection:
        connection.execute("UPDATE outbound SET state = 'sending', attempts = 1, lease_until = ?", (2**60,))
    asked = threading.Event()

    def find(asked_id: str) -> SendResult | None:
        asked.set()
        return SendResult(Delivery.SENT)

    post.provider.find = find  # type: ignore[method-assign, assignment]  # this provider knows
    post.server.start()
    assert asked.wait(30)
    post.server.stop()
    post.restart()
    assert post.provider.taken == []
    with post.server.database.read() as connection:
        (state,) = connection.execute(
            "SELECT state FROM outbound WHERE message_id = ?", (message_id,)
        ).fetchone()
    assert state == "sent"


@pytest.mark.parametrize("failure", [StoreError("The disk is full.", "full"), RuntimeError("a defect")])
def test_no_failure_ends_it(
    post: Post, monkeypatch: pytest.MonkeyPatch, failure: Exception, expect_log: ExpectLog
) -> None:
    expect_log("the server (waits|failed) to send")
    failed, done = threading.Event(), threading.Event()
    sent(post, done)
    due = post.server.outbound.run_due

    def fail() -> int:
        monkeypatch.setattr(post.server.outbound, "run_due", due)
        failed.set()
        raise failure

    monkeypatch.setattr(post.server.outbound, "run_due", fail)
    post.server.start()
    assert failed.wait(30)
    post.replies(undo_seconds=0)  # a commit wakes the thread
    assert done.wait(30)


def test_a_start_on_a_full_disk_waits_and_does_not_fail(
    post: Post, monkeypatch: pytest.MonkeyPatch, expect_log: ExpectLog
) -> None:
    expect_log("the server waits to send")
    tried = threading.Event()

    def no_room() -> None:
        tried.set()
        raise StoreError("The disk is full.", "full")

    monkeypatch.setattr(post.server.outbound, "recover", no_room)
    post.server.start()
    assert tried.wait(30)


def test_customers_arrive_when_it_is_time(tmp_path: Path) -> None:
    post = Post(tmp_path / "server.db")
    post.server.stop()
    arrived = threading.Event()

    def arrivals(now: object) -> tuple[float, list[Record]]:
        if arrived.is_set():
            return 3600.0, []
        arrived.set()
        gone = ReceiveMessage(
            conversation_id="0" * 32,
            message_id=post.ids.new(),
            customer_id=make_customer().id,
            channel_id=make_channel().id,
            text="To a conversation that is gone",
            sent_at=post.clock.now(),
        )
        return 0.0, [gone]

    done = threading.Event()

    def then(now: object) -> tuple[float, list[Record]]:
        delay, payloads = arrivals(now)
        if payloads:
            return delay, payloads
        message = ReceiveMessage(
            conversation_id=HERE,
            message_id=post.ids.new(),
            customer_id=make_customer().id,
            channel_id=make_channel().id,
            text="Hello",
            sent_at=post.clock.now(),
        )
        return 3600.0, [message]

    server = EmbeddedServer(tmp_path / "server.db", post.clock, post.ids, arrivals=then)
    server.backend.store.subscribe(lambda version: done.set())
    server.start()
    assert done.wait(30)
    server.stop()
    post.restart()
    with post.server.database.read() as connection:
        rows = SqlRows(connection, post.server.backend.store.schema.tables)
        assert [row.text for row in rows.query(Message, conversation_id=HERE)] == ["Hello"]
        conversation = rows.get(Conversation, HERE)
    assert conversation is not None
    assert conversation.preview == "Hello"
    post.server.stop()


def test_a_server_that_is_as_it_should_be_loads_no_sqlalchemy(post: Post, tmp_path: Path) -> None:
    """It takes a quarter of a second and 30 MB."""
    post.server.stop()
    script = """
import sys
from pathlib import Path
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.operations.conversation import ChangeTags
from sync.server.embedded import EmbeddedServer
clock = SystemClock()
server = EmbeddedServer(Path(sys.argv[1]), clock, TimeOrderedIds(clock))
server.start()
server.backend.store.commit([ChangeTags(conversation_id=sys.argv[2], add=("vip",))])
server.outbound.run_due()
server.backend.pull(sys.argv[3], "laptop", server.backend.hello().epoch, 0)
server.backend.scan(sys.argv[3], "laptop", 0, None)
server.backend.digest(sys.argv[3])
server.stop()
print(*sys.modules)
"""
    command = [sys.executable, "-c", script, str(post.server.database.path), HERE, ANNA.id]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in said.stdout.split()}
    assert "sync" in loaded
    assert not loaded & {"sqlalchemy", "alembic", "psycopg", "asyncio", "ssl", "email", "http"}
