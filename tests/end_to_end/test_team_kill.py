"""`kill -9` of clients and servers of a team at any moment: nothing acknowledged is lost, nothing is there twice."""

import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.end_to_end.team_checks import check
from tests.end_to_end.team_kill import Strikes
from tests.end_to_end.team_scene import Team

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.peer,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9"),
]

KILLS = 100


def test_nothing_is_lost_or_doubled(tmp_path: Path, empty_postgres: str) -> None:
    with ExitStack() as stack:
        team = Team(tmp_path, empty_postgres, stack)
        strikes = Strikes(team, seed=1)
        strikes.until(KILLS)
        found = check(team)
    assert min(strikes.clients, strikes.servers) >= KILLS
    # The kills are worth something only if they came between things that were done.
    assert found["reply"] > KILLS // 4
    assert found["note"] > KILLS // 8
    assert found["sent"] > KILLS // 8
    assert found["held"] > 0
