"""A history before it happens: what people do at which moment, and which faults there are. All follows from a seed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from random import Random

FAULTS: Mapping[str, tuple[float, float]] = {
    "request lost": (0.02, 0.25),
    "answer lost": (0.02, 0.25),
    "doubled": (0.02, 0.25),
    "slow": (0.02, 0.3),
    "event lost": (0.05, 0.5),
    "event late": (0.05, 0.5),
    "provider": (0.1, 0.6),
    "upload lost": (0.1, 0.5),
    "poison": (0.02, 0.15),
    "lethal": (0.01, 0.05),
    "unknown": (0.02, 0.1),
}
"""Faults that happen again and again, each with the least and the highest rate that is drawn for a history."""

WORK: Mapping[str, float] = {
    "act": 10,
    "group": 2,
    "act each": 1,
    "draft": 2,
    "send draft": 2,
    "customer writes": 5,
    "server acts": 3,
    "change members": 1.5,
}
"""What people do, by weight."""

DISASTERS: Mapping[str, float] = {
    "cut off": 1,
    "client stops": 2,
    "client stops soon": 2,
    "save replica": 1,
    "power fails": 1,
    "replica lost": 0.5,
    "profile copied": 0.4,
    "clock jumps": 0.7,
    "server stops": 0.7,
    "server stops soon": 2,
    "back up": 1.2,
    "restore": 0.8,
    "tidy": 1,
    "long pause": 0.5,
}
"""What goes wrong once, by weight; each kind is left out of some histories."""


UPGRADE = "upgrade"
"""An older program is replaced, where there is one."""
JOIN, FALL_BEHIND = "join team", "fall behind"
"""A user comes into a private team; later their computer is cut off while they leave it and much happens."""
OFTEN = 5.0
"""The weight of what is favoured."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens at a moment (seconds since the start); `seed` decides the rest."""

    at: float
    name: str
    seed: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One history. `rates` says how often which fault happens; `skews` by how many seconds clocks are wrong."""

    seed: int
    clients: int
    rates: Mapping[str, float] = field(default_factory=dict)
    skews: tuple[float, ...] = ()
    steps: tuple[Step, ...] = ()
    older: frozenset[int] = frozenset()
    """The computers that begin with an older program."""

    def chance(self, name: str) -> Random:
        """Where the chance of one computer comes from: the same whatever else is left out of the plan."""
        return Random(f"{self.seed} {name}")


def plan_of(seed: int, favoured: Collection[str] = (), most_steps: int = 60) -> Plan:
    """The plan that follows from a seed. What is `favoured` happens in every history, and often."""
    chance = Random(seed)
    clients = chance.choice((2, 2, 3, 3, 4))
    rates = {
        name: chance.uniform(*span)
        for name, span in FAULTS.items()
        if chance.random() < 0.5 or name in favoured
    }
    weights = dict(WORK) | {name: weight for name, weight in DISASTERS.items() if chance.random() < 0.5}
    weights |= dict.fromkeys((name for name in favoured if name in WORK or name in DISASTERS), OFTEN)
    names, shares = list(weights), list(weights.values())
    steps = []
    moment = 0.0
    for name in chance.choices(names, shares, k=chance.randint(most_steps // 3, most_steps)):
        moment += chance.expovariate(1 / chance.choice((0.3, 2, 10)))
        steps.append(Step(moment, name, chance.getrandbits(32)))
    year = 365 * 86_400.0
    skewed = chance.random() < 0.5
    skews = tuple(
        chance.choice((0, 0, chance.uniform(-90, 90), chance.uniform(-year, year))) if skewed else 0.0
        for _ in range(clients + 1)
    )
    plan = Plan(seed, clients, rates, skews, tuple(steps))
    plan = _with_older(plan, UPGRADE in favoured)
    if favoured and FALL_BEHIND not in favoured:
        return plan  # it would hide what is looked for
    return _with_falling_behind(plan, FALL_BEHIND in favoured)


def _with_older(plan: Plan, certainly: bool) -> Plan:
    """The plan with older programs on some computers, of which most are upgraded."""
    chance = plan.chance("older")
    if not certainly and chance.random() < 0.6:
        return plan
    older = frozenset(number for number in range(plan.clients) if certainly or chance.random() < 0.5)
    end = plan.steps[-1].at
    upgrades = [
        Step(chance.uniform(0, end), UPGRADE, chance.getrandbits(32))
        for _ in older
        if certainly or chance.random() < 0.8
    ]
    steps = sorted((*plan.steps, *upgrades), key=lambda step: step.at)
    return replace(plan, older=older, steps=tuple(steps))


def _with_falling_behind(plan: Plan, certainly: bool) -> Plan:
    """The plan with somebody who falls so far behind that they do not catch up."""
    chance = plan.chance("behind")
    if not certainly and chance.random() < 0.5:
        return plan
    steps = list(plan.steps)
    for _ in range(3 if certainly else 1):
        moment, seed = chance.uniform(0, plan.steps[-1].at), chance.getrandbits(32)
        # Of one seed: it is the same computer.
        steps += [Step(moment, JOIN, seed), Step(moment + chance.uniform(10, 40), FALL_BEHIND, seed)]
    return replace(plan, steps=tuple(sorted(steps, key=lambda step: step.at)))
