"""Files up and down, over lines that break: in pieces, from where they were, and only when the content is right."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.conversation import Status
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.files import files_in
from agent_desktop.domain.message import Attachment, AttachmentFile
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.operations.conversation import SetStatus
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.records import Record
from agent_desktop.services.files import FileService
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.client import ClientFiles, open_client_files
from agent_desktop.store.rows import SqlRows
from agent_desktop.store.uploads import Uploads
from sync.client import files as client_files
from sync.client.files import Downloads, FileExchange, Uploader
from sync.protocol.messages import BlobState
from sync.protocol.transport import RefusalReason, Refused, Unreachable
from tests.factories import an_id
from tests.fakes import START, FakeIds


class Shelf:
    """The files of a server. `calls` says what was asked, `breaks` after how many calls the line breaks once.

    It refuses what is larger than `largest`, takes nothing when it is `deaf`, and does `meanwhile` with each piece.
    """

    def __init__(self) -> None:
        self.parts: dict[str, bytearray] = {}
        self.calls: list[tuple[str, int]] = []
        self.breaks: int | None = None
        self.lies = False
        self.deaf = False
        self.largest = 1_000
        self.refusal = RefusalReason.FORBIDDEN
        self.meanwhile: Callable[[], None] = lambda: None

    def put(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        self.parts[sha256] = bytearray(content)
        return sha256

    def open_blob(self, sha256: str, size: int) -> BlobState:
        self._asked("open", 0)
        if size > self.largest:
            raise Refused(self.refusal, "The file is too large.")
        return BlobState(sha256=sha256, size=size, offset=len(self.parts.setdefault(sha256, bytearray())))

    def send_blob(self, sha256: str, size: int, offset: int, chunk: bytes) -> BlobState:
        self._asked("send", offset)
        part = self.parts[sha256]
        assert len(part) == offset
        part += b"" if self.deaf else chunk
        self.meanwhile()
        return BlobState(sha256=sha256, size=size, offset=len(part))

    def size_of_blob(self, sha256: str) -> int:
        self._asked("size", 0)
        return len(self.parts[sha256])

    def fetch_blob(self, sha256: str, offset: int, length: int) -> bytes:
        self._asked("fetch", offset)
        if sha256 not in self.parts:
            raise Refused(RefusalReason.FORBIDDEN, "The server has no such file.")
        piece = bytes(self.parts[sha256][offset : offset + length])
        return bytes(len(piece)) if self.lies else piece

    def _asked(self, what: str, offset: int) -> None:
        if self.breaks is not None:
            self.breaks -= 1
            if self.breaks < 0:
                self.breaks = None
                raise Unreachable("the line broke")
        self.calls.append((what, offset))


class Laptop:
    """The client's side: files, an outbox, and an exchange of files with the shelf."""

    def __init__(self, folder: Path, shelf: Shelf) -> None:
        self.files: ClientFiles = open_client_files(folder / "work.db", folder / "replica.db")
        self.blobs = BlobStore(folder / "blobs")
        self.outbox = self.files.outbox
        self.epoch = "e1"
        self.ids = FakeIds()
        self.exchange = FileExchange(
            shelf,
            self.blobs,
            Uploads(self.files.work, self.files.replica),
            ManualClock(START),
            lambda: self.epoch,
            lambda after, most: self.outbox.naming_files(0, after, most),
        )

    def does(self, payload: Record, group: str | None = None) -> str:
        operation = Operation(id=self.ids.new(), payload=payload, created_at=START, group=group)
        self.outbox.append([operation])
        return operation.id

    def attaches(self, content: bytes, conversation: str = "c") -> str:
        sha256 = self.blobs.put(content)
        file = AttachmentFile(
            id=self.ids.new(), name="a.pdf", media_type="x/y", size=len(content), sha256=sha256
        )
        return self.does(note(conversation, self.ids.new(), file))

    def attaches_many(self, contents: list[bytes]) -> list[str]:
        """In one commit, each to a conversation of its own."""
        files = [
            AttachmentFile(
                id=self.ids.new(),
                name="a",
                media_type="x/y",
                size=len(content),
                sha256=self.blobs.put(content),
            )
            for content in contents
        ]
        operations = [
            Operation(id=self.ids.new(), payload=note(file.id, self.ids.new(), file), created_at=START)
            for file in files
        ]
        self.outbox.append(operations)
        return [operation.id for operation in operations]

    def parked(self) -> frozenset[str]:
        return self.exchange.parked(self.outbox.pending(0))


