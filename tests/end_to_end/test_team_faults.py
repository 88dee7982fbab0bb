"""A team at work behind a line that breaks in every way: once it is healed, everything is there once."""

import sys
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path

import pytest

from tests.end_to_end.fault_proxy import Fault, FaultProxy, fault_proxy
from tests.end_to_end.team_checks import check
from tests.end_to_end.team_scene import Team

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.peer,
    pytest.mark.skipif(sys.platform == "win32", reason="processes are killed at the end"),
]

BROKEN_SECONDS = 0.5
HEALED = 2
"""So many things are done between two faults."""


def test_a_broken_line_loses_and_doubles_nothing(tmp_path: Path, empty_postgres: str) -> None:
    with ExitStack() as stack:
        proxies: list[FaultProxy] = []

        def line(port: int) -> int:
            proxies.append(stack.enter_context(fault_proxy(port, seed=3)))
            return proxies[0].port

        team = Team(tmp_path, empty_postgres, stack, longest_pause=0.2, line=line)
        team.start()
        # How many connections are made in that time depends on the computer; test_faults meets each fault for certain.
        hits = 0
        for number, fault in zip(range(3 * len(Fault)), cycle(Fault), strict=False):
            if number >= len(Fault) and hits >= len(Fault) // 4:
                break
            proxies[0].break_by(fault, rate=0.7)
            team.listen(BROKEN_SECONDS)
            hits += proxies[0].hits
            proxies[0].heal()
            for agent in team.agents:
                # Whoever failed often waits long before trying again; who starts anew does not.
                team.kill_agent(agent)
            team.start()
            team.await_done(HEALED)
        assert hits >= len(Fault) // 4
        team.await_arrival()
        found = check(team)
    assert found["note"] > 0
    assert found["sent"] > 0
