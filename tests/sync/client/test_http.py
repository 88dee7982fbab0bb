"""Answers of servers that lie, stall and cut: none of them confirms anything, and none of them holds us up."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from agent_desktop.store.row_file import row_file
from sync.client.address import ServerAddress
from sync.client.http import NOT_OURS, PORTAL, PROXY, SIGN_IN, Allowance, Http
from sync.client.transport import HttpTransport
from sync.protocol.messages import (
    BlobState,
    Hello,
    PresenceRequest,
    Problem,
    PullAnswer,
    PushAnswer,
    PushRequest,
    ScanAnswer,
    SignInRequest,
)
from sync.protocol.transport import RefusalReason, Refused, Unreachable
from tests.sync.client.lying_server import LyingServer, answer, lying

TOKEN = "ad_secret_of_this_device"
HELLO = Hello(protocol=1, epoch="e1", head=7, time=1, operations={"add_note": 1})
PULL = PullAnswer(client_id="c1", epoch="e1", since=3, upto=7, ack=2)
SCAN = ScanAnswer(client_id="c1", epoch="e1", upto=7, ack=0, tables={}, next=None)
PUSH = PushAnswer(client_id="c1", epoch="e1", expected=1)
HTML = b"<html><body>Welcome to Hotel Wi-Fi, please sign in</body></html>"
IMPATIENT = Allowance(connect=5, whole=0.3)


_opened: list[Http] = []


@pytest.fixture(autouse=True)
def all_closed() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().close()


def http_to(url: str, token: str | None = TOKEN, allowance: Allowance | None = None) -> Http:
    _opened.append(Http(ServerAddress.parse(url), lambda: token, allowance))
    return _opened[-1]


def transport(server: LyingServer, allowance: Allowance | None = None) -> HttpTransport:
    return HttpTransport(http_to(server.url, allowance=allowance))


def pull(server: LyingServer, allowance: Allowance | None = None) -> PullAnswer:
    return transport(server, allowance).pull("c1", "e1", 3)


def encoded(message: msgspec.Struct) -> bytes:
    return answer(msgspec.json.encode(message))


def problem(status: str, *headers: str) -> bytes:
    body = msgspec.json.encode(Problem(code="word", sentence="A sentence of the server."))
    return answer(body, status, "application/json", *headers)


# ----- what is believed


def test_a_complete_answer_of_ours_is_taken() -> None:
    with lying(encoded(PULL)) as server:
        assert pull(server) == PULL
    (request,) = server.heard
    head = request.decode()
    assert head.startswith("GET /v1/sync/pull?client_id=c1&epoch=e1&since=3 HTTP/1.1\r\n")
    assert "\r\nAgent-Desktop-Protocol: 1\r\n" in head
    assert f"\r\nAuthorization: Bearer {TOKEN}\r\n" in head


def test_hello_goes_without_the_token() -> None:
    with lying(encoded(HELLO)) as server:
        assert transport(server).hello() == HELLO
    assert TOKEN.encode() not in server.heard[0]


def test_a_packed_answer_is_unpacked() -> None:
    packed = gzip.compress(msgspec.json.encode(PULL))
    with lying(answer(packed, "200 OK", "application/json", "Content-Encoding: gzip")) as server:
        assert pull(server) == PULL


def test_without_a_token_nothing_is_sent() -> None:
    with lying(encoded(PULL)) as server:
        http = http_to(server.url, token=None)
        with pytest.raises(Refused) as caught:
            HttpTransport(http).pull("c1", "e1", 3)
    assert (caught.value.reason, caught.value.sentence) == (RefusalReason.SIGN_IN, SIGN_IN)
    assert server.heard == []


def packed(page: ScanAnswer) -> bytes:
    return answer(msgspec.msgpack.encode(page), "200 OK", "application/msgpack")


def test_rows_come_as_a_file() -> None:
    page = msgspec.structs.replace(SCAN, row_file=row_file({"message": (["id"], [("m1",)])}), count=1)
    with lying(packed(page)) as server:
        assert transport(server).scan("c1", "e1", 7, None) == page
    assert b"row_file=true" in server.heard[0]
    assert b"\r\nAccept: application/msgpack, application/json\r\n" in server.heard[0]


def test_a_file_of_something_else_than_rows_is_not_taken() -> None:
    page = msgspec.structs.replace(SCAN, row_file=b"SQLite format 3\0")
    with lying(packed(page)) as server, pytest.raises(Unreachable):
        transport(server).scan("c1", "e1", 7, None)


# ----- what is not

WHOLE = encoded(PULL)
LIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", ""),
    "cut in the status": (WHOLE[:9], ""),
    "cut in the headers": (WHOLE[:40], NOT_OURS),
    "cut in the body": (WHOLE[:-10], ""),
    "cut without a length": (b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"client', NOT_OURS),
    "cut in a chunk": (
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{"cli',
        "",
    ),
    "longer than said": (answer(msgspec.json.encode(PULL), length=20), NOT_OURS),
    "page of the network": (answer(HTML, media_type="text/html; charset=utf-8"), PORTAL),
    "page called JSON": (answer(HTML), NOT_OURS),
    "our JSON called a page": (answer(msgspec.json.encode(PULL), media_type="text/html"), PORTAL),
    "redirect": (answer(b"", "302 Found", "text/html", "Location: http://portal.example/"), PORTAL),
    "redirect that keeps the method": (
        answer(b"", "307 Temporary Redirect", "text/html", "Location: /x"),
        PORTAL,
    ),
    "network wants a sign-in": (answer(HTML, "511 Network Authentication Required", "text/html"), PORTAL),
    "proxy wants a sign-in": (answer(HTML, "407 Proxy Authentication Required", "text/html"), PROXY),
    "204 without a body": (b"HTTP/1.1 204 No Content\r\n\r\n", NOT_OURS),
    "200 without a body": (answer(b""), NOT_OURS),
    "empty object": (answer(b"{}"), NOT_OURS),
    "another of our envelopes": (encoded(HELLO), NOT_OURS),
    "numbers as text": (answer(msgspec.json.encode(PULL).replace(b'"since":3', b'"since":"3"')), NOT_OURS),
    "not even HTTP": (b"SSH-2.0-OpenSSH_9.9\r\n", ""),
    "refusal of a page": (answer(HTML, "403 Forbidden", "text/html"), PORTAL),
    "401 of a page": (answer(HTML, "401 Unauthorized", "text/html"), PORTAL),
    "401 without a body": (answer(b"", "401 Unauthorized", "text/plain"), NOT_OURS),
    "502 of a proxy": (answer(HTML, "502 Bad Gateway", "text/html"), ""),
    "another client": (encoded(msgspec.structs.replace(PULL, client_id="c2")), ""),
    "another epoch": (encoded(msgspec.structs.replace(PULL, epoch="e2")), ""),
    "another question": (encoded(msgspec.structs.replace(PULL, since=2)), ""),
    "going backwards": (encoded(msgspec.structs.replace(PULL, upto=2)), ""),
}


@pytest.mark.parametrize("lie", LIES)
def test_no_lie_is_an_answer(lie: str) -> None:
    said, sentence = LIES[lie]
    with lying(said) as server, pytest.raises(Unreachable) as caught:
        pull(server)
    assert caught.value.sentence == sentence


def test_no_redirect_is_followed() -> None:
    with lying(encoded(PULL)) as elsewhere:
        location = f"Location: {elsewhere.url}/v1/sync/pull"
        redirect = answer(b"", "307 Temporary Redirect", "text/html", location)
        with lying(redirect) as server, pytest.raises(Unreachable):
            pull(server)
    assert elsewhere.heard == []


def test_answers_to_a_push_and_a_scan_must_belong_to_it() -> None:
    request = PushRequest(client_id="c1", epoch="e1", operations=[])
    push: list[dict[str, object]] = [{"client_id": "c2"}, {"epoch": "e2"}]
    for wrong in push:
        with lying(encoded(msgspec.structs.replace(PUSH, **wrong))) as server, pytest.raises(Unreachable):
            transport(server).push(request)
    with lying(encoded(msgspec.structs.replace(PUSH, epoch="e2", resync=True))) as server:
        assert transport(server).push(request).resync
    scan: list[dict[str, object]] = [{"client_id": "c2"}, {"upto": 9}]
    for wrong in scan:
        with lying(encoded(msgspec.structs.replace(SCAN, **wrong))) as server, pytest.raises(Unreachable):
            transport(server).scan("c1", "e1", 7, "there")
    with lying(encoded(msgspec.structs.replace(SCAN, epoch="e2", upto=9))) as server:
        assert transport(server).scan("c1", "e1", 7, "there").epoch == "e2"


# ----- refusals


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("401 Unauthorized", RefusalReason.SIGN_IN),
        ("403 Forbidden", RefusalReason.FORBIDDEN),
        ("426 Upgrade Required", RefusalReason.UPDATE),
    ],
)
def test_a_refusal_of_our_server_says_why(status: str, reason: RefusalReason) -> None:
    with lying(problem(status)) as server, pytest.raises(Refused) as caught:
        pull(server)
    assert (caught.value.reason, caught.value.sentence) == (reason, "A sentence of the server.")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("30", 30.0), ("999999999", 3600.0), ("-5", 0.0), ("soon", 0.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0)],
)
@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_busy_server_says_when_to_come_back(status: str, said: str, seconds: float) -> None:
    with lying(problem(status, f"Retry-After: {said}")) as server, pytest.raises(Unreachable) as caught:
        pull(server)
    assert caught.value.retry_after == seconds
    assert caught.value.sentence == "A sentence of the server."
    assert caught.value.alive


@pytest.mark.parametrize(
    "said",
    [
        problem("500 Internal Server Error"),
        problem("413 Content Too Large"),
        answer(b"<h1>Bad Gateway</h1>", "502 Bad Gateway", "text/html"),
        answer(b"<h1>Unavailable</h1>", "503 Service Unavailable", "text/html"),
    ],
    ids=["defect", "too large", "gone behind a proxy", "gone, says a proxy"],
)
def test_a_server_that_may_have_died_of_what_it_was_asked_is_not_called_alive(said: bytes) -> None:
    with lying(said) as server, pytest.raises(Unreachable) as caught:
        pull(server)
    assert not caught.value.alive


# ----- time and size


def drip(data: bytes) -> Callable[[socket.socket], None]:
    """One byte after the other, each before any wait for a single byte would end."""

    def say(connection: socket.socket) -> None:
        pause = threading.Event()
        for at in range(len(data)):
            connection.sendall(data[at : at + 1])
            pause.wait(0.05)

    return say


@pytest.mark.parametrize(
    "begin",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"],
    ids=["in the headers", "in the body"],
)
def test_who_drips_is_cut_off(begin: bytes) -> None:
    def say(connection: socket.socket) -> None:
        connection.sendall(begin)
        drip(b"x" * 2_000)(connection)

    with lying(say) as server, pytest.raises(Unreachable) as caught:
        pull(server, IMPATIENT)
    assert str(caught.value) == "took too long"


def test_who_says_nothing_is_left() -> None:
    with lying(lambda connection: None) as server:
        server.says = [lambda connection: connection.settimeout(server.ended.wait(20))]
        with pytest.raises(Unreachable):
            pull(server, IMPATIENT)


def test_a_bomb_is_not_unpacked() -> None:
    # Unpacked it would be a good answer.
    bomb = gzip.compress(msgspec.json.encode(PULL) + b" " * 80_000_000, 9)
    packed = answer(bomb, "200 OK", "application/json", "Content-Encoding: gzip")
    with lying(packed) as server, pytest.raises(Unreachable) as caught:
        pull(server)
    assert caught.value.sentence == NOT_OURS


def test_too_much_is_not_read_to_its_end() -> None:
    refusal = msgspec.json.encode(Problem(code="word", sentence="No.")) + b" " * 2_000_000
    with lying(answer(refusal, "403 Forbidden")) as server, pytest.raises(Unreachable):
        pull(server)


def test_nobody_there_is_just_offline() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        nobody = HttpTransport(http_to(f"127.0.0.1:{deaf.getsockname()[1]}"))
        with pytest.raises(Unreachable) as caught:
            nobody.hello()
    assert caught.value.sentence == ""


def test_closing_frees_whoever_waits_for_an_answer() -> None:
    with lying(lambda connection: None) as server:
        server.says = [lambda connection: connection.settimeout(server.ended.wait(20))]
        waiting = transport(server)

        def close_when_asked() -> None:
            server.busy.wait()
            waiting.close()

        closer = threading.Thread(target=close_when_asked)
        closer.start()
        with pytest.raises(Unreachable):
            waiting.pull("c1", "e1", 3)
        closer.join()
        with pytest.raises(Unreachable, match="closed"):
            waiting.pull("c1", "e1", 3)


def test_a_stream_that_is_silent_for_too_long_ends() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: welcome\n\n"
    with lying(b"") as server:

        def say(connection: socket.socket) -> None:
            connection.sendall(head)
            server.ended.wait(20)

        server.says = [say]
        stream = http_to(server.url).open_stream("/v1/sync/stream", {}, "text/event-stream", silence=2)
        assert [next(stream), next(stream)] == [b"", b": welcome\n\n"]
        with pytest.raises(Unreachable):
            next(stream)


# ----- what the surroundings may not change


def test_no_netrc_replaces_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login eve password wrong\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with lying(encoded(PULL)) as server:
        pull(server)
    assert f"Bearer {TOKEN}".encode() in server.heard[0]


def test_no_proxy_stands_between_this_computer_and_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    with lying(answer(HTML, media_type="text/html")) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        with lying(encoded(PULL)) as server:
            assert pull(server) == PULL
    assert proxy.heard == []


def test_a_proxy_that_wants_a_sign_in_is_named_and_hears_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    with lying(answer(HTML, "407 Proxy Authentication Required", "text/html")) as proxy:
        for name in ("https_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        http = http_to("desk.example.com")
        with pytest.raises(Unreachable) as caught:
            HttpTransport(http).pull("c1", "e1", 3)
    assert caught.value.sentence == PROXY
    assert proxy.heard[0].startswith(b"CONNECT desk.example.com:443")
    assert TOKEN.encode() not in b"".join(proxy.heard)


# ----- files, sign-in, presence

SHA = "a" * 64


def test_a_piece_of_a_file_must_be_that_piece() -> None:
    good = answer(b"defg", "206 Partial Content", "application/octet-stream", "Content-Range: bytes 3-6/9")
    with lying(good) as server:
        assert transport(server).fetch_blob(SHA, 3, 4) == b"defg"
    assert b"\r\nRange: bytes=3-6\r\n" in server.heard[0]
    for lie in (
        answer(b"def", "206 Partial Content", "application/octet-stream", "Content-Range: bytes 3-6/9"),
        answer(b"abcd", "200 OK", "application/octet-stream"),
        answer(b"abcd", "206 Partial Content", "application/octet-stream", "Content-Range: bytes 0-3/9"),
        answer(b"abcdefghi", "200 OK", "application/octet-stream"),
    ):
        with lying(lie) as server, pytest.raises(Unreachable):
            transport(server).fetch_blob(SHA, 3, 4)


@pytest.mark.parametrize(
    ("said", "size"),
    [
        (
            answer(b"d", "206 Partial Content", "application/octet-stream", "Content-Range: bytes 0-0/912"),
            912,
        ),
        (answer(b"d", media_type="application/octet-stream"), 1),
        (answer(b"", media_type="application/octet-stream"), 0),
    ],
)
def test_the_size_of_a_file_is_asked_for_by_its_first_byte(said: bytes, size: int) -> None:
    with lying(said) as server:
        assert transport(server).size_of_blob(SHA) == size
    assert b"\r\nRange: bytes=0-0\r\n" in server.heard[0]


def test_a_piece_is_sent_with_its_place() -> None:
    with lying(encoded(BlobState(sha256=SHA, size=9, offset=7))) as server:
        assert transport(server).send_blob(SHA, 9, 3, b"defg").offset == 7
    head, _, body = server.heard[0].partition(b"\r\n\r\n")
    assert head.startswith(f"PATCH /v1/blobs/{SHA} ".encode())
    assert b"\r\nUpload-Offset: 3" in head
    assert body == b"defg"


def test_a_file_that_is_larger_than_our_server_takes_is_refused_by_no_other() -> None:
    with lying(problem("413 Content Too Large")) as server, pytest.raises(Refused) as caught:
        transport(server).open_blob(SHA, 9)
    assert (caught.value.reason, caught.value.sentence) == (
        RefusalReason.TOO_LARGE,
        "A sentence of the server.",
    )
    page = answer(b"<h1>Too large</h1>", "413 Content Too Large", "text/html")
    with lying(page) as server, pytest.raises(Unreachable):
        transport(server).open_blob(SHA, 9)


@pytest.mark.parametrize("wrong", [{"sha256": "b" * 64}, {"size": 8}, {"offset": 10}, {"offset": -1}])
def test_the_state_of_another_file_is_none_of_this(wrong: dict[str, object]) -> None:
    state = msgspec.structs.replace(BlobState(sha256=SHA, size=9, offset=7), **wrong)
    with lying(encoded(state)) as server, pytest.raises(Unreachable):
        transport(server).open_blob(SHA, 9)


def test_a_wrong_password_is_a_refusal_with_the_words_of_the_server() -> None:
    with lying(problem("401 Unauthorized")) as server:
        said = transport(server).sign_in(
            SignInRequest(email="anna@example.com", password="no", device="Laptop")
        )
    assert isinstance(said, Problem)
    assert said.sentence == "A sentence of the server."


# ----- another token


def renewing(server: LyingServer, another: Callable[[str], str | None]) -> HttpTransport:
    _opened.append(Http(ServerAddress.parse(server.url), lambda: TOKEN, another=another))
    return HttpTransport(_opened[-1])


def test_a_refused_token_is_shown_once_and_then_another() -> None:
    refused: list[str] = []

    def another(token: str) -> str:
        refused.append(token)
        return "ad_new"

    with lying(problem("401 Unauthorized"), encoded(PULL)) as server:
        assert renewing(server, another).pull("c1", "e1", 3) == PULL
    assert refused == [TOKEN]
    assert [TOKEN.encode() in heard for heard in server.heard] == [True, False]


def test_where_the_new_one_is_refused_too_somebody_signs_in() -> None:
    with lying(problem("401 Unauthorized")) as server, pytest.raises(Refused) as caught:
        renewing(server, lambda token: "ad_new").pull("c1", "e1", 3)
    assert caught.value.reason is RefusalReason.SIGN_IN
    assert len(server.heard) == 2


def test_a_page_of_the_network_is_no_word_on_a_token() -> None:
    asked: list[str] = []
    with lying(answer(HTML, "401 Unauthorized", "text/html")) as server, pytest.raises(Unreachable):
        renewing(server, lambda token: asked.append(token)).pull("c1", "e1", 3)
    assert asked == []


def test_presence_is_heard_when_nothing_comes_back() -> None:
    request = PresenceRequest(conversation_id="x", activity="typing")  # type: ignore[arg-type]  # a StrEnum's value
    with lying(b"HTTP/1.1 204 No Content\r\n\r\n") as server:
        transport(server).presence(request)
    with lying(answer(HTML, media_type="text/html")) as server, pytest.raises(Unreachable):
        transport(server).presence(request)
