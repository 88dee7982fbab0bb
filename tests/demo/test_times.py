"""Customers write when customers write, and the office answers while it is open."""

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.demo.times import DAY, SPAN, arrivals, hour_of, office_time, weekday_of

MONDAY = 1_741_564_800  # 2025-03-10 00:00 UTC


def test_weekdays_are_right() -> None:
    assert [weekday_of(MONDAY + day * DAY) for day in range(7)] == list(range(7))


@given(st.integers(MONDAY, MONDAY + 30 * DAY), st.integers(0, 9))
def test_the_office_answers_while_it_is_open_and_soon_after(moment: int, seed: int) -> None:
    answered = office_time(moment, Random(seed))
    assert weekday_of(answered) < 6
    assert 7 <= hour_of(answered) < 18
    assert moment <= answered < moment + 2 * DAY + DAY // 2


@given(st.integers(0, 400), st.integers(0, 9))
def test_arrivals_are_in_order_and_within_the_span(count: int, seed: int) -> None:
    times = list(arrivals(count, MONDAY, MONDAY + 20 * DAY, Random(seed)))
    assert len(times) == count
    assert times == sorted(times)
    assert all(MONDAY <= time < MONDAY + 20 * DAY for time in times)


def test_most_customers_write_during_the_day_of_a_weekday() -> None:
    times = list(arrivals(5_000, MONDAY - SPAN, MONDAY, Random(1)))
    hours = Counter(hour_of(time) for time in times)
    assert sum(hours[hour] for hour in range(7, 19)) > 0.75 * len(times)
    assert sum(weekday_of(time) >= 5 for time in times) < 0.2 * len(times)
