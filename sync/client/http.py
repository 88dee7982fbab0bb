"""The one way to talk HTTP with a server: bounded in time and size, believed only when it is our protocol.

A status says nothing by itself: routers, proxies and sign-in pages of networks send every one of them. What comes
back counts when it is complete, of the announced type and made of our envelopes; see `Http.call` and `decode`.
"""

import http.client
import logging
import ssl
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

import msgspec
import requests
import urllib3
from requests.auth import AuthBase
from requests.utils import get_environ_proxies

from sync.client.address import ServerAddress
from sync.client.sockets import OpenSockets, SystemTrustAdapter
from sync.protocol.messages import PROTOCOL_VERSION, Problem
from sync.protocol.orders import ORDERS_HEADER
from sync.protocol.packing import unpacked
from sync.protocol.transport import RefusalReason, Refused, Unreachable

T = TypeVar("T", bound=msgspec.Struct)

JSON = "application/json"
MESSAGE_PACK = "application/msgpack"
PROTOCOL_HEADER = "Agent-Desktop-Protocol"
LARGEST_ANSWER = 64_000_000
LARGEST_PROBLEM = 64_000
LONGEST_RETRY = 3_600.0
_PIECE = 262_144
_UNAUTHORIZED, _FORBIDDEN, _PROXY_SIGN_IN, _UPGRADE, _NETWORK_SIGN_IN = 401, 403, 407, 426, 511
_NOT_NOW = frozenset({429, 503})
"""With one of our own words beside it: the server is there and has too much to do, or its disk or database has not."""
_REFUSALS = {
    _UNAUTHORIZED: RefusalReason.SIGN_IN,
    _FORBIDDEN: RefusalReason.FORBIDDEN,
    _UPGRADE: RefusalReason.UPDATE,
}

