"""The command `python -m tests.simulation`: many histories, and the shortest found for each that breaks a law."""

import argparse
import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.simulation.broken import BROKEN
from tests.simulation.parts import Parts
from tests.simulation.plan import plan_of
from tests.simulation.run import run
from tests.simulation.shrinking import shortest

PROGRESS = 500
"""After so many seeds it is said how far it is."""


def simulate(seeds: range, parts: Parts, *, trace: bool = False) -> int:
    """Play the histories of these seeds and say what they broke; how many did."""
    violations = checks = 0
    for number, seed in enumerate(seeds, 1):
        with _uncollected():
            outcome = run(plan_of(seed, parts.shown_by), parts)
        checks += outcome.checks
        if trace:
            print(*outcome.trace, f"seed {seed}: {outcome.trace_hash}", sep="\n", flush=True)
        if outcome.violation:
            violations += 1
            print(f"seed {seed}: {outcome.violation}", flush=True)
            short = shortest(outcome, parts)
            steps = f"{len(short.plan.steps)} of {len(outcome.plan.steps)} steps"
            faults = ", ".join(short.plan.rates) or "none"
            print(f"  {steps} are needed, and faults: {faults}", *short.trace, sep="\n    ", flush=True)
        if number % PROGRESS == 0 and number < len(seeds):
            print(f"... {number} seeds, {violations} violations, {checks} checks", flush=True)
    print(f"{len(seeds)} seeds, {violations} violations")
    return violations


@contextmanager
def _uncollected() -> Iterator[None]:
    """Cycles are looked for after a history, not again and again in it, which takes a seventh of the time."""
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.collect()  # what was there before the history stays frozen: it stays for the session
        gc.enable()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 1 when a law was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, metavar="N", help="how many histories")
    parser.add_argument("--start", type=int, default=0, metavar="S", help="the first seed")
    parser.add_argument(
        "--broken", choices=sorted(BROKEN), metavar="NAME", help="make this mistake on purpose"
    )
    parser.add_argument("--trace", action="store_true", help="say everything that happens")
    options = parser.parse_args(arguments)
    parts = BROKEN[options.broken] if options.broken else Parts()
    seeds = range(options.start, options.start + options.seeds)
    return min(1, simulate(seeds, parts, trace=options.trace))
