"""Kills the clients and the servers of a team at random moments, and looks what is left.

`python -m tests.end_to_end.team_kill --kills 1000` does so a thousand times each.
"""

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random

from tests.end_to_end.team_checks import check
from tests.end_to_end.team_scene import Team
from tests.postgres import PostgresServer

SHORTEST_ROUND, LONGEST_ROUND = 0.02, 0.8
"""Seconds between two strikes."""


class Strikes:
    """Kills one or several, at random moments, and starts them again at once."""

    def __init__(self, team: Team, seed: int) -> None:
        self._team = team
        self._random = Random(seed)
        self.clients = self.servers = 0

    def until(self, kills: int) -> None:
        """Go on until so many clients, and so many servers, were killed."""
        team = self._team
        team.start()
        while self.clients < kills or self.servers < kills:
            # However slow this computer is, a kill comes between things that are done.
            team.await_done(2)
            team.listen(self._random.uniform(SHORTEST_ROUND, LONGEST_ROUND))
            self._strike(self.clients < kills, self.servers < kills)
            team.start()

    def _strike(self, clients: bool, servers: bool) -> None:
        team = self._team
        agents = [agent for agent in team.agents if clients and self._random.random() < 0.6]
        numbers = [number for number in range(2) if servers and self._random.random() < 0.6]
        for agent in agents:
            team.kill_agent(agent)
        for number in numbers:
            team.kill_server(number)
        self.clients += len(agents)
        self.servers += len(numbers)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it as a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.ERROR)
    started = time.monotonic()
    cluster = PostgresServer()
    try:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            team = Team(Path(folder), cluster.new_schema(), stack)
            strikes = Strikes(team, options.seed)
            strikes.until(options.kills)
            found = check(team)
    finally:
        cluster.remove()
    seconds = time.monotonic() - started
    print(f"{strikes.clients} clients and {strikes.servers} servers killed in {seconds:.0f} s: {dict(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
