"""PostgreSQL ends under a team at work, in order or not, and comes back: everything goes on by itself."""

import signal
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.end_to_end.team_checks import check
from tests.end_to_end.team_scene import Team
from tests.postgres import PostgresServer

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.peer,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9"),
]

ENOUGH = 15
"""So many things are done before PostgreSQL ends, and while it is away."""


def test_service_goes_on_when_postgresql_was_away(
    tmp_path: Path, postgres_server: PostgresServer, empty_postgres: str
) -> None:
    with ExitStack() as stack:
        team = Team(tmp_path, empty_postgres, stack, longest_pause=0.2)
        team.start()
        team.await_every_server()
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            team.await_done(ENOUGH)
            postgres_server.stop(how)
            try:
                team.await_done(ENOUGH)
            finally:
                postgres_server.start()
            team.await_arrival()
            assert all(server.is_alive() for server in team.servers)
        found = check(team)
    assert found["reply"] > 0
    assert found["sent"] > 0
