"""A server of raw sockets that answers whatever a test tells it to, true or not."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Say = Callable[[socket.socket], None]
"""What to do with a connection once its request was read."""


@dataclass
class LyingServer:
    """Answers each connection by the next of `says`, the last one for ever. `heard` are the requests, as they came."""

    port: int
    says: list[Say]
    heard: list[bytes] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    """For what holds a connection open until the test is over."""
    busy: threading.Event = field(default_factory=threading.Event)
    """A request was read."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def lying(*says: Say | bytes, tls: ssl.SSLContext | None = None) -> Iterator[LyingServer]:
    """A running server; bytes are sent as they are, then the connection is closed."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = LyingServer(
        listener.getsockname()[1], [sending(say) if isinstance(say, bytes) else say for say in says]
    )
    threads: list[threading.Thread] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            say = server.says.pop(0) if len(server.says) > 1 else server.says[0]
            thread = threading.Thread(target=talk, args=(connection, say))
            threads.append(thread)
            thread.start()

    def talk(connection: socket.socket, say: Say) -> None:
        connection.settimeout(20)
        with suppress(OSError), connection:
            if tls is not None:
                with tls.wrap_socket(connection, server_side=True) as wrapped:
                    server.heard.append(_request(wrapped))
                    say(wrapped)
                return
            server.heard.append(_request(connection))
            server.busy.set()
            say(connection)

    accepting = threading.Thread(target=serve)
    accepting.start()
    try:
        yield server
    finally:
        server.ended.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for thread in threads:
            thread.join()


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        piece = connection.recv(65_536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


def sending(data: bytes) -> Say:
    """Send it and close."""
    return lambda connection: connection.sendall(data)


def answer(
    body: bytes,
    status: str = "200 OK",
    media_type: str = "application/json",
    *headers: str,
    length: int | None = None,
) -> bytes:
    """An HTTP answer; `length` is what it claims, where that differs."""
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(body) if length is None else length}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
