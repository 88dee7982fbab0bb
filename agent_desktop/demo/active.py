"""Which conversations are being worked on now, and how far each of them has come."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from agent_desktop.demo.content import Content, Language, Scenario, Template, Turn, Weighted
from agent_desktop.demo.threads import times_of, turns_of
from agent_desktop.demo.times import DAY, HOUR
from agent_desktop.domain.conversation import Status
from agent_desktop.domain.sla import REPLY_TARGETS
from agent_desktop.domain.workspace import ChannelKind

_MINUTE = 60
_SHAPES = Weighted([("waiting", 54), ("answered", 6), ("pending", 24), ("on_hold", 9), ("snoozed", 7)])
_ON_HOLD = Turn("e", False, "", Template("Put on hold"))
_SNOOZED = Turn("e", False, "", Template("Snoozed"))


@dataclass(slots=True)
class Plan:
    """One conversation that is not finished: its turns so far and when they happened."""

    language: Language
    scenario: Scenario
    kind: ChannelKind
    turns: list[Turn]
    times: list[int]
    status: Status
    assigned: bool
    is_read: bool
    snoozed_until: datetime | None
    more_tags: tuple[str, ...]

    @property
    def created(self) -> int:
        """When it began, in seconds since 1970."""
        return self.times[0]


def plan_active(count: int, content: Content, now: datetime, random: Random) -> list[Plan]:
    """Conversations in every state: new, answered, due soon, overdue, waiting for others, asleep."""
    plans = [_plan(content, now, random) for _ in range(count)]
    return sorted(plans, key=lambda plan: plan.created)


def _plan(content: Content, now: datetime, random: Random) -> Plan:
    language = content.choice.pick(random)
    scenario = language.choice.pick(random)
    kind = scenario.channels.pick(random)
    turns = [turn for turn in turns_of(scenario, random, None) if turn.who != "e"]
    shape = _SHAPES.pick(random)
    answers = [place for place, turn in enumerate(turns) if turn.who in "ao"]
    if shape == "waiting" or not answers:
        shape = "waiting"
        questions = [place for place, turn in enumerate(turns) if turn.who in "cv"]
        end = questions[0] if random.random() < 0.6 else questions[-1]
    else:
        end = answers[0] if random.random() < 0.7 else answers[-1]
    turns = turns[: end + 1]
    if shape in ("on_hold", "snoozed"):
        turns.append(_ON_HOLD if shape == "on_hold" else _SNOOZED)
    present = int(now.timestamp())
    anchor, moment = _anchor(shape, scenario, turns, present, random)
    return Plan(
        language=language,
        scenario=scenario,
        kind=kind,
        turns=turns,
        times=_times(turns, kind, anchor, moment, present, random),
        status={"pending": Status.PENDING, "on_hold": Status.ON_HOLD}.get(shape, Status.OPEN),
        assigned=shape != "waiting" or end > 0 or random.random() < 0.3,
        is_read=shape != "waiting" or random.random() < 0.55,
        snoozed_until=now + timedelta(hours=1 + int(random.random() * 90)) if shape == "snoozed" else None,
        more_tags=("refund over policy",) if shape == "on_hold" and random.random() < 0.35 else (),
    )


def _anchor(
    shape: str, scenario: Scenario, turns: list[Turn], present: int, random: Random
) -> tuple[int, int]:
    """The turn whose time says most about the state, and that time."""
    answered = max((place for place, turn in enumerate(turns) if turn.who in "ao"), default=-1)
    chance = random.random()
    if shape != "waiting":
        return answered, present - int(25 * _MINUTE + chance * chance * 4 * DAY)
    waiting = next(place for place, turn in enumerate(turns) if place > answered and turn.who in "cv")
    target = int(REPLY_TARGETS[scenario.priority].total_seconds())
    state = random.random()
    if state < 0.07:
        passed = target + 2 * _MINUTE + int(chance * min(target, 3 * HOUR))
    elif state < 0.15:
        passed = max(_MINUTE, target - 2 * _MINUTE - int(chance * 26 * _MINUTE))
    else:
        passed = 40 + int(chance * max(_MINUTE, min(target - 32 * _MINUTE, 11 * HOUR)))
    return waiting, present - passed


def _times(
    turns: list[Turn], kind: ChannelKind, anchor: int, moment: int, present: int, random: Random
) -> list[int]:
    """The times of the turns, with that of the anchor fixed, in order, and none in the future."""
    raw = times_of(turns, kind, moment - 2 * DAY, random, office_hours=False)
    shift = moment - raw[anchor]
    times = [time + shift for time in raw]
    for place in range(anchor + 1, len(times)):
        latest = present - 4 * (len(times) - place)
        times[place] = max(times[place - 1] + 1, min(times[place], latest))
    return times
