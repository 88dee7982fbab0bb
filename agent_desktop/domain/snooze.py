"""When a snoozed conversation comes back: ready choices, and what people type, in the user's own time zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MORNING = time(9)
FURTHEST = timedelta(days=5 * 366)
"""Nothing is snoozed for longer."""


@dataclass(frozen=True, slots=True)
class SnoozeChoice:
    """One entry of the snooze menu."""

    title: str
    until: datetime


def choices(now: datetime, zone: tzinfo) -> tuple[SnoozeChoice, ...]:
    """The entries of the snooze menu, earliest first; days that fall together appear once."""
    today = now.astimezone(zone).date()
    offered = (
        SnoozeChoice("In 1 hour", now.astimezone(UTC) + timedelta(hours=1)),
        SnoozeChoice("In 3 hours", now.astimezone(UTC) + timedelta(hours=3)),
        SnoozeChoice("Tomorrow, 9:00", _at(today + timedelta(days=1), MORNING, zone)),
        SnoozeChoice("Next Monday, 9:00", _at(_next_weekday(today, 0), MORNING, zone)),
        SnoozeChoice("In a week, 9:00", _at(today + timedelta(days=7), MORNING, zone)),
    )
    times: dict[datetime, SnoozeChoice] = {}
    for choice in offered:
        times.setdefault(choice.until, choice)
    return tuple(sorted(times.values(), key=lambda choice: choice.until))


def _next_weekday(day: date, weekday: int) -> date:
    """The first such weekday after the day."""
    return day + timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)


def _at(day: date, clock: time, zone: tzinfo) -> datetime:
    """The moment in UTC when clocks of the zone show this. An hour that a clock change leaves out counts from the
    change on; of an hour that comes twice, the first is meant.
    """
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = r"(?:(?:at\s+)?(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?\s*(?P<half>am|pm)?)"
_SPAN = re.compile(
    r"(?:in\s+)?(?P<count>\d{1,5}|an?)\s*(?P<unit>minutes?|mins?|m|hours?|h|days?|d|weeks?|w)", re.ASCII
)
_DAY_AND_CLOCK = re.compile(
    r"(?:(?P<date>\d{4}-\d{2}-\d{2})|(?P<next>next\s+)?(?P<word>today|tomorrow|week"
    r"|mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?))"
    rf"(?:[\s,]+{_CLOCK})?",
    re.ASCII,
)
_CLOCK_ALONE = re.compile(_CLOCK, re.ASCII)


def parse(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """The moment that a text means: "2h", "in 3 days", "17:30", "fri 2pm", "next monday", "2026-12-01 09:00".

    Hours and minutes pass on the clock of physics, days and weeks on that of the wall. None when the text is not
    understood, or means the past or more than five years ahead.
    """
    words = " ".join(text.lower().split())
    try:
        until = _parse(words, now.astimezone(zone), zone)
    except (ValueError, OverflowError):
        return None
    return until if until is not None and now < until <= now + FURTHEST else None


def _parse(words: str, local: datetime, zone: tzinfo) -> datetime | None:
    if span := _SPAN.fullmatch(words):
        return _after(span, local, zone)
    if clock := _CLOCK_ALONE.fullmatch(words):
        if not (clock["minute"] or clock["half"]):
            return None  # a bare number could be anything
        return _soonest(local, _clock(clock), zone, step=1)
    match = _DAY_AND_CLOCK.fullmatch(words)
    if match is None:
        return None
    clock_time = _clock(match) if match["hour"] else MORNING
    if match["date"]:
        return _at(date.fromisoformat(match["date"]), clock_time, zone)
    return _named_day(match, clock_time, local, zone)


def _named_day(match: re.Match[str], clock: time, local: datetime, zone: tzinfo) -> datetime | None:
    today, word, following = local.date(), match["word"], bool(match["next"])
    if word in ("today", "tomorrow"):
        return None if following else _at(today + timedelta(days=word == "tomorrow"), clock, zone)
    if word == "week":
        return _at(today + timedelta(days=7), clock, zone) if following else None
    weekday = _WEEKDAYS.index(word[:3])
    if following or today.weekday() != weekday:
        return _at(_next_weekday(today, weekday), clock, zone)
    return _soonest(local, clock, zone, step=7)


def _after(span: re.Match[str], local: datetime, zone: tzinfo) -> datetime:
    count = int(span["count"]) if span["count"].isdecimal() else 1
    unit = span["unit"][0]
    if unit in "mh":
        return local.astimezone(UTC) + timedelta(minutes=count * (60 if unit == "h" else 1))
    day = local.date() + timedelta(days=count * (7 if unit == "w" else 1))
    return _at(day, local.time(), zone)


def _soonest(local: datetime, clock: time, zone: tzinfo, step: int) -> datetime:
    """Today at this time, or, when that is over, as many days later."""
    until = _at(local.date(), clock, zone)
    return until if until > local else _at(local.date() + timedelta(days=step), clock, zone)


def _clock(match: re.Match[str]) -> time:
    hour, half = int(match["hour"]), match["half"]
    if half and not 1 <= hour <= 12:
        raise ValueError(hour)
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, int(match["minute"] or 0))
