"""Makes a failing plan short within some hundred runs: steps and faults that are not needed are left out."""

from collections.abc import Iterator
from dataclasses import replace

from tests.simulation.parts import Parts
from tests.simulation.plan import Plan
from tests.simulation.run import Outcome, run

MOST_RUNS = 200


def shortest(failed: Outcome, parts: Parts, most_runs: int = MOST_RUNS) -> Outcome:
    """The shortest failing history that was found; it may break another law than the first did."""
    runs = 0
    smaller = True
    while smaller:
        smaller = False
        for plan in _smaller(failed.plan):
            if runs >= most_runs:
                return failed
            runs += 1
            outcome = run(plan, parts)
            if outcome.violation:
                failed, smaller = outcome, True
                break
    return failed


def _smaller(plan: Plan) -> Iterator[Plan]:
    """Plans with less in them, those first that leave out most."""
    steps = plan.steps
    size = len(steps) // 2
    while size >= 1:
        for start in range(0, len(steps), size):
            yield replace(plan, steps=steps[:start] + steps[start + size :])
        size //= 2
    for name in plan.rates:
        yield replace(plan, rates={other: rate for other, rate in plan.rates.items() if other != name})
    for number in plan.older:
        yield replace(plan, older=plan.older - {number})
    if any(plan.skews):
        yield replace(plan, skews=(0.0,) * len(plan.skews))
