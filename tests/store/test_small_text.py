"""Small columns are indexed as they change, and after a first sync in blocks; the index never disagrees with them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.store import full_text, small_text
from agent_desktop.store.client import ClientFiles, open_client_files
from tests.factories import make_customer


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClientFiles]:
    folder = tmp_path_factory.mktemp("small")
    files = open_client_files(folder / "work.db", folder / "replica.db")
    yield files
    files.close()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "rename", "delete", "begin anew", "index a block"]),
        st.integers(0, 5),
        st.sampled_from(["Karl", "Karla", "Zoë"]),
    ),
    max_size=25,
)


@given(STEPS)
def test_the_index_holds_what_the_rows_say(files: ClientFiles, steps: list[tuple[str, int, str]]) -> None:
    mapping = files.replica_schema.tables[type(make_customer())]
    with files.replica.write() as connection:
        full_text.begin_anew(connection)
        connection.execute("DELETE FROM customer")
        small_text.rebuild(connection)

        def put(number: int, name: str) -> None:
            row = make_customer(id=f"{number:032x}", name=name)
            connection.execute(mapping.upsert_sql, mapping.values(row))

        def begin_anew(number: int, name: str) -> None:
            full_text.begin_anew(connection)

        acts: dict[str, Callable[[int, str], object]] = {
            "put": put,
            "rename": lambda number, name: connection.execute(
                "UPDATE customer SET name = ? WHERE id = ?", (name, f"{number:032x}")
            ),
            "delete": lambda number, name: connection.execute(mapping.delete_sql, (f"{number:032x}",)),
            "begin anew": begin_anew,
            "index a block": lambda number, name: small_text.index_small_block(connection),
        }
        for step, number, name in steps:
            acts[step](number, name)
        while small_text.index_small_block(connection):
            pass
        connection.execute("INSERT INTO customer_text(customer_text, rank) VALUES ('integrity-check', 1)")
        found = {
            row[0] for row in connection.execute("SELECT rowid FROM customer_text WHERE name MATCH 'karl'")
        }
        there = {row[0] for row in connection.execute("SELECT pk FROM customer WHERE name = 'Karl'")}
        assert found == there


def test_nothing_is_left_to_index_in_a_new_file(tmp_path: Path) -> None:
    files = open_client_files(tmp_path / "work.db", tmp_path / "replica.db")
    with files.replica.write() as connection:
        assert not full_text.index_block(connection)
    files.close()
