"""Files that nothing names any more go; every other stays."""

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent_desktop.domain.clock import ManualClock, SystemClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.operations.knowledge import SaveCannedResponse
from agent_desktop.domain.operations.message import AddNote, ReceiveMessage
from agent_desktop.domain.records import Record
from sync.server.blobs import FOLDERS, Uploads
from sync.server.commit import ServerStore
from sync.server.file_rights import KEPT, forget_sent_long_ago, note_sent
from sync.server.mail.inbound import InboundStore
from sync.server.unnamed_files import EVERY, UNTOUCHED, UnnamedFiles
from tests.factories import ANNA, an_id, make_channel, make_conversation, make_customer, make_file
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
    html, raw = folder.put(b"<p>formatted</p>"), folder.put(b"the mail of a message")
    folder.commit(
        ReceiveMessage(
            conversation_id=HERE,
            message_id=an_id("received"),
            customer_id=make_customer().id,
            channel_id=make_channel().id,
            text="formatted",
            sent_at=folder.clock.now(),
            html_blob=html,
            raw_blob=raw,
        )
    )
    inbound = InboundStore(folder.database, folder.uploads, folder.clock)
    assert inbound.store(make_channel().id, MAIL, folder.clock.now())
    mail = folder.uploads.put(MAIL)
    folder.clock.advance(UNTOUCHED)
    folder.clear()
    assert not folder.uploads.has(unnamed)
    assert all(map(folder.uploads.has, (attached, canned, html, raw, mail)))


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


def test_who_sends_a_file_again_may_name_it_for_as_long_again(folder: Folder) -> None:
    sha256 = folder.send(b"taken along twice")
    folder.clock.advance(KEPT - timedelta(days=1))
    assert folder.send(b"taken along twice") == sha256
    folder.clock.advance(timedelta(days=2))
    with folder.database.write() as connection:
        forget_sent_long_ago(connection, folder.clock.now())
    folder.clear()
    assert folder.uploads.has(sha256)


def test_what_is_stored_again_while_others_go_stays(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has it stored names it next."""
    in_folders: dict[str, list[bytes]] = {}
    for number in range(FOLDERS + 1):
        content = f"picture {number}".encode()
        in_folders.setdefault(hashlib.sha256(content).hexdigest()[:2], []).append(content)
    two = next(contents for contents in in_folders.values() if len(contents) > 1)[:2]
    names = {folder.put(content): content for content in two}
    folder.clock.advance(UNTOUCHED)
    removed: list[str] = []
    remove = folder.uploads.remove

    def store_the_other(sha256: str) -> None:
        remove(sha256)
        removed.append(sha256)
        for other in names.keys() - removed:
            folder.put(names[other])

    monkeypatch.setattr(folder.uploads, "remove", store_the_other)
    folder.clear()
    assert len(removed) == 1
    assert [folder.uploads.has(sha256) for sha256 in sorted(names.keys() - removed)] == [True]


def test_what_is_stored_again_is_as_new(folder: Folder) -> None:
    """What lay here unnamed may be named soon."""
    sha256 = folder.put(b"the same picture again")
    os.utime(folder.uploads.path(sha256), (0, 0))
    assert folder.uploads.put(b"the same picture again") == sha256
    assert sha256 not in folder.uploads.untouched(int(sha256[:2], 16), folder.clock.now().timestamp() - 60)