def note(conversation: str, message_id: str, *files: AttachmentFile) -> AddNote:
    return AddNote(conversation_id=an_id(conversation), message_id=message_id, text="see", files=files)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def laptop(tmp_path: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laptop]:
    monkeypatch.setattr(client_files, "PIECE", 4)
    laptop = Laptop(tmp_path, shelf)
    yield laptop
    laptop.files.close()


# ----- up


def test_an_operation_waits_for_its_file_and_others_overtake_it(laptop: Laptop) -> None:
    first = laptop.does(note("other", an_id("m1")))
    waits = laptop.attaches(b"content")
    after = laptop.does(note("c", an_id("m2")))
    passes = laptop.does(note("other", an_id("m3")))
    assert laptop.parked() == {waits, after}
    assert {first, passes}.isdisjoint(laptop.parked())
    assert laptop.exchange.send_next()
    assert laptop.parked() == frozenset()


def test_what_was_done_in_one_go_waits_together(laptop: Laptop) -> None:
    sha256 = laptop.blobs.put(b"content")
    file = AttachmentFile(id=an_id("f"), name="a", media_type="x/y", size=7, sha256=sha256)
    waits = laptop.does(note("c", an_id("m1"), file), group="g")
    mate = laptop.does(note("d", an_id("m2")), group="g")
    follows = laptop.does(note("d", an_id("m3")))
    assert laptop.parked() == {waits, mate, follows}


def test_a_file_goes_up_in_pieces_and_on_from_where_the_line_broke(laptop: Laptop, shelf: Shelf) -> None:
    laptop.attaches(b"0123456789")
    shelf.breaks = 2
    with pytest.raises(Unreachable):
        laptop.exchange.send_next()
    assert laptop.exchange.send_next()
    assert shelf.calls == [("open", 0), ("send", 0), ("open", 0), ("send", 4), ("send", 8)]
    assert [bytes(part) for part in shelf.parts.values()] == [b"0123456789"]
    assert not laptop.exchange.send_next()


def test_what_the_server_has_is_not_sent_again(laptop: Laptop, shelf: Shelf) -> None:
    shelf.put(b"0123456789")
    laptop.attaches(b"0123456789")
    laptop.attaches(b"0123456789")
    assert laptop.exchange.send_next()
    assert not laptop.exchange.send_next()
    assert shelf.calls == [("open", 0)]


def test_what_a_message_from_the_server_names_need_not_be_here_to_be_forwarded(laptop: Laptop) -> None:
    """Nobody has opened it on this computer, so it was never fetched; nor was it ever sent from here."""
    theirs = AttachmentFile(id="theirs", name="a.pdf", media_type="x/y", size=4, sha256="a" * 64)
    row = Attachment(
        id="theirs",
        message_id="m",
        conversation_id="c",
        name="a.pdf",
        media_type="x/y",
        size=4,
        sha256="a" * 64,
    )
    operation = laptop.does(note("c", laptop.ids.new(), replace(theirs, id="again")))
    tables = laptop.files.replica_schema.tables
    for ver, waits in ((0, True), (7, False)):
        with laptop.files.replica.write() as connection:
            SqlRows(connection, tables).put(replace(row, ver=ver))
        assert (laptop.parked() == {operation}) is waits, "what only this computer says proves nothing"
    laptop.exchange.missing([theirs.sha256])
    assert laptop.parked() == {operation}, "the server has lost it: whoever has it may put it back"


def test_a_restored_or_forgetful_server_gets_it_again(laptop: Laptop, shelf: Shelf) -> None:
    laptop.attaches(b"abc")
    assert laptop.exchange.send_next()
    shelf.parts.clear()
    laptop.epoch = "e2"
    assert laptop.parked()
    assert laptop.exchange.send_next()
    assert not laptop.parked()
    shelf.parts.clear()
    laptop.exchange.missing(laptop.exchange.not_sent([]) + list(map(_sha, [b"abc"])))
    assert laptop.parked()
    assert laptop.exchange.send_next()
    assert list(shelf.parts) == [_sha(b"abc")]


def test_before_the_server_is_known_nothing_is_sent(laptop: Laptop, shelf: Shelf) -> None:
    laptop.attaches(b"abc")
    laptop.epoch = ""
    assert laptop.parked()
    assert not laptop.exchange.send_next()
    assert shelf.calls == []


def test_a_file_that_is_gone_here_holds_up_no_other(laptop: Laptop, shelf: Shelf) -> None:
    laptop.attaches(b"gone")
    laptop.attaches(b"here")
    laptop.blobs.path(_sha(b"gone")).unlink()
    assert laptop.exchange.send_next()
    assert not laptop.exchange.send_next()
    assert list(shelf.parts) == [_sha(b"here")]