PORTAL = (
    "A sign-in page of this network answered instead of the server. Open a web browser and sign in to the"
    " network; what you do here is kept."
)
PROXY = (
    "The proxy of this network wants to know who you are before it lets you through. Ask whoever runs the"
    " network; what you do here is kept."
)
NOT_OURS = (
    "Something other than an Agent Desktop server answered. Check the address of the server; what you do here"
    " is kept."
)
SIGN_IN = "Sign in again, so that the server knows this computer. What you did until then is kept and sent afterwards."
LATE = "took too long"
_log = logging.getLogger("agent_desktop.sync.http")
# It logs what it cannot read as headers, which may be the text of a customer.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How long a call may take: to connect, and as a whole, which grows with every byte that moves."""

    connect: float = 5.0
    whole: float = 20.0
    bytes_per_second: int = 16_384


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, complete. `media_type` is in small letters, without parameters."""

    status: int
    media_type: str
    headers: Mapping[str, str]
    body: bytes


class Http:
    """Calls to one server, one at a time. `token` gives what the server knows this device by, None when nothing;
    `another` what to show instead of one that it has refused. Both may raise Unreachable or Refused.
    """

    def __init__(
        self,
        address: ServerAddress,
        token: Callable[[], str | None] = lambda: None,
        allowance: Allowance | None = None,
        another: Callable[[str], str | None] = lambda refused: None,
    ) -> None:
        self._address = address
        self._token = token
        self._another = another
        self.ordered: Callable[[], None] = lambda: None
        """Called, on the thread of a call, when the server has something to say to this device alone."""
        self._allowance = allowance or Allowance()
        self._sockets = OpenSockets()
        self._one_call = threading.Lock()
        self._session = requests.Session()
        # Neither .netrc nor variables may change what is sent or trusted; proxies are asked for below.
        self._session.trust_env = False
        self._session.headers = requests.structures.CaseInsensitiveDict(
            {
                "Accept": JSON,
                "Accept-Encoding": "gzip",
                "User-Agent": "Agent-Desktop",
                PROTOCOL_HEADER: str(PROTOCOL_VERSION),
            }
        )
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, SystemTrustAdapter(self._sockets))

    @property
    def address(self) -> ServerAddress:
        """Whom it talks to."""
        return self._address

    def cut(self) -> None:
        """End the call that runs, on whichever thread; others may follow."""
        self._sockets.cut()

    def close(self) -> None:
        """End the call that runs and refuse others; may be called on any thread, and does not wait."""
        self._sockets.close()
        self._tidy_up()

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        largest: int = LARGEST_ANSWER,
        wait: float = 0.0,
        signed_in: bool = True,
        expected: Collection[int] = (),
    ) -> Answer:
        """One call and its whole answer, of a status below 300 or an expected one.

        `largest` bounds the answer in bytes, also unpacked; `wait` is how long, in seconds, the server may take on
        purpose. Raises Unreachable or Refused.
        """

        def answered(auth: _Bearer | None) -> Answer:
            return self._answered(method, path, query, body, headers, auth, largest, wait)

        auth = self._auth(signed_in)
        answer = answered(auth)
        if auth is not None and (other := self._instead(auth, answer)) is not None:
            answer = answered(other)
        return answer if answer.status in expected else _judged(answer)

    def _answered(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: bytes | None,
        headers: Mapping[str, str] | None,
        auth: "_Bearer | None",
        largest: int,
        wait: float,
    ) -> Answer:
        """The whole answer of whatever status."""
        allowed = self._allowance
        seconds = allowed.whole + wait + len(body or b"") / allowed.bytes_per_second
        watchdog = _Watchdog(self._sockets, seconds, allowed.bytes_per_second)
        with self._turn(), watchdog, _InWords(self._address, watchdog):
            response = self._send(method, path, query, body, headers, auth, seconds)
            with response:
                answer = _complete(response, largest, watchdog)
        if ORDERS_HEADER in answer.headers:
            self.ordered()
        if watchdog.expired or self._sockets.closed:
            raise Unreachable(LATE)  # to whom a length was not said, a cut looks like an end
        return answer

    def _instead(self, auth: "_Bearer", answer: Answer) -> "_Bearer | None":
        """What else to show where our server refuses what was shown."""
        if answer.status != _UNAUTHORIZED:
            return None
        try:
            decode(answer, Problem)
        except Unreachable:
            return None  # a page of the network says nothing about our token
        token = self._another(auth.token)
        return _Bearer(token) if token and token != auth.token else None

    def open_stream(
        self, path: str, query: Mapping[str, str], media_type: str, silence: float
    ) -> Generator[bytes, None, None]:
        """What the server sends, in pieces as they come, until it ends or is silent for so many seconds. An empty
        one comes first: the server has agreed to send.

        Raises Unreachable, in the end always, or Refused.
        """
        auth = self._auth(signed_in=True)
        headers = {"Accept": media_type, "Accept-Encoding": "identity"}
        with self._turn(), _InWords(self._address, None):
            response = self._send("GET", path, query, None, headers, auth, silence)
            with response:
                if ORDERS_HEADER in response.headers:
                    self.ordered()
                if response.status_code != 200 or _media_type(response) != media_type:
                    with _Watchdog(self._sockets, self._allowance.whole, 1) as watchdog:
                        answer = _complete(response, LARGEST_PROBLEM, watchdog)
                    if auth is not None and self._instead(auth, answer) is not None:
                        raise Unreachable("another token")  # the next try has it
                    _judged(answer)
                    raise Unreachable("not a stream", sentence=NOT_OURS)
                yield b""
                while piece := response.raw.read1(_PIECE, decode_content=False):
                    yield piece
        raise Unreachable("the stream ended")

    def _auth(self, signed_in: bool) -> "_Bearer | None":
        if not signed_in:
            return None
        token = self._token()
        if not token:
            raise Refused(RefusalReason.SIGN_IN, SIGN_IN)
        return _Bearer(token)

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: bytes | None,
        headers: Mapping[str, str] | None,
        auth: "_Bearer | None",
        seconds: float,
    ) -> requests.Response:
        if self._sockets.closed:
            raise Unreachable("closed")
        url = self._address.url + path
        own = {"Content-Type": JSON} if body is not None else {}
        return self._session.request(
            method,
            url,
            params=query,
            data=body,
            headers={**own, **(headers or {})},
            auth=auth,
            timeout=(self._allowance.connect, seconds),
            allow_redirects=False,
            stream=True,
            proxies={} if self._address.on_this_computer else get_environ_proxies(url),
        )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        try:
            with self._one_call:
                try:
                    yield
                finally:
                    self._sockets.settle()
        finally:
            if self._sockets.closed:
                self._tidy_up()

    def _tidy_up(self) -> None:
        """Close all connections, unless a call runs: it does this when it ends."""
        if self._one_call.acquire(blocking=False):
            try:
                self._session.close()
                self._sockets.settle()
            finally:
                self._one_call.release()


def decode(answer: Answer, kind: type[T]) -> T:
    """The envelope in an answer. Raises Unreachable when there is none: then nothing was confirmed."""
    if answer.media_type not in (JSON, MESSAGE_PACK):
        raise Unreachable(
            f"{answer.status} {answer.media_type}",
            sentence=PORTAL if answer.media_type == "text/html" else NOT_OURS,
        )
    try:
        if answer.media_type == MESSAGE_PACK:
            return msgspec.msgpack.decode(answer.body, type=kind, strict=True)
        return msgspec.json.decode(answer.body, type=kind, strict=True)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreachable(f"{answer.status}: {error}", sentence=NOT_OURS) from None


class _Bearer(AuthBase):
    """Puts the token on a request, and is never printed."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class _Watchdog:
    """Cuts a call off that takes longer than what moved so far allows."""

    def __init__(self, sockets: OpenSockets, seconds: float, bytes_per_second: int) -> None:
        self._sockets = sockets
        self._until = time.monotonic() + seconds
        self._bytes_per_second = bytes_per_second
        self._moved = 0
        self._turn = threading.Lock()
        self._over = False
        self._timer = self._armed(seconds)
        self.expired = False

    def moved(self, length: int) -> None:
        """So many bytes came in."""
        self._moved += length

    def __enter__(self) -> "_Watchdog":
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._turn:
            self._over = True
            self._timer.cancel()

    def _armed(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, self._ring)
        timer.daemon = True
        return timer

    def _ring(self) -> None:
        with self._turn:
            if self._over:
                return  # it would be the next call that is cut off
            left = self._until + self._moved / self._bytes_per_second - time.monotonic()
            if left > 0:
                self._timer = self._armed(left)
                self._timer.start()
            else:
                self.expired = True
                self._sockets.cut()


