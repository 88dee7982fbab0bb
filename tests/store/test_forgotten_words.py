"""The words of a few rows that leave are taken out of encrypted indexes with them, not only marked as deleted."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Message
from agent_desktop.domain.rows import Entity
from agent_desktop.store import full_text
from agent_desktop.store.client import ClientFiles, open_client_files
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.replica import Delta, Replica
from tests.factories import an_id, make_conversation, make_message

WORD = "quixotic"


@pytest.fixture
def files(tmp_path: Path) -> Iterator[ClientFiles]:
    files = open_client_files(tmp_path / "work.db", tmp_path / "replica.db", DataKey(bytes(range(32))))
    yield files
    files.close()


def come(replica: Replica, *rows: Entity) -> None:
    content = {}
    for entity in (Conversation, Message):
        mapping = replica.schema.tables[entity]
        content[entity.table] = mapping.columns, [mapping.values(row) for row in rows if type(row) is entity]
    replica.receive(Delta(epoch="e", cursor=1, ack=0, rows=content))


def leave(replica: Replica, *rows: Entity) -> None:
    removed: dict[str, list[Id]] = {}
    for row in rows:
        removed.setdefault(row.table, []).append(row.id)
    replica.receive(Delta(epoch="e", cursor=2, ack=0, removed=removed))


def kept(files: ClientFiles, index: str) -> bool:
    """Whether the word stands in any byte of an index."""
    blocks = files.replica.query(f"SELECT block FROM {index}_data")
    return any(WORD.encode() in block for (block,) in blocks)


def message(number: int, text: str) -> Message:
    return replace(make_message(), id=an_id(f"m{number}"), text=text)


def found(files: ClientFiles, word: str) -> int:
    sql = "SELECT count(*) FROM message_text WHERE message_text MATCH ?"
    return int(files.replica.query(sql, (word,))[0][0])


def test_its_words_go_with_a_conversation(files: ClientFiles) -> None:
    replica = Replica(files.replica, files.replica_schema, files.outbox, an_id("user"))
    gone = (
        replace(make_conversation(), id=an_id("gone"), subject=f"Very {WORD}"),
        *(message(number, f"So {WORD} it is {number}") for number in range(3)),
    )
    stays = message(9, "It is what it was")
    come(replica, *gone, stays)
    assert (kept(files, "message_text"), kept(files, "conversation_text")) == (True, True)
    leave(replica, *gone)
    assert (kept(files, "message_text"), kept(files, "conversation_text")) == (False, False)
    assert (found(files, WORD), found(files, "what")) == (0, 1)
    files.replica.query("INSERT INTO message_text(message_text, rank) VALUES ('integrity-check', 1)")


def test_many_are_only_marked_as_deleted(files: ClientFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's change waits for so long; and after few have gone, many are deleted as fast as ever."""
    monkeypatch.setattr(full_text, "FEW", 2)
    replica = Replica(files.replica, files.replica_schema, files.outbox, an_id("user"))
    many = [message(number, f"So {WORD} it is") for number in range(4)]
    come(replica, *many)
    leave(replica, many[0])
    leave(replica, *many[1:])
    assert kept(files, "message_text")
    assert found(files, WORD) == 0
