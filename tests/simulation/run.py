"""Runs the history of one seed: what it broke, and its trace."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.simulation.history import History
from tests.simulation.parts import Parts
from tests.simulation.plan import Plan


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a history ended. `violation` is empty when all laws held."""

    plan: Plan
    violation: str
    trace: tuple[str, ...]
    trace_hash: str
    checks: int
    """How often a client was held to the laws."""


def run(plan: Plan, parts: Parts) -> Outcome:
    """Play a plan; whatever stops it is what is looked for."""
    history = History(plan, parts)
    violation = ""
    with _quiet():
        try:
            history.play()
        except Exception as error:  # noqa: BLE001 - whatever stops a history is what is looked for
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = "" if isinstance(error, AssertionError) else f" ({where.filename}:{where.lineno})"
            violation = f"{type(error).__name__}: {error}{place}"
            history.world.note(violation)
        finally:
            history.server.close()
    world = history.world
    return Outcome(plan, violation, tuple(world.lines), world.trace_hash, history.oracle.checks)


@contextmanager
def _quiet() -> Iterator[None]:
    """What the program writes into its log about faults is not looked at."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
