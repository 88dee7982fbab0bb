"""What a customer has written is looked for before the write lock is taken, and what came since under it."""

import pytest

from agent_desktop.domain.erasing import ERASED
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations.customer import MergeCustomers
from agent_desktop.domain.operations.message import ReceiveMessage
from agent_desktop.store.rows import SqlRows
from sync.server.written import Written
from tests.factories import make_channel
from tests.sync.server.test_erasing import BESIDE, ME, SENTINEL, Scene, scene

__all__ = ["scene"]


def writes(scene: Scene, conversation_id: Id, customer_id: Id) -> None:
    """This customer writes in this conversation, whosever it is."""
    assert scene.cluster.commit(
        ReceiveMessage(
            conversation_id=conversation_id,
            message_id=scene.cluster.ids.new(),
            customer_id=customer_id,
            channel_id=make_channel().id,
            text=f"Also {SENTINEL}",
            sent_at=scene.cluster.clock.now(),
        )
    )


def test_nobody_waits_while_all_messages_are_looked_through(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are before the lock is taken: under it, rows are not asked who wrote them."""

    def ask(*_: object) -> list[Message]:
        raise AssertionError("all messages were looked through under the lock")

    writes(scene, scene.beside, scene.customer)
    for module in ("agent_desktop.domain.erasing", "sync.server.written"):
        monkeypatch.setattr(f"{module}.written_by", ask)
    assert scene.server.preview_erasure(ME, scene.customer).messages == 2
    assert scene.server.customer_data(ME, scene.customer, notes=False)
    scene.erase()
    assert [row.text for row in scene.cluster.rows().query(Message, author_id=scene.customer)] == [ERASED] * 2


def test_what_was_written_since_it_was_looked_for_goes_too(scene: Scene) -> None:
    cluster = scene.cluster
    with cluster.database.snapshot() as sql:
        rows = SqlRows(sql, cluster.backend.store.schema.tables)
        written = Written.look(sql, rows, scene.customer)
    somebody, _ = scene.begins("somebody")
    writes(scene, scene.beside, scene.customer)
    writes(scene, scene.beside, somebody)
    assert cluster.commit(MergeCustomers(customer_id=scene.customer, merged_id=somebody))
    with cluster.backend.store.transaction() as transaction:
        done = scene.eraser.erase(transaction, scene.customer, None, written)
    assert done.messages == 4
    texts = {row.author_id: row.text for row in cluster.rows().query(Message, conversation_id=scene.beside)}
    assert texts == {scene.other: f"My {BESIDE} is broken", scene.customer: ERASED, somebody: ERASED}
