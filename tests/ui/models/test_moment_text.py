"""Dates say as much as the reader needs."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.models.moment_text import clock_text, date_text, full_text

NOW = datetime(2024, 3, 5, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2024, 3, 5, 9, 41, tzinfo=UTC), "09:41"),
        (datetime(2024, 3, 2, 9, 41, tzinfo=UTC), "Mar 2"),
        (datetime(2023, 10, 11, 9, 41, tzinfo=UTC), "Oct 11"),
        (datetime(2023, 4, 11, 9, 41, tzinfo=UTC), "Apr 11, 2023"),
    ],
)
def test_recent_dates_are_short(moment: datetime, words: str) -> None:
    assert date_text(moment, NOW, UTC) == words


def test_today_is_where_the_reader_is() -> None:
    late = datetime(2024, 3, 4, 23, 30, tzinfo=UTC)
    assert date_text(late, NOW, UTC) == "Mar 4"
    assert date_text(late, NOW, timezone(timedelta(hours=1))) == "00:30"


def test_the_full_form_names_day_year_and_time() -> None:
    assert full_text(NOW, UTC) == "Mar 5, 2024 12:00"


def test_the_clock_of_a_customer() -> None:
    assert clock_text("Europe/Ljubljana", NOW) == "13:00"


@pytest.mark.parametrize(
    "name", ["", "  ", "Atlantis", "../../etc/passwd", "Europe", "/etc/localtime", "a\0b"]
)
def test_an_unknown_zone_has_no_clock(name: str) -> None:
    assert clock_text(name, NOW) == ""


@given(st.text(max_size=40))
def test_no_name_of_a_zone_is_a_problem(name: str) -> None:
    assert len(clock_text(name, NOW)) in (0, 5)
