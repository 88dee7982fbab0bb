"""The thread that listens: what is new at the server is known here a moment later.

It only tells; what it tells is applied or asked for by the exchange. Where a proxy on the way keeps what it should
pass on, it asks again and again with a long wait instead.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from random import Random
from typing import NamedTuple, Protocol, TypeVar

import msgspec

from agent_desktop.domain.ids import Id
from agent_desktop.domain.presence import Activity
from sync.client.events import Event, EventParser, EventTooLarge
from sync.client.http import Http
from sync.client.transport import HttpTransport
from sync.protocol.messages import Poke, Presence, StreamedDelta
from sync.protocol.transport import Refused, Unreachable

EVENT_STREAM = "text/event-stream"
SILENCE = 45.0
"""After so many seconds without even a ping nobody is there any more."""
FIRST_RETRY, LAST_RETRY = 1.0, 60.0
SETTLED = 30.0
"""A stream that lasted so many seconds is one that works."""
QUICK_ENDS = 3
"""After so many streams in a row that did not, it is asked with a long wait instead."""
LONG_WAIT = 25
LONG_WAITS = 24
"""After so many of these a stream is tried again."""

T = TypeVar("T", bound=msgspec.Struct)
_log = logging.getLogger("agent_desktop.sync.stream")


class Position(NamedTuple):
    """How far the replica is, and whose it is."""

    client_id: str
    epoch: str
    cursor: int


class Ears(Protocol):
    """Who is told. Called on the thread that listens."""

    def hear(self, event: StreamedDelta | Poke) -> None:
        """Something is new at the server."""
        ...

    def set_streaming(self, streaming: bool) -> None:
        """Whether what is new will be told, so that asking is hardly needed."""
        ...


class Signs(Protocol):
    """Who keeps the signs of others, as `PresenceService` does. Called on the thread that listens."""

    def heard(self, user_id: Id, conversation_id: Id, activity: Activity) -> None:
        """Somebody does something."""
        ...

    def connected(self, is_connected: bool) -> None:
        """Whether signs are told."""
        ...


class EventStream:
    """Listens from `start` to `stop`, whenever `position` says how far the replica is; None: it is of no use now.

    `pause` is how it waits, for a test to do without.
    """

    def __init__(
        self,
        http: Http,
        position: Callable[[], Position | None],
        ears: Ears,
        signs: Signs,
        random: Random,
        pause: Callable[[threading.Event, float], object] = threading.Event.wait,
    ) -> None:
        self._http = http
        self._transport = HttpTransport(http)
        self._position = position
        self._ears = ears
        self._signs = signs
        self._random = random
        self._pause = pause
        self._news = threading.Event()
        """Set when the position may have changed, and when it is time to stop."""
        self._again = threading.Event()
        """Set when it need not wait any longer before it tries again."""
        self._stopping = threading.Event()
        self._quick_ends = 0
        self._failures = 0
        self._agreed = self._heard = False
        """Whether the server agreed to this stream, and has said anything in it."""
        self._asking = False
        self._thread = threading.Thread(target=self._run, name="stream", daemon=True)

    def start(self) -> None:
        """Begin to listen in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End at once, whatever is being waited for."""
        self._stopping.set()
        self._news.set()
        self._again.set()
        self._http.close()
        if self._thread.is_alive():
            self._thread.join()

    def retry(self) -> None:
        """Try now: the server answers others again. How streams ended until then says nothing of the way there."""
        self._failures = self._quick_ends = 0
        self._again.set()
        if self._asking:
            self._http.cut()

    def look(self) -> None:
        """The position may have changed, or whether there is one."""
        self._news.set()

    def hang_up(self) -> None:
        """Listen no more until there is a position again: the person works offline."""
        self._news.set()
        self._http.cut()

    # ----- the thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            position = self._position()
            if position is None:
                if not self._stopping.is_set():
                    self._news.wait()
                continue
            try:
                self._listen(position)
            except Exception:  # noqa: BLE001 - a border: a defect must be seen; asking now and then goes on without us
                _log.exception("listening failed")
                self._failures += 1
            self._ears.set_streaming(False)
            self._signs.connected(False)
            self._back_off()

    def _listen(self, position: Position) -> None:
        """Listen until it ends, in one way or the other."""
        try:
            if self._quick_ends < QUICK_ENDS:
                self._stream(position)
            else:
                self._asking = True
                self._ask_again_and_again()
        except Refused:
            # The exchange hears the same and says so; until somebody did something there is nothing to listen to.
            self._failures += 1
        except (Unreachable, EventTooLarge) as error:
            _log.info("stream ended: %s", error)
            self._failures += 1
        finally:
            self._asking = False

    def _stream(self, position: Position) -> None:
        self._agreed = self._heard = False
        began, somebody = time.monotonic(), False
        try:
            self._read(position)
        except Unreachable as error:
            somebody = bool(error.sentence)
            raise
        finally:
            lasted = time.monotonic() - began >= SETTLED
            if self._heard and lasted:
                self._quick_ends = 0
            elif self._agreed or somebody or lasted:
                # Where nobody is there, that is no fault of what is on the way.
                self._quick_ends += 1

    def _read(self, position: Position) -> None:
        query = {"epoch": position.epoch, "since": str(position.cursor)}
        parser = EventParser()
        with closing(self._http.open_stream("/v1/sync/stream", query, EVENT_STREAM, SILENCE)) as pieces:
            for piece in pieces:
                if self._news.is_set() and self._position() is None:
                    return  # who hung up while it was connecting had nothing to cut
                self._agreed = True
                if piece and not self._heard:
                    self._heard, self._failures = True, 0
                    self._ears.set_streaming(True)
                    self._signs.connected(True)
                for event in parser.feed(piece):
                    if event.name == "bye":
                        return
                    self._tell(event)

    def _tell(self, event: Event) -> None:
        match event.name:
            case "delta":
                self._ears.hear(_decoded(event, StreamedDelta))
            case "poke":
                self._ears.hear(_decoded(event, Poke))
            case "presence":
                sign = _decoded(event, Presence)
                self._signs.heard(sign.user_id, sign.conversation_id, sign.activity)

    def _ask_again_and_again(self) -> None:
        for _ in range(LONG_WAITS):
            self._news.clear()
            position = self._position()
            if position is None or self._stopping.is_set() or self._quick_ends < QUICK_ENDS:
                return
            answer = self._transport.pull(position.client_id, position.epoch, position.cursor, wait=LONG_WAIT)
            self._failures = 0
            self._ears.set_streaming(True)
            if answer.resync or answer.upto > position.cursor:
                self._ears.hear(Poke(epoch=answer.epoch, head=answer.upto))
                self._pause(self._news, LONG_WAIT)  # until it was applied, or the answer would be the same
        self._quick_ends = 0

    def _back_off(self) -> None:
        longest = min(FIRST_RETRY * 2 ** min(self._failures, 10), LAST_RETRY)
        # Anything between none and all of it: clients that lost the server together must not return together.
        self._pause(self._again, longest * self._random.random())
        self._again.clear()


def _decoded(event: Event, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(event.data, type=kind, strict=True)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreachable(f"{event.name}: {error}") from None
