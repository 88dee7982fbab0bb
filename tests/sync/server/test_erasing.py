"""A customer is erased on request: from rows, log and files of the server, and from replicas, drafts and indexes."""

import io
import json
import zipfile
from dataclasses import fields, replace
from pathlib import Path

import pytest

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.customer import Customer, Identity
from agent_desktop.domain.draft import DraftCopy
from agent_desktop.domain.erasing import ERASED, Belongings, erase
from agent_desktop.domain.errors import InputError, Rejected
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, AttachmentFile, Message
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.customer import Address, CreateCustomer, MergeCustomers
from agent_desktop.domain.operations.draft import ShareDraft
from agent_desktop.domain.operations.merging import MergeConversations
from agent_desktop.domain.operations.message import AddNote, ReceiveMessage, Reply
from agent_desktop.domain.operations.policy import HoldConversation
from agent_desktop.domain.records import to_plain
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.drafts import Drafts
from sync.server.administration import Administration
from sync.server.answering import Asker
from sync.server.audit import AuditFilter
from sync.server.erasing import SLICE, Eraser
from sync.server.verify import verify
from tests.factories import ADMIN, ANNA, make_channel, make_message
from tests.fakes import START, DictRows
from tests.sync.cluster import Client, Cluster
from tests.sync.files import TEMPLATES

SENTINEL = "zanzibarquokka"
"""What only this customer ever said or was called."""
BESIDE = "pangolin"
"""What another one said."""
ME = Asker(ADMIN.id, "device")


