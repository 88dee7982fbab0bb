"""What every connection has that the server opens itself: TLS as this system trusts it, and an end in any case."""

import contextlib
import http.client
import math
import socket
import ssl
import threading
import time
from collections.abc import Callable

import truststore


def conversation(
    sock: socket.socket, scheme: str, host: str, port: int, seconds: float, deadline: "Deadline"
) -> http.client.HTTPConnection:
    """HTTP over a connection that was made; with `https` only to who proves to be the host.

    It connects nowhere else, whatever is answered. `seconds` is how long a single read may take. Raises OSError, and
    closes the connection then.
    """
    try:
        deadline.watch(sock)
        sock.settimeout(seconds)
        connection = http.client.HTTPConnection(host, port)
        if scheme == "https":
            context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            sock = context.wrap_socket(sock, server_hostname=host)
            connection = http.client.HTTPSConnection(host, port, context=context)
    except BaseException:
        sock.close()
        raise
    connection.auto_open = 0
    connection.sock = sock
    return connection


class Deadline:
    """Cuts whatever connection is in use when the time is over: a server that drips bytes never times out."""

    def __init__(self, seconds: float, late: Callable[[], Exception]) -> None:
        self._late = late
        self._seconds = seconds
        self._until = math.inf
        self._passed = False
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def check(self) -> None:
        """Raise what `late` makes, when the time is over."""
        # Whoever waited so long himself may be here before the timer.
        if self._passed or time.monotonic() >= self._until:
            raise self._late()

    def watch(self, sock: socket.socket) -> None:
        """This connection is the one in use. A copy is kept, so that its number is never another's."""
        with self._lock:
            if self._handle is not None:
                self._handle.close()
            self._handle = sock.dup()
            if self._passed:
                self._cut()

    def __enter__(self) -> "Deadline":
        self._until = time.monotonic() + self._seconds
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            if self._handle is not None:
                self._handle.close()
                self._handle = None

    def _ring(self) -> None:
        with self._lock:
            self._passed = True
            self._cut()

    def _cut(self) -> None:
        if self._handle is not None:
            with contextlib.suppress(OSError):  # it ended by itself
                self._handle.shutdown(socket.SHUT_RDWR)
