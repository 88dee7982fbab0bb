"""Files between this computer and a server: up before the operation that names them, down when somebody asks.

Both ways go in pieces and go on where they were broken off; the content is known by its SHA-256.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from random import Random

from agent_desktop.domain.clock import Clock, to_microseconds
from agent_desktop.domain.errors import InputError, StoreError
from agent_desktop.domain.files import files_in
from agent_desktop.domain.ids import Id
from agent_desktop.services.files import Progress
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.incoming import IncomingFile
from agent_desktop.store.outbox import Pending
from agent_desktop.store.uploads import Uploads
from sync.client.parking import about, with_followers
from sync.client.remembered import Remembered
from sync.protocol.transport import FileTransport, RefusalReason, Refused, Unreachable

PIECE = 983_040
"""Bytes that go at once: whole frames of a sealed file, less than the million that a server takes."""
AT_ONCE = 100
"""Of so many operations the files are looked for at once."""
OFTEN = 1.0
"""After so many seconds it is said again that files were sent: each time all that waits is looked at."""
FIRST_RETRY, LAST_RETRY = 1.0, 60.0
_log = logging.getLogger("agent_desktop.sync.files")


class FileExchange:
    """Which files the server has yet to get, and the sending of them; a `FileGate` for the exchange.

    `epoch` is the server's, `waiting` gives so many of the operations behind a position that it has not confirmed and
    that may name files. Thread-safe but for `send_next`.
    """

    def __init__(
        self,
        transport: FileTransport,
        blobs: BlobStore,
        uploads: Uploads,
        clock: Clock,
        epoch: Callable[[], str],
        waiting: Callable[[int, int], Sequence[Pending]],
    ) -> None:
        self._transport = transport
        self._blobs = blobs
        self._uploads = uploads
        self._clock = clock
        self._epoch = epoch
        self._waiting = waiting
        self.wanted: Callable[[], None] = lambda: None
        """Called when there is something to send, on the thread that found out."""
        self._failures = Counter[str]()
        """How often each file was begun and did not arrive."""
        self._too_large: frozenset[str] = frozenset()
        """What the server takes no part of. It is asked again at the next start at the latest."""
        self._round: Iterator[str] = iter(())
        """What is left of a way through all that waits."""
        self._files_of = Remembered(lambda item: tuple(files_in(item.payload)))
        self._about = Remembered(about)

    # ----- what the exchange asks

    def parked(self, pending: Sequence[Pending]) -> frozenset[Id]:
        """Operations that wait for a file of theirs, and those that would be judged wrongly before them."""
        named = {item.id: names for item in pending if (names := self._files_of(item))}
        if not named:
            return frozenset()
        missing = set(self.not_sent([sha256 for names in named.values() for sha256 in names]))
        waiting = {name for name, files in named.items() if not missing.isdisjoint(files)}
        if waiting:
            self.wanted()
        return with_followers(pending, waiting, self._about)

    def missing(self, sha256s: Sequence[str]) -> None:
        """The server says that it has not got these files, whatever it said before."""
        self._uploads.forget(sha256s)

    # ----- what people are told

    @property
    def too_large(self) -> Collection[str]:
        """Files of which the server said that it takes none as large."""
        return self._too_large

    def offer_again(self) -> None:
        """Ask the server once more about those: it may be another version by now, or set up in another way."""
        self._too_large = frozenset()

    # ----- sending

    def not_sent(self, sha256s: Sequence[str]) -> list[str]:
        """Those of these files that the server has not got, as far as is known, each once."""
        return self._uploads.missing(self._epoch(), dict.fromkeys(sha256s), self._blobs.has)

    def to_send(self) -> Iterator[str]:
        """The files that operations wait for, the oldest first, without those that are no longer here or too large. It
        is looked no further than is asked for. Raises StoreError.
        """
        after = 0
        while self._epoch() and (items := self._waiting(after, AT_ONCE)):
            after = items[-1].position
            named = [sha256 for item in items for sha256 in self._files_of(item)]
            for sha256 in self.not_sent(named):
                if sha256 not in self._too_large and self._blobs.has(sha256):
                    yield sha256

    def _those_that_failed_last(self) -> Iterator[str]:
        failed: list[str] = []
        for sha256 in self.to_send():
            if sha256 in self._failures:
                failed.append(sha256)
            else:
                yield sha256
        yield from sorted(dict.fromkeys(failed), key=self._failures.__getitem__)

    def send_next(self, going: Callable[[], bool] = lambda: True) -> bool:
        """Send the next file, or as much of it as `going` allows; False when there was none in all that waits.

        Raises Unreachable or Refused. Others come before that file then: what this server never takes keeps none
        of them. One that is too large is left alone.
        """
        sha256 = next(self._round, None)
        if sha256 is None:
            # What was made or lost meanwhile is behind us: it ends when nothing is found on a whole way.
            self._round = self._those_that_failed_last()
            sha256 = next(self._round, None)
        if sha256 is None:
            return False
        try:
            return self._send(sha256, going)
        except BaseException as error:
            if isinstance(error, Refused) and error.reason is RefusalReason.TOO_LARGE:
                self._too_large |= {sha256}
                del self._failures[sha256]
                return True
            self._round = iter(())  # from the beginning, for others come before this one
            raise

    def _send(self, sha256: str, going: Callable[[], bool]) -> bool:
        self._failures[sha256] += 1
        content = self._blobs.read(sha256)
        if content is None:
            return True  # it went just now: whoever waits for it is told by the outbox
        epoch = self._epoch()
        state = self._transport.open_blob(sha256, len(content))
        while state.offset < len(content):
            if not going():
                return True
            piece = content[state.offset : state.offset + PIECE]
            taken = self._transport.send_blob(sha256, len(content), state.offset, piece)
            if taken.offset <= state.offset:
                raise Unreachable("the server did not take the piece")
            state = taken
        self._uploads.note(epoch, sha256, to_microseconds(self._clock.now()))
        del self._failures[sha256]
        return True


class Uploader:
    """The thread that sends files, one after the other. `sent` is called when some were: at once, if that was not
    done just now, else when it was long enough ago, or no more can be sent. `seconds` is a clock that only goes on.
    """

    def __init__(
        self,
        files: FileExchange,
        sent: Callable[[], None],
        random: Random,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._files = files
        self._sent = sent
        self._random = random
        self._seconds = seconds
        self._unsaid = False
        self._said_at = seconds() - OFTEN
        self._wake = threading.Event()
        self._again = threading.Event()
        """Set when it need not wait any longer before it tries again."""
        self._stopping = threading.Event()
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name="files", daemon=True)
        files.wanted = self._wake.set

    def start(self) -> None:
        """Begin to send in the background."""
        self._thread.start()

    def retry(self) -> None:
        """Try now: the server answers others again."""
        self._files.offer_again()
        self._failures = 0
        self._again.set()

    def stop(self) -> None:
        """End after the call that is under way; whoever closes the transport before ends it at once."""
        self._stopping.set()
        self._wake.set()
        self._again.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            pause = self._send_all()
            if pause is not None:
                self._again.wait(pause)
                self._again.clear()
            elif not self._stopping.is_set():
                self._wake.wait()

    def _send_all(self) -> float | None:
        """Send what there is; the seconds to wait before trying again, None when all is sent."""
        try:
            try:
                while self._files.send_next(self._goes_on):
                    self._failures = 0
                    self._unsaid = True
                    if not self._goes_on():
                        break
            finally:
                self._say()
        except (Unreachable, Refused, StoreError) as error:
            retry_after = error.retry_after if isinstance(error, Unreachable) else 0.0
            longest = min(FIRST_RETRY * 2.0 ** min(self._failures, 10), LAST_RETRY)
            self._failures += 1
            return max(longest * self._random.random(), retry_after)
        except Exception:  # noqa: BLE001 - a border: a defect must be seen, and must not end all sending
            _log.exception("sending files failed")
            return LAST_RETRY
        return None

    def _goes_on(self) -> bool:
        """Whether to go on. Asked between pieces: what is sent does not wait for a large file behind it."""
        if self._seconds() - self._said_at >= OFTEN:
            self._say()
        return not self._stopping.is_set()

    def _say(self) -> None:
        if self._unsaid:
            self._unsaid = False
            self._said_at = self._seconds()
            self._sent()


class Downloads:
    """Fetches files when somebody asks. One at a time per transport."""

    def __init__(self, transport: FileTransport, blobs: BlobStore) -> None:
        self._transport = transport
        self._blobs = blobs
        self._turn = threading.Lock()

    def fetch(self, sha256: str, size: int | None, progress: Progress) -> bool:
        """Put the file into the store; False when `progress` broke that off. What is here stays for the next time.

        Raises InputError in words when it cannot be had now, StoreError when there is no room.
        """
        with self._turn:
            try:
                if size is None:
                    size = self._transport.size_of_blob(sha256)
                incoming = IncomingFile(self._blobs, sha256, size)
                while (offset := incoming.offset) < size:
                    if not progress(offset):
                        return False
                    incoming.add(self._transport.fetch_blob(sha256, offset, min(PIECE, size - offset)))
            except Refused as error:
                raise InputError(error.sentence) from error
            except Unreachable as error:
                raise InputError(
                    error.sentence
                    or "The server cannot be reached now, so the file could not be fetched. Try again later.",
                    str(error),
                ) from error
            if not incoming.finish():
                raise InputError(
                    "What the server sent is not this file, so it was thrown away. Try again, and tell whoever runs"
                    " the server if that does not help."
                )
            progress(size)
            return True
