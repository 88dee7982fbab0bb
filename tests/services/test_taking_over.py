"""What waits and is being written in a profile that was put aside: here once, in its order, with its files."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.services.taking_over import TakenOver, take_over
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.client import ClientFiles, open_client_files
from agent_desktop.store.drafts import Draft, DraftKind, Drafts
from agent_desktop.store.replica import Delta, Replica
from tests.desk_fixture import Office
from tests.factories import ANNA, an_id, make_import
from tests.fakes import START, FakeIds


class Aside:
    """The profile that was put aside."""

    def __init__(self, folder: Path) -> None:
        self.files: ClientFiles = open_client_files(folder / "work.db", folder / "replica.db")
        self.blobs = BlobStore(folder / "blobs")
        self.ids = FakeIds()

    def file(self, content: bytes) -> AttachmentFile:
        sha256 = self.blobs.put(content)
        return AttachmentFile(id=self.ids.new(), name="a", media_type="x/y", size=len(content), sha256=sha256)

    def notes(self, conversation_id: Id, text: str, *files: AttachmentFile) -> Operation:
        note = AddNote(conversation_id=conversation_id, message_id=self.ids.new(), text=text, files=files)
        operation = Operation(id=self.ids.new(), payload=note, created_at=START)
        self.files.outbox.append([operation])
        return operation

    def writes(self, conversation_id: Id, text: str, *files: AttachmentFile) -> None:
        draft = Draft(
            conversation_id=conversation_id, kind=DraftKind.REPLY, text=text, updated_at=START, files=files
        )
        Drafts(self.files.work).save(draft)

    def into(self, office: Office) -> TakenOver:
        desk = office.desk
        return take_over(self.files, self.blobs, desk.replica, desk.drafts, desk.blobs)


@pytest.fixture
def aside(tmp_path: Path) -> Iterator[Aside]:
    (tmp_path / "aside").mkdir()
    aside = Aside(tmp_path / "aside")
    with closing(aside.files.work), closing(aside.files.replica):
        yield aside


def test_what_the_server_has_not_confirmed_comes_along_once_with_its_files(
    office: Office, aside: Aside
) -> None:
    here = office.world.customer_writes("Karl Lund", "Refund", "Where is it?")
    conversation = office.row(Conversation, here)
    confirmed = aside.notes(here, "confirmed")
    outbox = aside.files.outbox
    outbox.numbered(0, outbox.pending(0), 1, "e")
    Replica(aside.files.replica, aside.files.replica_schema, outbox, ANNA.id).receive(
        Delta(epoch="e", cursor=1, ack=1)
    )
    see = aside.notes(here, "see", aside.file(b"attached"))
    raw = aside.blobs.put(b"From: dora@example.org")
    old = make_import(conversation, aside.ids, raw)
    imported = Operation(id=aside.ids.new(), payload=old, created_at=START)
    outbox.append([imported])
    assert aside.into(office) == TakenOver(changes=2, drafts=0, unreadable=0)
    assert [made.id for made in office.pending()][-2:] == [see.id, imported.id]
    assert aside.into(office) == TakenOver(changes=0, drafts=0, unreadable=0)
    assert confirmed.id not in office.desk.replica.outbox.known_ids()
    payload = see.payload
    assert isinstance(payload, AddNote)
    assert office.desk.blobs.read(payload.files[0].sha256) == b"attached"
    assert office.desk.blobs.read(raw) == b"From: dora@example.org"
    texts = [item.message.text for item in office.desk.conversations.timeline(here).items]
    assert "see" in texts, "it is shown at once"


def test_a_draft_comes_along_with_its_files_where_none_is_being_written(office: Office, aside: Aside) -> None:
    written = Draft(conversation_id=an_id("here"), kind=DraftKind.REPLY, text="newer", updated_at=START)
    office.desk.drafts.save(written)
    attached = aside.file(b"attached")
    aside.writes(an_id("here"), "older")
    aside.writes(an_id("there"), "kept", attached)
    assert aside.into(office) == TakenOver(changes=0, drafts=1, unreadable=0)
    assert office.desk.drafts.get(an_id("here"), DraftKind.REPLY) == written
    taken = office.desk.drafts.get(an_id("there"), DraftKind.REPLY)
    assert taken is not None
    assert (taken.text, taken.files) == ("kept", (attached,))
    assert office.desk.blobs.read(attached.sha256) == b"attached"
