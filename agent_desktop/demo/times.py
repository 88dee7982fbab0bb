"""When customers write: office hours, weekends, seasons and growth over the last eighteen months."""

from collections.abc import Iterator
from random import Random

HOUR, DAY = 3_600, 86_400
SPAN = 548 * DAY
"""How far the history of the demo reaches back, in seconds."""

_OPENS, _CLOSES = 7, 18
_BY_HOUR = (1, 1, 1, 1, 1, 2, 5, 14, 30, 42, 46, 44, 36, 34, 40, 42, 38, 30, 24, 20, 17, 12, 7, 3)
_BY_WEEKDAY = (1.25, 1.15, 1.05, 1.0, 0.95, 0.45, 0.3)
_BY_MONTH = (1.25, 0.95, 0.95, 0.9, 0.9, 0.85, 0.8, 0.8, 0.95, 1.0, 1.35, 1.5)


def hour_of(moment: int) -> int:
    """The hour of the day (UTC) of a number of seconds since 1970."""
    return moment % DAY // HOUR


def weekday_of(moment: int) -> int:
    """The day of the week of a number of seconds since 1970, 0 for Monday."""
    return (moment // DAY + 3) % 7


def office_time(moment: int, random: Random) -> int:
    """The moment itself while the office is open, else some time in the first two hours after it opens."""
    while True:
        hour, weekday = hour_of(moment), weekday_of(moment)
        if weekday < 6 and _OPENS <= hour < _CLOSES:
            return moment
        start_of_day = moment - moment % DAY + (DAY if hour >= _CLOSES or weekday == 6 else 0)
        moment = start_of_day + _OPENS * HOUR + int(random.random() * 2 * HOUR)


def arrivals(count: int, start: int, end: int, random: Random) -> Iterator[int]:
    """`count` moments between start and end in order, dense when customers write much."""
    if count <= 0 or end <= start:
        return
    weights = [_weight(moment, start, end) for moment in range(start, end, HOUR)]
    total = sum(weights)
    hour, passed = 0, 0.0
    for place in range(count):
        target = (place + random.random()) / count * total
        while passed + weights[hour] < target and hour < len(weights) - 1:
            passed += weights[hour]
            hour += 1
        within = min(1.0, (target - passed) / weights[hour])
        yield min(end - 1, start + int((hour + within) * HOUR))


def _weight(moment: int, start: int, end: int) -> float:
    growth = 0.4 + 0.6 * (moment - start) / (end - start)
    month = int(moment % (365.2425 * DAY) / (30.44 * DAY)) % 12
    return _BY_HOUR[hour_of(moment)] * _BY_WEEKDAY[weekday_of(moment)] * _BY_MONTH[month] * growth
