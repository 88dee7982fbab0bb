"""The laws of sync over as many seeded histories as there is time for: `python -m tests.simulation --seeds 1000`.

The clients, the server and the files are real; the network, the clock and the crashes are not.
"""

import argparse
import random
from collections.abc import Sequence

from tests.sync.cluster import Parts
from tests.sync.histories import play

STEPS = 60
"""How many steps a history has at most."""


def violation(seed: int, parts: Parts, stop_after: int | None = None) -> tuple[str, list[str]] | None:
    """What a history broke, and its steps; None when all laws held."""
    lines: list[str] = []
    try:
        play(random.Random(seed).choice, parts, lines.append, STEPS, stop_after)
    except Exception as error:  # noqa: BLE001 - whatever stops a history is what is looked for
        return f"{type(error).__name__}: {error}".splitlines()[0], lines
    return None


def shortest(seed: int, parts: Parts) -> tuple[str, list[str]]:
    """The fewest first steps of a failing history that fail, too."""
    for steps in range(STEPS):
        found = violation(seed, parts, steps)
        if found is not None:
            return found
    raise AssertionError("it does not fail any more: something in it does not follow from the seed")


def simulate(seeds: range, parts: Parts) -> int:
    """Run histories and say what they broke; how many did."""
    violations = 0
    for seed in seeds:
        if violation(seed, parts) is not None:
            violations += 1
            words, lines = shortest(seed, parts)
            print(f"seed {seed}: {words}", *lines, sep="\n  ")
    print(f"{len(seeds)} seeds run, {violations} violations")
    return violations


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 1 when a law was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, metavar="N", help="how many histories")
    parser.add_argument("--start", type=int, default=0, metavar="S", help="the first seed")
    options = parser.parse_args(arguments)
    return min(1, simulate(range(options.start, options.start + options.seeds), Parts()))
