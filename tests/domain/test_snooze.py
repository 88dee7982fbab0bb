"""When a snoozed conversation comes back, across changes of the clock and in what people type."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.snooze import FURTHEST, choices, parse

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = tuple(
    map(
        ZoneInfo,
        ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe"),
    )
)
zones = st.sampled_from(ZONES)
nows = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def shown(moment: datetime | None) -> str:
    assert moment is not None
    assert moment.tzinfo is UTC
    return moment.astimezone(BERLIN).strftime("%a %Y-%m-%d %H:%M")


WEDNESDAY = berlin("2026-03-25 10:30")  # clocks go forward on the next Sunday, at 2:00


def test_the_menu() -> None:
    assert [(choice.title, shown(choice.until)) for choice in choices(WEDNESDAY, BERLIN)] == [
        ("In 1 hour", "Wed 2026-03-25 11:30"),
        ("In 3 hours", "Wed 2026-03-25 13:30"),
        ("Tomorrow, 9:00", "Thu 2026-03-26 09:00"),
        ("Next Monday, 9:00", "Mon 2026-03-30 09:00"),
        ("In a week, 9:00", "Wed 2026-04-01 09:00"),
    ]


def test_days_that_fall_together_appear_once() -> None:
    assert [choice.title for choice in choices(berlin("2026-03-29 12:00"), BERLIN)][2:] == [
        "Tomorrow, 9:00",
        "In a week, 9:00",
    ]
    assert [choice.title for choice in choices(berlin("2026-03-30 12:00"), BERLIN)][2:] == [
        "Tomorrow, 9:00",
        "Next Monday, 9:00",
    ]


@given(nows, zones)
def test_every_choice_is_ahead_and_mornings_are_mornings(now: datetime, zone: ZoneInfo) -> None:
    offered = choices(now, zone)
    assert all(choice.until > now for choice in offered)
    assert [choice.until for choice in offered] == sorted({choice.until for choice in offered})
    for choice in offered:
        if "9:00" in choice.title:
            assert choice.until.astimezone(zone).time() == time(9)
    first = offered[0].until - now
    assert first <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("2h", "Wed 2026-03-25 12:30"),
        ("in 2 hours", "Wed 2026-03-25 12:30"),
        ("an hour", "Wed 2026-03-25 11:30"),
        ("90m", "Wed 2026-03-25 12:00"),
        ("45 min", "Wed 2026-03-25 11:15"),
        ("3d", "Sat 2026-03-28 10:30"),
        ("in 3 days", "Sat 2026-03-28 10:30"),
        ("in a week", "Wed 2026-04-01 10:30"),
        ("2 weeks", "Wed 2026-04-08 10:30"),
        ("17:30", "Wed 2026-03-25 17:30"),
        ("at 17:30", "Wed 2026-03-25 17:30"),
        ("9:00", "Thu 2026-03-26 09:00"),
        ("5pm", "Wed 2026-03-25 17:00"),
        ("12am", "Thu 2026-03-26 00:00"),
        ("12 pm", "Wed 2026-03-25 12:00"),
        ("today 18:00", "Wed 2026-03-25 18:00"),
        ("tomorrow", "Thu 2026-03-26 09:00"),
        ("Tomorrow at 2pm", "Thu 2026-03-26 14:00"),
        ("  FRI  14:00 ", "Fri 2026-03-27 14:00"),
        ("friday, 14", "Fri 2026-03-27 14:00"),
        ("wed 14:00", "Wed 2026-03-25 14:00"),
        ("wed", "Wed 2026-04-01 09:00"),
        ("next wed 14:00", "Wed 2026-04-01 14:00"),
        ("next monday", "Mon 2026-03-30 09:00"),
        ("next week", "Wed 2026-04-01 09:00"),
        ("2026-12-01", "Tue 2026-12-01 09:00"),
        ("2026-12-01 08:15", "Tue 2026-12-01 08:15"),
    ],
)
def test_what_people_type(text: str, until: str) -> None:
    assert shown(parse(text, WEDNESDAY, BERLIN)) == until


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "5",
        "25:00",
        "12:60",
        "13pm",
        "0am",
        "today",
        "today 9:00",
        "next today",
        "next",
        "week",
        "2026-02-30",
        "2020-01-01",
        "2099-01-01",
        "0d",
        "-3d",
        "99999 weeks",
        "999999999999 weeks",
        "fri 14:00 sharp",
        "2026-12-01T08:15",
        "٣d",
    ],
)
def test_what_is_not_understood_or_not_ahead(text: str) -> None:
    assert parse(text, WEDNESDAY, BERLIN) is None


def test_days_keep_the_time_on_the_wall_and_hours_pass_as_hours() -> None:
    saturday = berlin("2026-03-28 20:00")
    assert shown(parse("1d", saturday, BERLIN)) == "Sun 2026-03-29 20:00"
    assert shown(parse("24h", saturday, BERLIN)) == "Sun 2026-03-29 21:00"
    autumn = berlin("2026-10-24 20:00")
    assert shown(parse("1d", autumn, BERLIN)) == "Sun 2026-10-25 20:00"
    assert shown(parse("24h", autumn, BERLIN)) == "Sun 2026-10-25 19:00"


def test_an_hour_that_is_left_out_or_comes_twice() -> None:
    assert shown(parse("2026-03-29 02:30", WEDNESDAY, BERLIN)) == "Sun 2026-03-29 03:30"
    twice = parse("2026-10-25 02:30", WEDNESDAY, BERLIN)
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "the first of the two"


@given(
    st.text(max_size=20)
    | st.from_regex(r"(in )?\d{1,6} ?[mhdw]|(next )?(mon|fri) \d{1,2}(:\d\d)?", fullmatch=True),
    nows,
    zones,
)
def test_any_text_gives_a_time_ahead_or_nothing(text: str, now: datetime, zone: ZoneInfo) -> None:
    until = parse(text, now, zone)
    assert until is None or now < until <= now + FURTHEST


@given(nows, zones, st.dates(date(2020, 1, 1), date(2035, 1, 1)))
def test_a_date_is_that_day_where_the_user_is(now: datetime, zone: ZoneInfo, day: date) -> None:
    until = parse(day.isoformat(), now, zone)
    if until is not None:
        assert until.astimezone(zone).date() == day