class _InWords:
    """Turns whatever goes wrong below us into Unreachable."""

    def __init__(self, address: ServerAddress, watchdog: _Watchdog | None) -> None:
        self._address = address
        self._watchdog = watchdog

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(
            error,
            requests.RequestException | urllib3.exceptions.HTTPError | http.client.HTTPException | OSError,
        ):
            return
        late = (self._watchdog is not None and self._watchdog.expired) or isinstance(
            error, requests.ReadTimeout | urllib3.exceptions.ReadTimeoutError
        )
        detail = LATE if late else type(error).__name__
        _log.info("no answer from %s: %s", self._address.host, detail)
        raise Unreachable(detail, sentence=_sentence(error)) from error


def _sentence(error: BaseException) -> str:
    """What a person can do about it, where it is something else than a missing network."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        item = waiting.pop()
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, ssl.SSLCertVerificationError):
            return (
                f"The server's certificate is not trusted here ({item.verify_message.rstrip('.')}), so nothing was"
                " sent. Check the address, or ask whoever runs the server; what you do here is kept."
            )
        if f" {_PROXY_SIGN_IN} " in f"{item} ":
            return PROXY
        waiting += [*item.args, getattr(item, "reason", None), item.__cause__, item.__context__]
    return ""


def _complete(response: requests.Response, largest: int, watchdog: _Watchdog) -> Answer:
    """The whole answer. Raises urllib3's error when it was cut, Unreachable when there is too much of it."""
    if response.status_code >= 300:
        largest = min(largest, LARGEST_PROBLEM)
    pieces: list[bytes] = []
    length = 0
    while piece := response.raw.read1(_PIECE, decode_content=False):
        pieces.append(piece)
        length += len(piece)
        watchdog.moved(len(piece))
        if length > largest:
            raise Unreachable(f"more than {largest} bytes", sentence=NOT_OURS)
    body = b"".join(pieces)
    # Unpacked at once, which is quicker than piece by piece as it comes.
    if response.headers.get("Content-Encoding", "").strip().lower() == "gzip":
        try:
            body = unpacked(body, largest)
        except ValueError as error:
            raise Unreachable(str(error), sentence=NOT_OURS) from None
    return Answer(response.status_code, _media_type(response), response.headers, body)


def _media_type(response: requests.Response) -> str:
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _judged(answer: Answer) -> Answer:
    """The answer of a call that went well. Raises Unreachable or Refused for the others."""
    status = answer.status
    if 200 <= status < 300:
        return answer
    if status == _PROXY_SIGN_IN:
        raise Unreachable(str(status), sentence=PROXY)
    if status < 400 or status == _NETWORK_SIGN_IN:
        raise Unreachable(str(status), sentence=PORTAL)  # our server sends nobody elsewhere
    try:
        problem = decode(answer, Problem)
    except Unreachable as nothing:
        sentence = nothing.sentence if status < 500 else ""
        raise Unreachable(str(status), sentence=sentence, retry_after=_retry_after(answer)) from None
    reason = _REFUSALS.get(status)
    if reason is not None:
        raise Refused(reason, problem.sentence)
    raise Unreachable(
        f"{status} {problem.code}",
        sentence=problem.sentence,
        retry_after=_retry_after(answer),
        alive=status in _NOT_NOW,
    )


def _retry_after(answer: Answer) -> float:
    try:
        seconds = int(answer.headers.get("Retry-After", ""))
    except ValueError:
        return 0.0
    return min(max(0.0, float(seconds)), LONGEST_RETRY)
