"""However rows come, the replica is the same: one by one, in bulk, with or without something that waits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain.conversation import Conversation, Priority
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.operations.conversation import SetPriority
from agent_desktop.store.client import ClientFiles, open_client_files
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.mapping import TOGETHER
from agent_desktop.store.replica import Delta, Replica
from agent_desktop.store.row_file import row_file
from tests.factories import an_id, make_conversation

AT = datetime(2026, 3, 1, tzinfo=UTC)
KNOWN = 5
"""So many conversations may have been there before, be changed by the user, and come again."""


def conversation(number: int, ver: int) -> Conversation:
    return replace(make_conversation(), id=an_id(f"c{number}"), number=number, subject=f"at {ver}", ver=ver)


def delta(files: ClientFiles, numbers: Sequence[int], removed: Sequence[int], ver: int) -> Delta:
    mapping = files.replica_schema.tables[Conversation]
    rows = [mapping.values(conversation(number, ver)) for number in numbers]
    return Delta(
        epoch="e",
        cursor=ver,
        ack=0,
        rows={Conversation.table: (mapping.columns, rows)},
        removed={Conversation.table: [an_id(f"c{number}") for number in removed]},
    )


def shown(files: ClientFiles) -> dict[str, list[Any]]:
    return {
        table: files.replica.query(sql)
        for table, sql in {
            "visible": f"{files.replica_schema.tables[Conversation].select_all_sql} ORDER BY id",
            "confirmed": "SELECT * FROM base ORDER BY entity, id",
            "facets": "SELECT facet FROM conversation_facet ORDER BY facet",
        }.items()
    }


def urgent(number: int) -> Operation:
    payload = SetPriority(conversation_id=an_id(f"c{number}"), priority=Priority.URGENT)
    return Operation(id=an_id(f"o{number}"), payload=payload, created_at=AT)


def in_a_file(given: Delta) -> Delta:
    return replace(given, rows={}, row_file=row_file(given.rows))


def run(
    bulk: int, first: Delta, touched: set[int], second: Delta, user_id: Id, key: DataKey | None = None
) -> dict[str, list[Any]]:
    with TemporaryDirectory() as name:
        files = open_client_files(Path(name) / "work.db", Path(name) / "replica.db", key)
        try:
            replica = Replica(files.replica, files.replica_schema, files.outbox, user_id)
            replica.bulk = bulk
            replica.receive(first)
            replica.perform_each([urgent(number) for number in sorted(touched)])
            changes = replica.receive(second)
            assert changes.bulk == (bool(second.row_file) or second.size > bulk)
            return shown(files)
        finally:
            files.close()


numbers = st.integers(1, KNOWN)


@settings(max_examples=15)
@given(st.sets(numbers), st.sets(numbers), st.sets(numbers), st.sets(numbers))
def test_rows_in_bulk_are_as_rows_one_by_one(
    known: set[int], touched: set[int], again: set[int], removed: set[int]
) -> None:
    with TemporaryDirectory() as name:
        files = open_client_files(Path(name) / "work.db", Path(name) / "replica.db")
        first = delta(files, sorted(known), (), 1)
        many = range(KNOWN + 1, KNOWN + TOGETHER + 3)
        second = delta(files, [*sorted(again), *many], sorted(removed - again), 2)
        files.close()
    user_id = an_id("user")
    expected = run(10_000, first, touched, second, user_id)
    assert run(10, first, touched, second, user_id) == expected
    assert run(10_000, first, touched, in_a_file(second), user_id) == expected


def test_a_file_of_rows_comes_into_an_encrypted_replica() -> None:
    files_key = DataKey(bytes(range(32)))
    with TemporaryDirectory() as name:
        files = open_client_files(Path(name) / "work.db", Path(name) / "replica.db")
        first, second = delta(files, [1, 2, 3], (), 1), delta(files, range(1, 9), (), 2)
        files.close()
    user_id = an_id("user")
    assert run(4, in_a_file(first), {1}, in_a_file(second), user_id, files_key) == run(
        4, first, {1}, second, user_id
    )