def test_a_file_that_goes_while_it_is_looked_at_holds_up_no_other(
    laptop: Laptop, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.attaches(b"gone")
    laptop.attaches(b"here")

    def damaged(sha256: str) -> bytes | None:
        if sha256 == _sha(b"gone"):
            laptop.blobs.path(sha256).unlink()  # as a sealed file is put aside that is not what was stored
            return None
        return b"here"

    monkeypatch.setattr(laptop.blobs, "read", damaged)
    while laptop.exchange.send_next():
        pass
    assert list(shelf.parts) == [_sha(b"here")]


def test_a_file_that_the_server_never_takes_holds_up_no_other(laptop: Laptop, shelf: Shelf) -> None:
    large = laptop.attaches(b"much too large")
    laptop.attaches(b"here", "other")
    shelf.largest = 10
    with pytest.raises(Refused):
        laptop.exchange.send_next()
    assert laptop.exchange.send_next()
    assert list(shelf.parts) == [_sha(b"here")]
    assert laptop.parked() == {large}
    with pytest.raises(Refused):
        laptop.exchange.send_next()


def test_a_file_that_is_too_large_is_left_alone_until_it_is_offered_again(
    laptop: Laptop, shelf: Shelf
) -> None:
    large = laptop.attaches(b"much too large")
    shelf.refusal, shelf.largest = RefusalReason.TOO_LARGE, 10
    while laptop.exchange.send_next():  # without an error, upon which others would wait
        pass
    assert shelf.calls == [("open", 0)]
    assert set(laptop.exchange.too_large) == {_sha(b"much too large")}
    assert laptop.parked() == {large}
    shelf.largest = 1_000
    laptop.exchange.offer_again()
    assert laptop.exchange.too_large == frozenset()
    assert laptop.exchange.send_next()
    assert laptop.parked() == frozenset()


def test_an_operation_waits_for_all_of_its_files(laptop: Laptop) -> None:
    files = [
        AttachmentFile(
            id=an_id(name), name=name, media_type="x/y", size=1, sha256=laptop.blobs.put(name.encode())
        )
        for name in "ab"
    ]
    waits = laptop.does(note("c", an_id("m"), *files))
    assert laptop.exchange.send_next()
    assert laptop.parked() == {waits}
    assert laptop.exchange.send_next()
    assert laptop.parked() == frozenset()


def test_what_arrived_at_a_server_that_was_restored_meanwhile_is_looked_for_again(
    laptop: Laptop, shelf: Shelf
) -> None:
    waits = laptop.attaches(b"abc")

    def restored() -> None:
        laptop.epoch = "e2"

    shelf.meanwhile = restored
    assert laptop.exchange.send_next()
    assert laptop.parked() == {waits}


def test_a_server_that_takes_nothing_is_not_asked_for_ever(laptop: Laptop, shelf: Shelf) -> None:
    laptop.attaches(b"abc")
    shelf.deaf = True
    with pytest.raises(Unreachable):
        laptop.exchange.send_next()
    assert shelf.calls == [("open", 0), ("send", 0)]


def test_stopping_ends_between_two_pieces(laptop: Laptop, shelf: Shelf) -> None:
    laptop.attaches(b"0123456789")
    going = iter([True, False])
    assert laptop.exchange.send_next(lambda: next(going))
    assert shelf.calls == [("open", 0), ("send", 0)]
    assert laptop.parked()


def test_the_thread_sends_what_waits_and_says_so(laptop: Laptop, shelf: Shelf) -> None:
    sent = threading.Semaphore(0)
    shelf.breaks = 1
    laptop.attaches(b"0123456789")
    uploader = Uploader(laptop.exchange, sent.release, Random(3))
    uploader.start()
    try:
        assert sent.acquire(timeout=20)
        laptop.attaches(b"more")
        laptop.parked()  # as the exchange asks before it pushes
        assert sent.acquire(timeout=20)
    finally:
        uploader.stop()
    assert {bytes(part) for part in shelf.parts.values()} == {b"0123456789", b"more"}


def test_what_is_wanted_just_when_all_was_sent_is_sent(laptop: Laptop) -> None:
    send_next, sent, late = laptop.exchange.send_next, threading.Event(), [b"late"]

    def send(going: Callable[[], bool]) -> bool:
        found = send_next(going)
        if not found and late:
            laptop.attaches(late.pop())
            laptop.parked()
        return found

    laptop.exchange.send_next = send  # type: ignore[method-assign]  # somebody acts in between
    uploader = Uploader(laptop.exchange, sent.set, Random(3))
    uploader.start()
    try:
        assert sent.wait(20)
    finally:
        uploader.stop()


def test_what_is_no_name_of_a_file_is_a_file_that_is_not_here(laptop: Laptop, shelf: Shelf) -> None:
    damaged = AttachmentFile(id=an_id("f"), name="a", media_type="x/y", size=4, sha256="../damaged")
    waits = laptop.does(note("c", an_id("m"), damaged))
    assert laptop.parked() == {waits}
    laptop.attaches(b"here", "other")
    while laptop.exchange.send_next():
        pass
    assert list(shelf.parts) == [_sha(b"here")]
    assert laptop.parked() == {waits}


def test_operations_without_files_name_none(laptop: Laptop) -> None:
    laptop.does(SetStatus(conversation_id=an_id("c"), status=Status.OPEN))
    laptop.does(AddNote(conversation_id=an_id("c"), message_id=an_id("m"), text='{"sha256": "x"}'))
    assert [files_in(item.payload) for item in laptop.outbox.pending(0)] == [[], []]


def test_a_file_that_went_is_sent_when_it_is_back(laptop: Laptop, shelf: Shelf) -> None:
    waiting = laptop.attaches(b"here today")
    (item,) = laptop.outbox.pending(0)
    (sha256,) = files_in(item.payload)
    laptop.blobs.path(sha256).unlink()
    assert not laptop.exchange.send_next()
    assert laptop.parked() == {waiting}
    laptop.blobs.put(b"here today")
    assert laptop.exchange.send_next()
    assert bytes(shelf.parts[sha256]) == b"here today"
    assert laptop.parked() == frozenset()


# ----- down


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_file_comes_down_in_pieces_with_its_progress(laptop: Laptop, shelf: Shelf) -> None:
    sha256 = shelf.put(b"0123456789")
    told: list[int] = []

    def progress(done: int) -> bool:
        told.append(done)
        return True

    assert Downloads(shelf, laptop.blobs).fetch(sha256, 10, progress)
    assert laptop.blobs.read(sha256) == b"0123456789"
    assert told == [0, 4, 8, 10]


def test_a_broken_or_cancelled_download_goes_on_later(laptop: Laptop, shelf: Shelf) -> None:
    sha256 = shelf.put(b"0123456789")
    downloads = Downloads(shelf, laptop.blobs)
    shelf.breaks = 1
    with pytest.raises(InputError, match="cannot be reached"):
        downloads.fetch(sha256, 10, lambda done: True)
    assert not downloads.fetch(sha256, 10, lambda done: done < 8)
    assert laptop.blobs.read(sha256) is None
    assert downloads.fetch(sha256, 10, lambda done: True)
    assert shelf.calls == [("fetch", 0), ("fetch", 4), ("fetch", 8)]
    assert laptop.blobs.read(sha256) == b"0123456789"


def test_a_file_whose_size_nobody_noted_comes_down_too(laptop: Laptop, shelf: Shelf) -> None:
    sha256 = shelf.put(b"0123456789")
    files = FileService(laptop.blobs, lambda: Downloads(shelf, laptop.blobs))
    assert files.read(sha256) == b"0123456789"
    assert shelf.calls == [("size", 0), ("fetch", 0), ("fetch", 4), ("fetch", 8)]
    assert files.read(sha256) == b"0123456789"
    assert len(shelf.calls) == 4


def test_without_a_server_what_is_not_here_cannot_be_had(laptop: Laptop) -> None:
    files = FileService(laptop.blobs, lambda: None)
    assert files.read(_sha(b"?")) is None
    with pytest.raises(InputError):
        files.fetch(_sha(b"?"), 1, lambda done: True)


def test_wrong_content_is_thrown_away_and_said(laptop: Laptop, shelf: Shelf) -> None:
    sha256 = shelf.put(b"0123456789")
    downloads = Downloads(shelf, laptop.blobs)
    shelf.lies = True
    with pytest.raises(InputError, match="not this file"):
        downloads.fetch(sha256, 10, lambda done: True)
    assert laptop.blobs.read(sha256) is None
    shelf.lies = False
    assert downloads.fetch(sha256, 10, lambda done: True)


def test_what_the_server_refuses_is_said_in_its_words(laptop: Laptop, shelf: Shelf) -> None:
    with pytest.raises(InputError, match="no such file"):
        Downloads(shelf, laptop.blobs).fetch(_sha(b"?"), 10, lambda done: True)
