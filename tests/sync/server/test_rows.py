"""Rows of a write transaction are those of a dict, whatever is taken back, and end up in the database so."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_desktop.domain.changes import Origin
from agent_desktop.domain.workspace import Team
from agent_desktop.store.database import Statements
from agent_desktop.store.rows import SqlRows
from sync.server.database import ANY_VERSION
from sync.server.opening import open_database
from sync.server.rows import VersionedRows
from sync.server.schema import ServerSchema
from tests.factories import make_team
from tests.fakes import DictRows

SCHEMA = ServerSchema()
IDS, NAMES = tuple("abcd"), ("Returns", "Night's shift ☾")
BEFORE = [make_team(id="a", name=NAMES[0], ver=3), make_team(id="b", name=NAMES[1], private=True, ver=3)]

Begin = Callable[[], AbstractContextManager[Statements]]
Step = tuple[str, str, str]
steps = st.lists(
    st.tuples(
        st.sampled_from(["put", "delete", "get", "expect"]), st.sampled_from(IDS), st.sampled_from(NAMES)
    )
)


class Failure(Exception):
    """An attempt comes to nothing."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def begin(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Begin]:
    """Begins a transaction of version 7 on a database that holds BEFORE."""
    address = f"sqlite:///{tmp_path / 'server.db'}"
    if request.param == "postgresql":
        address = cast("str", request.getfixturevalue("postgres"))
    database = open_database(address, SCHEMA)

    @contextmanager
    def transaction() -> Iterator[Statements]:
        with database.write() as connection:
            database.begin_version(connection, ANY_VERSION)
            connection.execute(SCHEMA.tables[Team].empty_sql)
            for row in BEFORE:
                SqlRows(connection, SCHEMA.tables).put(row)
            database.begin_version(connection, "7")
            yield connection

    yield transaction
    database.close()


def run(rows: VersionedRows, model: DictRows, steps: list[Step]) -> None:
    for step, row_id, name in steps:
        if step == "put":
            row = make_team(id=row_id, name=name, private=name == NAMES[0])
            rows.put(row)
            model.put(replace(row, ver=7))
        elif step == "delete":
            rows.delete(Team, row_id)
            model.delete(Team, row_id)
        elif step == "expect":
            rows.expect(Team, [row_id, *IDS[:2]])
        assert rows.get(Team, row_id) == model.get(Team, row_id)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at_once=st.booleans(), attempts=st.lists(st.tuples(steps, st.booleans()), max_size=5))
def test_rows_are_those_of_a_dict(
    begin: Begin, at_once: bool, attempts: list[tuple[list[Step], bool]]
) -> None:
    with begin() as connection:
        rows, model = VersionedRows(connection, SCHEMA.tables, 7), DictRows(*BEFORE)
        rows.at_once = at_once
        for steps, fails in attempts:
            tried = model.copy()
            try:
                with rows.attempt():
                    run(rows, tried, steps)
                    if fails:
                        raise Failure
            except Failure:
                continue
            finally:
                model = model if fails else tried
            for name in NAMES:
                assert rows.query(Team, name=name) == model.query(Team, name=name)
        rows.write()
        assert SqlRows(connection, SCHEMA.tables).query(Team) == model.query(Team)
        was: dict[str, Team | None] = {row.id: row for row in BEFORE}
        for change in rows.changes(Origin.REMOTE).changes:
            assert (change.old, change.new) == (was.get(change.id), model.get(Team, change.id))
            was[change.id] = cast("Team | None", change.new)
        assert [row for _, row in sorted(was.items()) if row] == model.query(Team)


def test_what_the_database_does_not_take_is_taken_back_alone(begin: Begin) -> None:
    with begin() as connection:
        rows = VersionedRows(connection, SCHEMA.tables, 7)
        rows.at_once = True
        with rows.attempt():
            rows.put(make_team(id="c"))
        with pytest.raises(Exception, match="surrogates"), rows.attempt():
            rows.put(make_team(id="a", name="half \ud800"))
        assert rows.get(Team, "a") == BEFORE[0]
        rows.write()
        assert [row.id for row in SqlRows(connection, SCHEMA.tables).query(Team)] == ["a", "b", "c"]
