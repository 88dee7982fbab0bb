"""What is kept no longer goes, a little at a time; what is in use or held for the law stays."""

import json
from datetime import timedelta

import pytest

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, AttachmentFile, Message
from agent_desktop.domain.operations.conversation import CreateConversation, SetStatus
from agent_desktop.domain.operations.merging import MergeConversations
from agent_desktop.domain.operations.message import ReceiveMessage
from agent_desktop.domain.operations.policy import HoldConversation, SaveRetention
from agent_desktop.store.blobs import BlobStore
from sync.protocol.administration import RetentionQuery
from sync.server import retention
from sync.server.administration import Administration
from sync.server.answering import Asker
from sync.server.audit import AuditFilter
from sync.server.erasing import Eraser
from sync.server.retention import Retention
from sync.server.verify import verify
from tests.factories import ADMIN, ANNA, make_channel, make_customer
from tests.sync.cluster import Cluster
from tests.sync.files import TEMPLATES

DAYS = 30


class Scene:
    """A closed conversation with a file and a raw mail, one that is open, and one that is held."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.blobs = BlobStore(cluster.folder / "blobs")
        self.file, self.raw = self.blobs.put(b"file"), self.blobs.put(b"raw")
        self.closed, self.open, self.held = (self._begins() for _ in range(3))
        for conversation in (self.closed, self.held):
            cluster.commit(SetStatus(conversation_id=conversation, status=Status.SOLVED))
        cluster.commit(HoldConversation(conversation_id=self.held, held=True))
        store = cluster.backend.store
        self.retention = Retention(store, cluster.clock)
        self.eraser = Eraser(store, self.blobs)
        self.server = Administration(store, cluster.clock, cluster.ids, self.eraser, self.blobs)

    def _begins(self) -> Id:
        ids = self.cluster.ids
        conversation = ids.new()
        self.cluster.commit(
            CreateConversation(
                conversation_id=conversation,
                customer_id=make_customer().id,
                channel_id=make_channel().id,
                subject="Kettle",
            ),
            ReceiveMessage(
                conversation_id=conversation,
                message_id=ids.new(),
                customer_id=make_customer().id,
                channel_id=make_channel().id,
                text="Where is it?",
                sent_at=self.cluster.clock.now(),
                raw_blob=self.raw,
                files=(
                    AttachmentFile(
                        id=ids.new(), name="a.txt", media_type="text/plain", size=4, sha256=self.file
                    ),
                ),
            ),
        )
        return conversation

    def decide(self, conversations: int = 0, files: int = 0, raw: int = 0) -> None:
        self.cluster.commit(SaveRetention(conversations_days=conversations, files_days=files, raw_days=raw))

    def run(self) -> int:
        self.cluster.clock.advance(timedelta(minutes=6))
        steps = 0
        while self.retention.run():
            steps += 1
        while self.eraser.run():
            pass
        return steps

    def there(self, conversation_id: Id) -> bool:
        return self.cluster.rows().get(Conversation, conversation_id) is not None


@pytest.fixture
def scene(cluster: Cluster) -> Scene:
    return Scene(cluster)


def later(scene: Scene, days: int) -> None:
    scene.cluster.clock.advance(timedelta(days=days))


def test_nothing_goes_before_somebody_decides_so(scene: Scene) -> None:
    later(scene, 1_000)
    assert scene.run() == 0
    assert scene.there(scene.closed)


def test_closed_conversations_go_after_their_time_from_replicas_too(scene: Scene) -> None:
    client = scene.cluster.add_client(ANNA)
    scene.cluster.settle()
    scene.decide(conversations=DAYS)
    later(scene, DAYS - 1)
    scene.run()
    assert scene.there(scene.closed)
    later(scene, 2)
    assert scene.run() == 1
    assert not scene.there(scene.closed)
    assert scene.there(scene.open)
    assert scene.there(scene.held)
    scene.cluster.settle()
    assert client.visible().get(Conversation, scene.closed) is None
    assert not client.visible().query(Message, conversation_id=scene.closed)
    assert "Where is it?" not in json.dumps(
        [row["payload"] for row in scene.cluster.log() if scene.closed in str(row["payload"])]
    )
    checks = verify(scene.cluster.database, TEMPLATES.server_schema, None)
    assert [check.wrong for check in checks] == [()] * 7


def test_files_and_raw_mails_go_alone_and_the_rest_stays(scene: Scene) -> None:
    scene.decide(files=DAYS, raw=DAYS)
    later(scene, DAYS + 1)
    scene.run()
    rows = scene.cluster.rows()
    assert not rows.query(Attachment, conversation_id=scene.closed)
    (message,) = [row for row in rows.query(Message, conversation_id=scene.closed) if row.channel_id]
    assert (message.raw_blob, message.attachment_count, message.text) == (None, 0, "Where is it?")
    (untouched,) = [row for row in rows.query(Message, conversation_id=scene.held) if row.channel_id]
    assert untouched.raw_blob == scene.raw
    assert rows.query(Attachment, conversation_id=scene.open)
    assert scene.blobs.read(scene.file) is not None, "others name it still"


def test_what_was_merged_goes_with_what_it_is_part_of_and_not_before(scene: Scene) -> None:
    old = scene._begins()
    scene.cluster.commit(
        SetStatus(conversation_id=old, status=Status.SOLVED),
        MergeConversations(conversation_id=old, into_id=scene.open),
    )
    scene.decide(conversations=DAYS, files=DAYS)
    later(scene, DAYS + 1)
    scene.run()
    assert scene.there(old)
    assert scene.cluster.rows().query(Attachment, conversation_id=old)
    scene.cluster.commit(SetStatus(conversation_id=scene.open, status=Status.SOLVED))
    later(scene, 1)
    scene.run()
    assert not scene.there(scene.open)
    assert not scene.there(old)


def test_what_has_a_part_that_is_held_for_the_law_stays_whole(scene: Scene) -> None:
    scene.cluster.commit(
        MergeConversations(conversation_id=scene.held, into_id=scene.closed),
        HoldConversation(conversation_id=scene.closed, held=False),
    )
    scene.decide(conversations=DAYS, files=DAYS)
    later(scene, DAYS + 1)
    scene.run()
    assert scene.there(scene.closed)
    assert scene.there(scene.held)
    assert scene.cluster.rows().query(Attachment, conversation_id=scene.held)


def test_files_that_nobody_names_any_more_leave_the_folder(scene: Scene) -> None:
    for conversation in (scene.open, scene.held):
        scene.cluster.commit(SetStatus(conversation_id=conversation, status=Status.SOLVED))
    scene.cluster.commit(HoldConversation(conversation_id=scene.held, held=False))
    scene.decide(conversations=DAYS)
    later(scene, DAYS + 1)
    scene.run()
    assert scene.blobs.read(scene.file) is None
    assert scene.blobs.read(scene.raw) is None


def test_it_goes_in_slices_once_a_day_and_the_log_tells(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "SLICE", 2)
    for _ in range(4):
        scene.cluster.commit(SetStatus(conversation_id=scene._begins(), status=Status.SOLVED))
    scene.decide(conversations=DAYS)
    later(scene, DAYS + 1)
    assert scene.run() == 3
    with scene.cluster.database.read() as connection:
        wanted = AuditFilter(actions=(AuditAction.RETENTION_RAN,))
        entries = scene.cluster.backend.store.audit.page(connection, wanted)
    assert [json.loads(entry.details) for entry in entries] == [
        {"conversations": 1},
        {"conversations": 2},
        {"conversations": 2},
    ]
    scene.cluster.commit(SetStatus(conversation_id=scene.open, status=Status.SOLVED))
    assert scene.run() == 0, "it was done today"
    later(scene, 1)
    assert scene.run() == 1


def test_two_processes_do_not_do_it_both(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "SLICE", 1)
    scene.cluster.commit(SetStatus(conversation_id=scene.open, status=Status.SOLVED))
    scene.decide(conversations=DAYS)
    later(scene, DAYS + 1)
    other = Retention(scene.cluster.backend.store, scene.cluster.clock)
    assert scene.retention.run()
    assert not other.run()
    assert scene.retention.run()


def test_what_would_go_is_counted_before_it_does(scene: Scene) -> None:
    later(scene, DAYS + 1)
    query = RetentionQuery(conversations=DAYS, files=DAYS, raw=DAYS)
    found = scene.server.preview_retention(Asker(ADMIN.id), query)
    assert (found.conversations, found.files, found.raw, found.held) == (1, 1, 2, 1)
    assert found.messages >= 1
    assert scene.there(scene.closed), "counting changes nothing"
    nothing = scene.server.preview_retention(Asker(ADMIN.id), RetentionQuery())
    assert (nothing.conversations, nothing.messages, nothing.files, nothing.raw) == (0, 0, 0, 0)
