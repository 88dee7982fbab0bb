"""What was indexed in many blocks is merged in steps, into one part that says the same."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.customer import Customer
from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.services.sync_status import SyncState
from agent_desktop.store import full_text, index_parts, small_text
from agent_desktop.store.client import ClientFiles, open_client_files
from agent_desktop.store.database import Statements
from agent_desktop.store.replica import Replica
from tests.desk_fixture import Office
from tests.factories import make_customer, make_message

WORDS = ("refund", "kettle", "Zoë")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClientFiles]:
    folder = tmp_path_factory.mktemp("merging")
    files = open_client_files(folder / "work.db", folder / "replica.db")
    yield files
    files.close()


@pytest.fixture
def statements(files: ClientFiles) -> Iterator[Statements]:
    """A transaction in which there are neither messages nor an index of them."""
    with files.replica.write() as connection:
        begin(connection)
        yield connection


def begin(connection: Statements) -> None:
    full_text.begin_anew(connection)
    connection.execute("DELETE FROM message")


def put(files: ClientFiles, connection: Statements, number: int, text: str) -> None:
    mapping = files.replica_schema.tables[type(make_message())]
    row = make_message(id=f"{number:032x}", text=text)
    connection.execute(mapping.upsert_sql, mapping.values(row))


def put_many(files: ClientFiles, connection: Statements, first: int, count: int) -> None:
    for number in range(first, first + count):
        put(files, connection, number, " ".join(f"word{number * 7 + other}" for other in range(60)))


def parts(connection: Statements) -> int:
    return int(connection.execute("SELECT count(DISTINCT segid) FROM message_text_idx").fetchone()[0])


def index_in_blocks(connection: Statements) -> None:
    with patch.object(full_text, "BLOCK", 5):
        while full_text.index_block(connection):
            pass


def steps_until_merged(connection: Statements) -> int:
    steps = 0
    with patch.object(index_parts, "PAGES", 1):
        while full_text.merge_step(connection):
            steps += 1
    return steps


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "delete", "begin anew", "index new", "index a block", "merge"]),
        st.integers(0, 12),
        st.sampled_from(WORDS),
    ),
    max_size=40,
)


@given(STEPS)
def test_the_index_holds_what_the_messages_say(files: ClientFiles, steps: list[tuple[str, int, str]]) -> None:
    mapping = files.replica_schema.tables[type(make_message())]
    with (
        files.replica.write() as connection,
        patch.object(full_text, "BLOCK", 2),
        patch.object(index_parts, "PAGES", 1),
    ):
        begin(connection)
        acts: dict[str, Callable[[int, str], object]] = {
            "put": lambda number, word: put(files, connection, number, word),
            "delete": lambda number, word: connection.execute(mapping.delete_sql, (f"{number:032x}",)),
            "begin anew": lambda number, word: full_text.begin_anew(connection),
            "index new": lambda number, word: full_text.index_new(connection),
            "index a block": lambda number, word: full_text.index_block(connection),
            "merge": lambda number, word: full_text.merge_step(connection),
        }
        for step, number, word in steps:
            acts[step](number, word)
        while full_text.index_block(connection) or full_text.merge_step(connection):
            pass
        connection.execute("INSERT INTO message_text(message_text, rank) VALUES ('integrity-check', 1)")
        for word in WORDS:
            sql = "SELECT rowid FROM message_text WHERE text MATCH ?"
            found = {row[0] for row in connection.execute(sql, (word,))}
            there = {row[0] for row in connection.execute("SELECT pk FROM message WHERE text = ?", (word,))}
            assert found == there


def test_what_came_in_blocks_is_one_part_in_the_end(files: ClientFiles, statements: Statements) -> None:
    put_many(files, statements, 0, 60)
    index_in_blocks(statements)
    assert parts(statements) > 2
    assert steps_until_merged(statements) > 1
    assert parts(statements) == 1
    assert not full_text.merge_step(statements)


def test_little_that_came_is_left_until_it_is_worth_it(files: ClientFiles, statements: Statements) -> None:
    put_many(files, statements, 0, 60)
    index_in_blocks(statements)
    steps_until_merged(statements)
    put_many(files, statements, 60, 5)
    index_in_blocks(statements)
    assert parts(statements) == 2
    assert not full_text.merge_step(statements)
    assert parts(statements) == 2
    put_many(files, statements, 65, 5)
    index_in_blocks(statements)
    steps_until_merged(statements)
    assert parts(statements) == 1


def test_messages_one_by_one_are_left_to_sqlite(files: ClientFiles, statements: Statements) -> None:
    for number in range(3):
        put_many(files, statements, number, 1)
        full_text.index_new(statements)
    assert parts(statements) == 3
    assert not full_text.merge_step(statements)
    assert parts(statements) == 3


def test_merging_ends_while_messages_come(files: ClientFiles, statements: Statements) -> None:
    put_many(files, statements, 0, 300)
    index_in_blocks(statements)
    alone = steps_until_merged(statements)
    begin(statements)
    put_many(files, statements, 0, 300)
    index_in_blocks(statements)
    with patch.object(index_parts, "PAGES", 1):
        for come in range(alone * 5):
            put_many(files, statements, 300 + come, 1)
            full_text.index_new(statements)
            if not full_text.merge_step(statements):
                break
        else:
            pytest.fail("there is no end")
    assert alone > 10
    assert parts(statements) < 6


def test_merging_goes_on_after_the_program_ended(tmp_path: Path) -> None:
    files = open_client_files(tmp_path / "work.db", tmp_path / "replica.db")
    with files.replica.write() as connection:
        put_many(files, connection, 0, 60)
        index_in_blocks(connection)
    with files.replica.write() as connection, patch.object(index_parts, "PAGES", 1):
        assert full_text.merge_step(connection)
        assert parts(connection) > 1
    files.close()
    files = open_client_files(tmp_path / "work.db", tmp_path / "replica.db")
    with files.replica.write() as connection:
        put_many(files, connection, 60, 3)
        full_text.index_new(connection)
        merging = parts(connection)
        steps_until_merged(connection)
        connection.execute("INSERT INTO message_text(message_text, rank) VALUES ('integrity-check', 1)")
        assert connection.execute("SELECT count(*) FROM message_text('word300')").fetchone()[0] > 0
        assert parts(connection) <= 2 < merging
    files.close()


def test_names_are_merged_like_messages(files: ClientFiles, statements: Statements) -> None:
    mapping = files.replica_schema.tables[Customer]
    with patch.object(small_text, "BLOCK", 5):
        for number in range(30):
            row = make_customer(id=f"{number:032x}", name=f"Name{number} " * 40)
            statements.execute(mapping.upsert_sql, mapping.values(row))
        while small_text.index_small_block(statements):
            pass
    count = "SELECT count(DISTINCT segid) FROM customer_text_idx"
    assert statements.execute(count).fetchone()[0] > 1
    steps_until_merged(statements)
    assert statements.execute(count).fetchone()[0] == 1
    statements.execute("INSERT INTO customer_text(customer_text, rank) VALUES ('integrity-check', 1)")


def test_the_parts_are_merged_in_the_background(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, conversation_id = office.desk, office.world.customer_writes("Anna Berg", "Old", "first words")
    monkeypatch.setattr(full_text, "AT_ONCE", 3)
    monkeypatch.setattr(full_text, "BLOCK", 4)
    notes = [
        AddNote(conversation_id=conversation_id, message_id=office.world.ids.new(), text=f"archived {number}")
        for number in range(20)
    ]
    office.server.backend.store.commit(notes)
    desk.sync.exchange()
    assert desk.search.search("archived").covers
    merged, step = threading.Event(), Replica.merge_step

    def watched(replica: Replica) -> bool:
        more = step(replica)
        if not more:
            merged.set()
        return more

    monkeypatch.setattr(Replica, "merge_step", watched)
    desk.sync.start()
    assert merged.wait(60)
    with desk.replica.database.read() as connection:
        assert parts(connection) == 1
    assert desk.search.search("archived").covers == ""
    assert desk.search.search("archived").hits


def test_no_room_for_merging_is_no_reason_to_be_offline(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, tried = office.desk, threading.Event()
    desk.sync.exchange()

    def no_room(replica: Replica) -> bool:
        tried.set()
        raise StoreError("The disk is full.")

    monkeypatch.setattr(Replica, "merge_step", no_room)
    desk.sync.start()
    assert tried.wait(60)
    desk.sync.stop()
    assert (desk.sync.status.state, desk.sync.status.problem) == (SyncState.IN_SYNC, "")
