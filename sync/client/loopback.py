"""Where the browser returns to: a listener on this computer alone, for one answer and two minutes (RFC 8252, 7.3).

Browsers open connections ahead of time and ask for icons; whoever does not bring the answer gets nothing and is waited
for no longer.
"""

import selectors
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.parse import parse_qsl, urlsplit

PATH = "/cb"
_LARGEST = 16_384
_MOST = 32
"""So many connections at once; a browser has two or three."""
_WORDS = b"You can close this window and go back to Agent Desktop."
_DONE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
    b"Referrer-Policy: no-referrer\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b"
) % (len(_WORDS), _WORDS)
_NOTHING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Cancelled(Exception):
    """Somebody stopped waiting."""


class TooLate(Exception):
    """Nobody came back in time."""


class NoListener(Exception):
    """This computer lets no program listen."""


class WayBack:
    """The way back from a browser for one attempt, which may be given up on any thread, also before it is begun."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loopback: Loopback | None = None
        self.cancelled = False

    def cancel(self) -> None:
        """Who waits gets Cancelled, now or as soon as they do."""
        with self._lock:
            self.cancelled = True
            if self._loopback is not None:
                self._loopback.cancel()

    @contextmanager
    def listening(self) -> Iterator["Loopback"]:
        """Listen. Raises NoListener, and Cancelled when it was given up before."""
        with self._lock:
            if self.cancelled:
                raise Cancelled
            try:
                self._loopback = loopback = Loopback()
            except OSError as error:
                raise NoListener(str(error)) from error
        try:
            yield loopback
        finally:
            with self._lock:
                self._loopback = None
            loopback.close()


class Loopback:
    """Listens from the beginning. `wait` may be ended from another thread by `cancel`."""

    def __init__(self) -> None:
        self._listening = _listener()
        self._wake, self._waker = socket.socketpair()
        self._open: dict[socket.socket, bytes] = {}
        host, port = self._listening.getsockname()[:2]
        self.address = f"http://{f'[{host}]' if ':' in host else host}:{port}{PATH}"

    def cancel(self) -> None:
        """Wait no longer."""
        with suppress(OSError):  # it was over already
            self._waker.send(b"x")

    def wait(self, state: str, then: str, seconds: float) -> Mapping[str, str]:
        """What the browser brings for this state; it is sent on to the address `then`, or told that all is done.

        Raises Cancelled or TooLate. Nobody listens afterwards.
        """
        until = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._listening, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            while True:
                ready = selector.select(max(0.0, until - time.monotonic()))
                if not ready:
                    raise TooLate
                for key, _ in ready:
                    if key.fileobj is self._wake:
                        raise Cancelled
                    if key.fileobj is self._listening:
                        self._accept(selector)
                    elif (found := self._read(selector, key.fileobj, state, then)) is not None:
                        return found

    def close(self) -> None:
        """Nobody listens any more."""
        for one in (*self._open, self._listening, self._wake, self._waker):
            one.close()
        self._open.clear()

    def _accept(self, selector: selectors.BaseSelector) -> None:
        with suppress(OSError):  # it hung up already
            connection, _ = self._listening.accept()
            if len(self._open) >= _MOST:
                connection.close()
                return
            connection.setblocking(False)
            self._open[connection] = b""
            selector.register(connection, selectors.EVENT_READ)

    def _read(
        self, selector: selectors.BaseSelector, connection: object, state: str, then: str
    ) -> Mapping[str, str] | None:
        assert isinstance(connection, socket.socket)
        try:
            piece = connection.recv(_LARGEST)
        except BlockingIOError:
            return None
        except OSError:
            piece = b""
        request = self._open[connection] + piece
        self._open[connection] = request
        whole = b"\r\n\r\n" in request
        if piece and not whole and len(request) <= _LARGEST:
            return None
        selector.unregister(connection)
        del self._open[connection]
        query = _query(request) if whole else None
        right = query is not None and query.get("state") == state
        answer = _NOTHING if not right else _moved(then) if then else _DONE
        with connection, suppress(OSError):
            connection.setblocking(True)
            connection.settimeout(2.0)
            connection.sendall(answer)
        return query if right else None


def _moved(then: str) -> bytes:
    return (
        f"HTTP/1.1 303 See Other\r\nLocation: {then}\r\nCache-Control: no-store\r\n"
        "Referrer-Policy: no-referrer\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    ).encode("ascii")


def _listener() -> socket.socket:
    """On an IP literal: what `localhost` means can be changed by others."""
    try:
        return socket.create_server(("127.0.0.1", 0), backlog=8)
    except OSError:
        return socket.create_server(("::1", 0), family=socket.AF_INET6, backlog=8)


def _query(request: bytes) -> dict[str, str] | None:
    """The query of a GET of our path."""
    method, _, rest = request.partition(b"\r\n")[0].partition(b" ")
    target = rest.partition(b" ")[0]
    try:
        parts = urlsplit(target.decode("ascii"))
        fields = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        return None
    if method != b"GET" or parts.path != PATH or len(dict(fields)) != len(fields):
        return None
    return dict(fields)
