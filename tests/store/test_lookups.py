"""Reads for import and export see every row once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.domain.customer import Customer
from agent_desktop.domain.message import Message
from agent_desktop.store.client import open_client_files
from agent_desktop.store.lookups import Lookups
from agent_desktop.store.rows import SqlRows
from tests.factories import an_id, make_customer, make_message

ROWS = 1_203


@pytest.fixture
def lookups(tmp_path: Path) -> Iterator[Lookups]:
    """A replica with more customers than are read at once."""
    files = open_client_files(tmp_path / "work.db", tmp_path / "replica.db")
    with files.replica.write() as connection:
        rows = SqlRows(connection, files.replica_schema.tables)
        for number in range(ROWS):
            rows.put(make_customer(name=f"Customer {number}"))
        rows.put(make_message())
    yield Lookups(files.replica, files.replica_schema)
    files.close()


def test_blocks_hold_every_row_once_in_the_order_they_came(lookups: Lookups) -> None:
    names = [row.name for block in lookups.blocks(Customer) for row in block]
    assert names == [f"Customer {number}" for number in range(ROWS)]
    assert lookups.count(Customer) == ROWS


def test_known_tells_which_of_many_ids_are_there(lookups: Lookups) -> None:
    there = [an_id(f"customer Customer {number}") for number in range(ROWS)]
    assert lookups.known(Customer, [*there, an_id("nobody")]) == set(there)
    assert lookups.known(Message, there) == set()


def test_rows_by_the_value_of_a_column(lookups: Lookups) -> None:
    names = [f"Customer {number}" for number in range(0, ROWS, 2)]
    assert {row.name for row in lookups.where(Customer, "name", names)} == set(names)
    assert lookups.get(Customer, an_id("customer Customer 7")) == make_customer(name="Customer 7")
    assert lookups.get(Customer, an_id("nobody")) is None
