"""Listening: what a stream says is handed on once it is whole, and its end is nothing to wait for."""

import queue
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

import msgspec

from agent_desktop.domain.presence import Activity
from sync.client.address import ServerAddress
from sync.client.http import Http
from sync.client.stream import EventStream, Position
from sync.protocol.messages import Poke, Presence, PullAnswer, StreamedDelta
from tests.sync.client.lying_server import LyingServer, answer, lying
from tests.sync.client.test_http import HTML, problem

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n"
DELTA = StreamedDelta(epoch="e1", since=3, upto=4, acks={"c1": 2})
POKE = Poke(epoch="e1", head=9)
PRESENCE = Presence(user_id="u1", conversation_id="x", activity=Activity.TYPING)
ON, OFF = True, False


def event(name: str, message: msgspec.Struct) -> bytes:
    return f"event: {name}\ndata: ".encode() + msgspec.json.encode(message) + b"\n\n"


class Told:
    """Notes what it is told, in order."""

    def __init__(self) -> None:
        self.said: queue.Queue[object] = queue.Queue()
        self.connections: list[bool] = []

    def hear(self, event: StreamedDelta | Poke) -> None:
        self.said.put(event)

    def set_streaming(self, streaming: bool) -> None:
        self.said.put(streaming)

    def heard(self, user_id: str, conversation_id: str, activity: Activity) -> None:
        self.said.put(Presence(user_id=user_id, conversation_id=conversation_id, activity=activity))

    def connected(self, is_connected: bool) -> None:
        self.connections.append(is_connected)

    def next(self) -> object:
        return self.said.get(timeout=20)

    def take(self, count: int) -> list[object]:
        return [self.next() for _ in range(count)]


@contextmanager
def listening(server: LyingServer, *positions: int) -> Iterator[tuple[EventStream, Told]]:
    """A stream that asks from each of these positions, and then waits."""
    told = Told()
    left = list(positions)

    def position() -> Position | None:
        return Position("c1", "e1", left.pop(0)) if left else None

    http = Http(ServerAddress.parse(server.url), lambda: "secret")
    stream = EventStream(http, position, told, told, Random(1), lambda event, seconds: None)
    stream.start()
    try:
        yield stream, told
    finally:
        stream.stop()


def holding(data: bytes, server: Callable[[], LyingServer]) -> Callable[[socket.socket], None]:
    """Send it and keep the connection open, saying nothing."""

    def say(connection: socket.socket) -> None:
        connection.sendall(data)
        server().ended.wait(20)

    return say


def test_what_is_new_is_handed_on_as_it_comes() -> None:
    with lying(b"") as server:
        said = HEAD + b": welcome\n\n" + event("delta", DELTA) + event("poke", POKE)
        server.says = [holding(said + event("presence", PRESENCE), lambda: server)]
        with listening(server, 3) as (_, told):
            assert told.take(4) == [ON, DELTA, POKE, PRESENCE]
    assert told.connections == [True, False]
    assert server.heard[0].startswith(b"GET /v1/sync/stream?epoch=e1&since=3 ")
    assert b"\r\nAuthorization: Bearer secret\r\n" in server.heard[0]


def test_a_cut_event_is_not_heard_and_the_stream_goes_on_from_where_the_replica_is() -> None:
    whole = event("delta", DELTA)
    cut = HEAD + event("poke", POKE) + whole[:-1]
    with lying(cut, HEAD + whole) as server, listening(server, 3, 7) as (_, told):
        assert told.take(6) == [ON, POKE, OFF, ON, DELTA, OFF]
    assert b"since=7" in server.heard[1]


def test_a_page_of_the_network_is_no_stream() -> None:
    page = answer(event("poke", POKE), media_type="text/html")
    with lying(page, HEAD + event("poke", POKE)) as server, listening(server, 3, 3) as (_, told):
        assert told.take(4) == [OFF, ON, POKE, OFF]


def test_what_is_not_our_envelope_ends_the_stream() -> None:
    wrong = HEAD + b"event: delta\ndata: {}\n\n" + event("poke", POKE)
    with lying(wrong) as server, listening(server, 3) as (_, told):
        assert told.take(2) == [ON, OFF]


def test_bye_is_followed_by_another_stream() -> None:
    bye = HEAD + b"event: bye\ndata: {}\n\n" + event("poke", POKE)
    with lying(bye, HEAD + event("delta", DELTA)) as server, listening(server, 3, 4) as (_, told):
        assert told.take(5) == [ON, OFF, ON, DELTA, OFF]


def test_a_refusal_is_left_to_the_exchange_to_tell() -> None:
    with lying(problem("401 Unauthorized")) as server, listening(server, 3) as (_, told):
        assert told.next() is OFF


