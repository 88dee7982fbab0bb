"""The clock of an agent's computer jumps by years while it works: nothing is lost, doubled, or stops."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.end_to_end.team_checks import check
from tests.end_to_end.team_scene import Agent, Team

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.peer,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libfaketime is for Linux"),
    pytest.mark.skipif(shutil.which("faketime") is None, reason="faketime is not installed"),
]

JUMPS = ("+365d", "-365d", "+0", "-20y", "+3650d")


def preloaded() -> str:
    """What `faketime` puts before a program."""
    said = subprocess.run(
        ["faketime", "-f", "+0", "printenv", "LD_PRELOAD"], capture_output=True, text=True, check=True
    )
    return said.stdout.strip()


class Clock:
    """The clock of one computer, which others than its own programs do not see."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.jump("+0")

    def jump(self, by: str) -> None:
        self.file.with_suffix(".new").write_text(by)
        self.file.with_suffix(".new").replace(self.file)

    @contextmanager
    def told(self) -> Iterator[None]:
        """What is started meanwhile goes by this clock."""
        environment = {
            "LD_PRELOAD": preloaded(),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
        with patch.dict(os.environ, environment):
            yield


def years_of(agent: Agent) -> set[int]:
    """In which years of their own clock somebody did something: ids begin with the time of their making."""
    milliseconds = (uuid.UUID(operation_id).int >> 80 for operation_id in agent.done)
    return {datetime.fromtimestamp(each / 1_000, UTC).year for each in milliseconds}


def test_a_clock_that_jumps_by_years_stops_and_loses_nothing(tmp_path: Path, empty_postgres: str) -> None:
    with ExitStack() as stack:
        team = Team(tmp_path, empty_postgres, stack, longest_pause=0.2)
        anna, ben = team.agents
        clock = Clock(tmp_path / "clock")
        with clock.told():
            team.start_agent(anna, spawned=True)
        team.start_agent(ben)
        for jump in JUMPS:
            clock.jump(jump)
            team.await_done(20)
            team.await_each()
            team.await_arrival()
        found = check(team)
    # Ids never go back, so only jumps ahead are seen in them.
    assert max(years_of(anna)) - min(years_of(ben)) >= 9
    assert max(years_of(ben)) - min(years_of(ben)) <= 1
    assert found["note"] > 0
    assert found["sent"] > 0
