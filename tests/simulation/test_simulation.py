"""The command that runs seeded histories: what it prints, and that a broken part is found and made short."""

import pytest

from tests.simulation import main, simulate
from tests.sync.broken import BROKEN


def test_the_last_line_counts_seeds_and_violations(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "2", "--start", "7"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 seeds run, 0 violations"


def test_a_violation_is_told_with_its_seed_and_the_fewest_steps(capsys: pytest.CaptureFixture[str]) -> None:
    parts, first = BROKEN["ForgetsBase"]
    seeds = range(first, first + 1)
    violations = simulate(seeds, parts)
    assert violations == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "1 seeds run, 1 violations"
    told = next(line for line in lines if line.startswith("seed "))
    assert "AssertionError" in told
    steps = lines[lines.index(told) + 1 : -1]
    assert any(line.strip() == "act" for line in steps)