def test_where_streams_end_quickly_it_is_asked_with_a_long_wait() -> None:
    nothing = PullAnswer(client_id="c1", epoch="e1", since=3, upto=3, ack=0)
    news = PullAnswer(client_id="c1", epoch="e1", since=3, upto=5, ack=0)
    pulled = [answer(msgspec.json.encode(said)) for said in (nothing, news)]
    page = answer(HTML, media_type="text/html")
    with lying(HEAD, page, HEAD, *pulled) as server, listening(server, *[3] * 6) as (_, told):
        assert told.take(6) == [OFF, OFF, OFF, ON, ON, Poke(epoch="e1", head=5)]
    asked = [request.split(b" ")[1] for request in server.heard]
    assert asked[:3] == [b"/v1/sync/stream?epoch=e1&since=3"] * 3
    assert asked[3:] == [b"/v1/sync/pull?client_id=c1&epoch=e1&since=3&wait=25"] * 2


def test_a_server_that_was_away_is_listened_to_again_as_before() -> None:
    bad_gateway = answer(HTML, "502 Bad Gateway", "text/html")
    with (
        lying(bad_gateway, b"", bad_gateway, b"", HEAD + event("poke", POKE)) as server,
        listening(server, *[3] * 5) as (_, told),
    ):
        assert told.take(6) == [OFF, OFF, OFF, OFF, ON, POKE]
    assert {request.split(b"?")[0] for request in server.heard} == {b"GET /v1/sync/stream"}


def test_what_ended_streams_is_forgotten_when_others_reach_the_server_again() -> None:
    told = Told()
    waited: queue.Queue[threading.Event] = queue.Queue()

    def pause(event: threading.Event, seconds: float) -> None:
        waited.put(event)
        event.wait(20)

    page = answer(HTML, media_type="text/html")
    with lying(page, page, page, HEAD + event("poke", POKE)) as server:
        http = Http(ServerAddress.parse(server.url), lambda: "secret")
        left = [3] * 4
        position = lambda: Position("c1", "e1", left.pop()) if left else None  # noqa: E731
        stream = EventStream(http, position, told, told, Random(1), pause)
        stream.start()
        try:
            for _ in range(3):
                assert told.next() is OFF
                waited.get(timeout=20)
                stream.retry()
            assert told.take(2) == [ON, POKE]
        finally:
            stream.stop()


def test_stopping_does_not_wait_for_a_silent_server() -> None:
    with lying(b"") as server:
        server.says = [holding(HEAD + b": welcome\n\n", lambda: server)]
        with listening(server, 3) as (stream, told):
            assert told.next() is ON
            stream.stop()
            assert told.next() is OFF
            assert not server.ended.is_set()


def test_hanging_up_ends_the_stream_until_there_is_a_position_again() -> None:
    with lying(b"") as server:
        server.says = [holding(HEAD + b": welcome\n\n", lambda: server)]
        with listening(server, 3) as (stream, told):
            assert told.next() is ON
            stream.hang_up()
            assert told.next() is OFF


def test_who_hangs_up_while_it_connects_is_heard() -> None:
    told, online = Told(), [True]

    def position() -> Position | None:
        if not online:
            return None
        online.clear()
        stream.hang_up()
        return Position("c1", "e1", 3)

    with lying(b"") as server:
        server.says = [holding(HEAD + b": welcome\n\n", lambda: server)]
        http = Http(ServerAddress.parse(server.url), lambda: "secret")
        stream = EventStream(http, position, told, told, Random(1), lambda event, seconds: None)
        stream.start()
        try:
            assert told.next() is OFF
        finally:
            stream.stop()
    assert told.connections == [False]


def test_it_tries_at_once_when_others_reach_the_server_again() -> None:
    told = Told()
    waited: queue.Queue[threading.Event] = queue.Queue()

    def pause(event: threading.Event, seconds: float) -> None:
        waited.put(event)
        event.wait(20)

    with lying(b"", HEAD + event("poke", POKE)) as server:
        http = Http(ServerAddress.parse(server.url), lambda: "secret")
        left = [3, 3]
        position = lambda: Position("c1", "e1", left.pop()) if left else None  # noqa: E731
        stream = EventStream(http, position, told, told, Random(1), pause)
        stream.start()
        try:
            assert told.next() is OFF
            waited.get(timeout=20)
            stream.retry()
            assert told.take(2) == [ON, POKE]
        finally:
            stream.stop()


def test_it_begins_when_there_is_a_position() -> None:
    found = threading.Event()
    told = Told()
    with lying(HEAD + event("poke", POKE)) as server:
        http = Http(ServerAddress.parse(server.url), lambda: "secret")
        asked: queue.Queue[None] = queue.Queue()

        def position() -> Position | None:
            asked.put(None)
            return Position("c1", "e1", 3) if found.is_set() else None

        stream = EventStream(http, position, told, told, Random(1))
        stream.start()
        try:
            asked.get(timeout=20)
            assert server.heard == []
            found.set()
            stream.look()
            assert told.take(2) == [ON, POKE]
        finally:
            stream.stop()
