"""Files that nothing names any more go; every other stays."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent_desktop.domain.clock import ManualClock, SystemClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.operations.knowledge import SaveCannedResponse
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.records import Record
from sync.server.blobs import FOLDERS, Uploads
from sync.server.commit import ServerStore
from sync.server.file_rights import KEPT, forget_sent_long_ago, note_sent
from sync.server.mail.inbound import InboundStore
from sync.server.unnamed_files import EVERY, UNTOUCHED, UnnamedFiles
from tests.factories import ANNA, an_id, make_channel, make_conversation, make_file
from tests.sync.files import TEMPLATES

HERE = make_conversation().id
MAIL = b"From: dora@example.org\r\nMessage-ID: <1@example.org>\r\n\r\nHello"


class Folder:
    """The files of a server, and what takes them away."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(SystemClock().now())
        self.database = TEMPLATES.server(folder / "server.db")
        self.uploads = Uploads(folder / "blobs", 1_000)
        self.ids = TimeOrderedIds(self.clock)
        self.store = ServerStore(self.database, TEMPLATES.server_schema, self.clock, self.ids)
        self.job = UnnamedFiles(self.database, self.uploads, self.clock)

    def put(self, content: bytes) -> str:
        """A file that was stored now."""
        sha256 = self.uploads.put(content)
        moment = self.clock.now().timestamp()
        os.utime(self.uploads.path(sha256), (moment, moment))
        return sha256

    def send(self, content: bytes) -> str:
        """A file that Anna has sent now."""
        sha256 = self.put(content)
        with self.database.write() as connection:
            note_sent(connection, sha256, ANNA.id, self.clock.now())
        return sha256

    def commit(self, payload: Record) -> None:
        self.store.commit([payload])

    def clear(self) -> None:
        """Have each folder its turn."""
        for _ in range(FOLDERS):
            self.clock.advance(EVERY)
            assert not self.job.run()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    folder = Folder(tmp_path)
    yield folder
    folder.database.close()


def test_what_nothing_names_goes_and_nothing_else(folder: Folder) -> None:
    unnamed, attached, canned = (folder.put(content) for content in (b"nobody", b"note", b"canned"))
    note = AddNote(
        message_id=an_id("note"), conversation_id=HERE, text="see", files=(make_file(sha256=attached),)
    )
    folder.commit(note)
    folder.commit(
        SaveCannedResponse(
            canned_response_id=an_id("canned"),
            shortcut="c",
            title="C",
            body="C",
            files=(make_file(sha256=canned),),
        )
    )
    inbound = InboundStore(folder.database, folder.uploads, folder.clock)
    assert inbound.store(make_channel().id, MAIL, folder.clock.now())
    mail = folder.uploads.put(MAIL)
    folder.clock.advance(UNTOUCHED)
    folder.clear()
    assert not folder.uploads.has(unnamed)
    assert all(map(folder.uploads.has, (attached, canned, mail)))


def test_what_names_it_may_be_on_its_way(folder: Folder) -> None:
    sha256 = folder.put(b"just stored")
    for _ in range(UNTOUCHED // EVERY - 1):
        folder.clock.advance(EVERY)
        folder.job.run()
    assert folder.uploads.has(sha256)


def test_who_has_sent_a_file_may_name_it_for_long(folder: Folder) -> None:
    sha256 = folder.send(b"named from the outbox of a laptop, weeks later")
    folder.clock.advance(KEPT - timedelta(days=12))
    folder.clear()
    assert folder.uploads.has(sha256)
    folder.clock.advance(timedelta(days=2))
    with folder.database.write() as connection:
        forget_sent_long_ago(connection, folder.clock.now())
    folder.clear()
    assert not folder.uploads.has(sha256)


def test_what_is_stored_again_is_as_new(folder: Folder) -> None:
    """What lay here unnamed may be named soon."""
    sha256 = folder.put(b"the same picture again")
    os.utime(folder.uploads.path(sha256), (0, 0))
    assert folder.uploads.put(b"the same picture again") == sha256
    assert sha256 not in folder.uploads.untouched(int(sha256[:2], 16), folder.clock.now().timestamp() - 60)