class Scene:
    """A customer with conversations, notes, a file and a reply, and another who has nothing to do with them."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.blobs = BlobStore(cluster.folder / "blobs")
        self.raw = self.blobs.put(f"From: {SENTINEL}@example.com".encode())
        self.file = self.blobs.put(f"file of {SENTINEL}".encode())
        self.customer, self.conversation = self.begins(SENTINEL)
        self.other, self.beside = self.begins(BESIDE)
        store = cluster.backend.store
        self.eraser = Eraser(store, self.blobs)
        self.server = Administration(store, cluster.clock, cluster.ids, self.eraser, self.blobs)

    def begins(self, word: str) -> tuple[Id, Id]:
        """A customer writes; their id, and that of the conversation."""
        ids = self.cluster.ids
        customer, conversation = ids.new(), ids.new()
        mine = word == SENTINEL
        assert self.cluster.commit(
            CreateCustomer(
                customer_id=customer,
                name=f"Karl {word}",
                note=f"note on {word}",
                addresses=(Address(kind=ChannelKind.EMAIL, address=f"{word}@example.com"),),
            ),
            CreateConversation(
                conversation_id=conversation,
                customer_id=customer,
                channel_id=make_channel().id,
                subject=f"About {word}",
            ),
            ReceiveMessage(
                conversation_id=conversation,
                message_id=ids.new(),
                customer_id=customer,
                channel_id=make_channel().id,
                text=f"My {word} is broken",
                subject=f"{word}!",
                sender=f"K. <{word}@example.com>",
                sent_at=self.cluster.clock.now(),
                raw_blob=self.raw if mine else None,
                files=(
                    (
                        AttachmentFile(
                            id=ids.new(),
                            name=f"{word}.txt",
                            media_type="text/plain",
                            size=9,
                            sha256=self.file,
                        ),
                    )
                    if mine
                    else ()
                ),
            ),
        )
        return customer, conversation

    def erase(self) -> None:
        preview = self.server.preview_erasure(ME, self.customer)
        self.server.erase(ME, self.customer, preview.token)
        while self.eraser.run():
            pass


@pytest.fixture
def scene(cluster: Cluster) -> Scene:
    return Scene(cluster)


def answers(scene: Scene, client: Client) -> None:
    """Somebody has answered, noted something, and is writing again."""
    client.act(
        [
            Reply(
                conversation_id=scene.conversation,
                message_id=scene.cluster.ids.new(),
                channel_id=make_channel().id,
                text=f"Dear {SENTINEL}, we look",
                undo_seconds=60,
            ),
            AddNote(
                conversation_id=scene.conversation,
                message_id=scene.cluster.ids.new(),
                text=f"{SENTINEL} calls often",
            ),
        ]
    )
    now = scene.cluster.clock.now()
    Drafts(client.files.work).save(
        Draft(
            conversation_id=scene.conversation,
            kind=DraftKind.REPLY,
            text=f"More for {SENTINEL}",
            updated_at=now,
        )
    )


def bytes_with(folder: Path, word: str) -> list[str]:
    """The files below a folder in which a word stands, in capitals or not."""
    wanted = word.encode()
    return sorted(
        path.name for path in folder.rglob("*") if path.is_file() and wanted in path.read_bytes().lower()
    )


def test_nothing_of_them_is_left_anywhere(scene: Scene) -> None:
    cluster = scene.cluster
    client = cluster.add_client(ANNA)
    cluster.settle()
    answers(scene, client)
    cluster.settle()
    assert bytes_with(client.folder, SENTINEL), "the control: it is there before"
    if not cluster.address:
        assert "server.db" in " ".join(bytes_with(cluster.folder, SENTINEL))
    scene.erase()
    cluster.settle()
    cluster.check(client)
    client.close()
    cluster.database.close()
    left = [name for name in bytes_with(cluster.folder, SENTINEL) if "client-saved" not in name]
    assert left == []
    assert bytes_with(client.folder, BESIDE), "others are untouched"
    client.open()
    cluster._open_server()


def test_messages_to_them_that_nobody_has_sent_go_too(scene: Scene) -> None:
    """Written on a computer, shared with another, thrown away, and one that nobody has shared yet."""
    cluster = scene.cluster
    client = cluster.add_client(ANNA)
    cluster.settle()
    now, drafts = cluster.clock.now(), Drafts(client.files.work)

    def draft(draft_id: str, **whom: tuple[str, ...]) -> Draft:
        text, kind = f"Hello {SENTINEL}", DraftKind.NEW
        return Draft(conversation_id=draft_id, kind=kind, text=text, updated_at=now, **whom)  # type: ignore[arg-type]  # fields by name

    def share(written: Draft, content: str | None = None) -> None:
        plain = json.dumps(to_plain(written)) if content is None else content
        place, device = written.conversation_id, "Laptop"
        client.act(
            [ShareDraft(conversation_id=place, kind="new", content=plain, device=device, written_at=now)]
        )

    address = f"{SENTINEL.upper()}@Example.com"
    share(draft("shared", to=(address,)))
    share(draft("copied", to=("x@example.com",), bcc=(address,)))
    share(draft("thrown-away", to=(address,)))
    share(draft("thrown-away"), "")
    drafts.save(draft("here", cc=(address,)))
    drafts.save(replace(draft("kept-beside", to=(address,)), kind=DraftKind.NEW_BEFORE))
    drafts.save(draft("kept-beside"))
    beside = replace(draft("beside", to=(f"{BESIDE}@example.com",)), text=BESIDE)
    drafts.save(beside)
    share(beside)
    cluster.settle()
    preview = scene.server.preview_erasure(ME, scene.customer)
    assert preview.drafts == 2
    data = scene.server.customer_data(ME, scene.customer, notes=False)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        kept = json.loads(archive.read("data.json"))["drafts"]
        assert f"Hello {SENTINEL}" in archive.read("index.html").decode()
    assert {row["text"] for row in kept} == {f"Hello {SENTINEL}"}
    scene.erase()
    cluster.settle()
    assert [row.conversation_id for row in cluster.rows().query(DraftCopy)] == ["beside"]
    assert SENTINEL not in json.dumps(cluster.log()).lower()
    assert [row.conversation_id for row in drafts.of_kind(DraftKind.NEW)] == ["beside"]
    client.close()
    assert bytes_with(client.folder, SENTINEL) == []
    client.open()


def test_figures_stay_and_everything_agrees(scene: Scene) -> None:
    cluster = scene.cluster
    before = {row.id: row for row in cluster.rows().query(Conversation)}
    scene.erase()
    rows = cluster.rows()
    conversation = rows.get(Conversation, scene.conversation)
    assert conversation is not None
    assert (conversation.subject, conversation.preview) == (ERASED, ERASED)
    assert conversation.status is Status.CLOSED
    for name in ("number", "created_at", "channel_id", "message_count", "tags", "last_in_at"):
        assert getattr(conversation, name) == getattr(before[scene.conversation], name)
    assert rows.get(Conversation, scene.beside) == before[scene.beside]
    customer = rows.get(Customer, scene.customer)
    assert customer is not None
    assert (customer.name, customer.note, customer.erased_at) == (ERASED, "", cluster.clock.now())
    assert not rows.query(Identity, customer_id=scene.customer)
    assert not rows.query(Attachment, conversation_id=scene.conversation)
    assert {row.text for row in rows.query(Message, conversation_id=scene.conversation)} == {ERASED}
    checks = verify(cluster.database, TEMPLATES.server_schema, None)
    assert [check.wrong for check in checks] == [()] * 7
    assert scene.blobs.read(scene.file) is None
    assert scene.blobs.read(scene.raw) is None


def test_a_file_that_somebody_else_has_too_stays(scene: Scene) -> None:
    ids = scene.cluster.ids
    scene.cluster.commit(
        ReceiveMessage(
            conversation_id=scene.beside,
            message_id=ids.new(),
            customer_id=scene.other,
            channel_id=make_channel().id,
            text="The same",
            sent_at=scene.cluster.clock.now(),
            files=(
                AttachmentFile(id=ids.new(), name="a", media_type="text/plain", size=9, sha256=scene.file),
            ),
        )
    )
    scene.erase()
    assert scene.blobs.read(scene.file) is not None


def test_what_they_wrote_in_a_conversation_of_another_goes_and_the_rest_of_it_stays(scene: Scene) -> None:
    cluster, written = scene.cluster, scene.cluster.ids.new()
    client = cluster.add_client(ANNA)
    file = AttachmentFile(
        id=cluster.ids.new(), name=f"{SENTINEL}.txt", media_type="text/plain", size=9, sha256=scene.file
    )
    assert cluster.commit(
        ReceiveMessage(
            conversation_id=scene.beside,
            message_id=written,
            customer_id=scene.customer,
            channel_id=make_channel().id,
            text=f"I have that {SENTINEL} too",
            sent_at=cluster.clock.now(),
            files=(file,),
        )
    )
    cluster.settle()
    with zipfile.ZipFile(io.BytesIO(scene.server.customer_data(ME, scene.customer, notes=True))) as archive:
        index, data = archive.read("index.html").decode(), archive.read("data.json").decode()
    assert f"I have that {SENTINEL} too" in index
    assert written in data
    assert BESIDE not in index + data, "of the other's conversation they are given their own words alone"
    scene.erase()
    cluster.settle()
    cluster.check(client)
    rows = cluster.rows()
    conversation = rows.get(Conversation, scene.beside)
    assert conversation is not None
    assert (conversation.subject, conversation.preview) == (f"About {BESIDE}", ERASED)
    assert [row.text for row in rows.query(Message, conversation_id=scene.beside)] == [
        f"My {BESIDE} is broken",
        ERASED,
    ]
    client.close()
    cluster.database.close()
    left = [name for name in bytes_with(cluster.folder, SENTINEL) if "client-saved" not in name]
    assert left == []
    client.open()
    cluster._open_server()


def test_what_they_wrote_where_something_is_held_for_the_law_stays(scene: Scene) -> None:
    cluster = scene.cluster
    written = ReceiveMessage(
        conversation_id=scene.beside,
        message_id=cluster.ids.new(),
        customer_id=scene.customer,
        channel_id=make_channel().id,
        text="I saw it",
        sent_at=cluster.clock.now(),
    )
    assert cluster.commit(written, HoldConversation(conversation_id=scene.beside, held=True))
    with pytest.raises(InputError, match="held for the law"):
        scene.erase()


def test_no_text_of_a_message_stays(scene: Scene) -> None:
    """Whatever fields a message comes to have."""
    ids = {"id", "scope", "conversation_id", "author_id", "channel_id", "mentioned_ids"}
    texts = {
        item.name: (SENTINEL,) if item.type == tuple[str, ...] else SENTINEL
        for item in fields(Message)
        if item.type in (str, str | None, tuple[str, ...]) and item.name not in ids
    }
    assert {"text", "subject", "author_name", "to", "reply_to", "raw_blob"} <= set(texts)
    message = make_message(**texts)
    rows = DictRows(message)
    erase(rows, Belongings(messages=[message]), START)
    assert SENTINEL not in str(rows.get(Message, message.id))


def test_whoever_was_merged_into_them_goes_too(scene: Scene) -> None:
    scene.cluster.commit(MergeCustomers(customer_id=scene.other, merged_id=scene.customer))
    scene.erase()
    assert {row.name for row in scene.cluster.rows().query(Customer) if row.erased_at} == {ERASED}
    for conversation in (scene.conversation, scene.beside):
        row = scene.cluster.rows().get(Conversation, conversation)
        assert row is not None
        assert row.subject == ERASED


def test_what_was_merged_with_a_conversation_of_somebody_else_is_taken_apart(scene: Scene) -> None:
    """Neither shows what the other said, and nobody's question goes with somebody else's name."""
    before = scene.cluster.rows().get(Conversation, scene.beside)
    scene.cluster.commit(MergeConversations(conversation_id=scene.conversation, into_id=scene.beside))
    merged = scene.cluster.rows().get(Conversation, scene.beside)
    assert merged is not None
    assert merged.message_count == 2
    scene.erase()
    rows = scene.cluster.rows()
    beside, erased = rows.get(Conversation, scene.beside), rows.get(Conversation, scene.conversation)
    assert beside is not None
    assert before is not None
    assert erased is not None
    assert (beside.preview, beside.message_count, beside.status) == (before.preview, 1, Status.OPEN)
    assert (erased.merged_into, erased.subject) == (None, ERASED)


def test_what_is_part_of_something_held_for_the_law_stays(scene: Scene) -> None:
    scene.cluster.commit(
        MergeConversations(conversation_id=scene.conversation, into_id=scene.beside),
        HoldConversation(conversation_id=scene.beside, held=True),
    )
    with pytest.raises(InputError, match="held for the law"):
        scene.server.preview_erasure(ME, scene.customer)


def test_the_log_is_gone_through_in_slices(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        scene.cluster.commit(
            AddNote(conversation_id=scene.beside, message_id=f"note-{number}", text=f"{BESIDE} {number}")
        )
    monkeypatch.setattr("sync.server.erasing.SLICE", 3)
    preview = scene.server.preview_erasure(ME, scene.customer)
    scene.server.erase(ME, scene.customer, preview.token)
    steps = 0
    while scene.eraser.run():
        steps += 1
    assert steps > 4
    text = json.dumps(scene.cluster.log())
    assert SENTINEL not in text
    assert text.count(BESIDE) >= 12
    assert SLICE > 3


def test_what_is_held_for_the_law_stays(scene: Scene) -> None:
    scene.cluster.commit(HoldConversation(conversation_id=scene.conversation, held=True))
    with pytest.raises(InputError, match="held for the law"):
        scene.server.preview_erasure(ME, scene.customer)
    scene.cluster.commit(HoldConversation(conversation_id=scene.conversation, held=False))
    scene.erase()
    with pytest.raises(InputError, match="already"):
        scene.server.preview_erasure(ME, scene.customer)


def test_what_came_after_the_preview_is_seen_before_it_goes(scene: Scene) -> None:
    preview = scene.server.preview_erasure(ME, scene.customer)
    scene.cluster.commit(AddNote(conversation_id=scene.conversation, message_id="new", text="News"))
    with pytest.raises(InputError, match="Look again"):
        scene.server.erase(ME, scene.customer, preview.token)
    row = scene.cluster.rows().get(Customer, scene.customer)
    assert row is not None
    assert row.erased_at is None


def test_only_who_may_does_it_and_the_log_tells(scene: Scene) -> None:
    nobody = Asker(ANNA.id)
    for ask in (
        lambda: scene.server.preview_erasure(nobody, scene.customer),
        lambda: scene.server.erase(nobody, scene.customer, "0" * 64),
        lambda: scene.server.customer_data(nobody, scene.customer, notes=True),
    ):
        with pytest.raises(Rejected):
            ask()
    with pytest.raises(Rejected):
        scene.server.preview_erasure(ME, "nobody")
    scene.server.customer_data(ME, scene.customer, notes=False)
    scene.erase()
    with scene.cluster.database.read() as connection:
        entries = scene.cluster.backend.store.audit.page(connection, AuditFilter(actor_id=ADMIN.id))
    assert [entry.action for entry in entries] == [
        AuditAction.CUSTOMER_ERASED,
        AuditAction.ERASURE_PREVIEWED,
        AuditAction.CUSTOMER_EXPORTED,
    ]
    assert all(entry.about == scene.customer and SENTINEL not in entry.details for entry in entries)


def test_everything_of_them_is_handed_out(scene: Scene) -> None:
    scene.cluster.commit(
        AddNote(conversation_id=scene.conversation, message_id="note", text="<b>calls</b> often")
    )
    for notes in (False, True):
        content = scene.server.customer_data(ME, scene.customer, notes=notes)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            data = json.loads(archive.read("data.json"))
            page = archive.read("index.html").decode()
            assert f"K. &lt;{SENTINEL}@example.com&gt;" in page
            (file,) = (name for name in names if name.startswith("files/"))
            assert SENTINEL.encode() in archive.read(file)
            assert any(name.endswith(".eml") for name in names)
        assert data["customers"][0]["name"] == f"Karl {SENTINEL}"
        assert data["identities"][0]["address"] == f"{SENTINEL}@example.com"
        assert f"My {SENTINEL} is broken" in page
        assert ("calls" in page) is notes
        assert "<b>calls" not in page, "what people wrote is no markup"
        assert BESIDE not in json.dumps(data) + page
