"""Each kind of operation by each principal, wherever its conversation is, is judged as the table says."""

from collections.abc import Iterator

import pytest

from agent_desktop.domain.access import Actor
from agent_desktop.domain.operations import KINDS
from tests.security.matrix.judging import PLACES, Court
from tests.security.matrix.people import PEOPLE
from tests.security.matrix.tables import Cell, cells

TABLE = cells("operations")
AT_PLACES = [(cell, place) for cell in TABLE for place in PLACES if cell.where in ("any", place)]


@pytest.fixture(scope="module")
def courts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Court]]:
    """A workspace for each place."""
    courts = {place: Court(tmp_path_factory.mktemp(place), place) for place in PLACES}
    yield courts
    for court in courts.values():
        court.cluster.close()


def test_the_table_knows_every_kind_principal_and_place() -> None:
    assert {(cell.what, place, cell.who) for cell, place in AT_PLACES} == {
        (kind.name, place, who) for kind in KINDS for place in PLACES for who in PEOPLE
    }
    assert len(AT_PLACES) == len(KINDS) * len(PLACES) * len(PEOPLE)


@pytest.mark.parametrize(("cell", "place"), AT_PLACES, ids=lambda part: str(part))
def test_it_is_judged_so(courts: dict[str, Court], cell: Cell, place: str) -> None:
    assert courts[place].verdict(PEOPLE[cell.who], cell.what) == cell.expected


def _wrong(courts: dict[str, Court]) -> int:
    return sum(
        courts[place].verdict(PEOPLE[cell.who], cell.what) != cell.expected for cell, place in AT_PLACES
    )


def test_a_judge_who_allows_everything_is_noticed(
    courts: dict[str, Court], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _wrong(courts) == 0
    monkeypatch.setattr(Actor, "may", lambda self, permission, row=None: True)
    assert _wrong(courts) > 200


def test_a_judge_who_sees_everything_is_noticed(
    courts: dict[str, Court], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent_desktop.domain.scopes.sees", lambda held, scope: True)
    assert _wrong(courts) > 50
