"""The simulation holds sync to its laws, tells the same history of the same seed, and notices every known mistake."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.simulation.broken import BROKEN
from tests.simulation.command import main, simulate
from tests.simulation.parts import Parts
from tests.simulation.plan import plan_of
from tests.simulation.run import run
from tests.simulation.shrinking import shortest

SEEDS = 200
BLOCK = 20
"""So many seeds are one test, so that several processes share the work."""
ONCE_BROKEN = {
    1823: "operations that kill the server were searched for so slowly that there was no end",
    3085: "a stream told nothing of what was removed where tombstones had been forgotten",
    4600: "an attempt had no end after the server's clock was set back",
}
"""Seeds that broke a law once, and by what."""
ENOUGH = 150
"""How many histories a mistake may need to show. Most need less than ten."""


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_all_laws_hold(first: int) -> None:
    for seed in range(first, first + BLOCK):
        outcome = run(plan_of(seed), Parts())
        assert not outcome.violation, f"python -m tests.simulation --start {seed} --seeds 1"


@pytest.mark.parametrize("seed", ONCE_BROKEN)
def test_what_broke_a_law_once_does_not_any_more(seed: int) -> None:
    # That was before some programs were older.
    assert not run(replace(plan_of(seed), older=frozenset()), Parts()).violation


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_is_noticed(name: str) -> None:
    parts = BROKEN[name]
    plans = (plan_of(seed, parts.shown_by) for seed in range(ENOUGH))
    assert any(run(plan, parts).violation for plan in plans), "it went unnoticed"


def test_the_same_seed_tells_the_same_history() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--seeds", "1", "--start", "3", "--trace"]
    told = [
        subprocess.run(
            command, env=os.environ | {"PYTHONHASHSEED": salt}, check=True, capture_output=True, text=True
        ).stdout
        for salt in ("1", "2")
    ]
    assert told[0] == told[1]
    assert run(plan_of(3), Parts()).trace_hash in told[0]
    assert run(plan_of(4), Parts()).trace_hash not in told[0]


def test_the_last_line_counts_seeds_and_violations(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "2", "--start", "7"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 seeds, 0 violations"


def test_a_violation_is_told_with_its_seed_and_a_short_history(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate(range(1), BROKEN["ConfirmsOnPush"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("seed 0: Violation: I10")
    assert "steps are needed" in lines[1]
    assert lines[-1] == "1 seeds, 1 violations"


def test_what_is_not_needed_for_a_violation_is_left_out() -> None:
    parts = BROKEN["ConfirmsOnPush"]
    plan = replace(plan_of(1), skews=(0.0,) * 5)
    short = shortest(run(plan, parts), parts)
    assert short.violation
    assert len(short.plan.steps) <= 2
    assert not short.plan.rates
