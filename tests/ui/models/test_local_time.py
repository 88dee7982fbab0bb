"""Moments to come are said as short as they can be understood."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from ui.models import local_time
from ui.models.local_time import local_zone, time_words

NOW = datetime(2025, 3, 3, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2025, 3, 3, 14, 5, tzinfo=UTC), "14:05"),
        (datetime(2025, 3, 6, 9, tzinfo=UTC), "Thu 09:00"),
        (datetime(2025, 3, 12, 9, tzinfo=UTC), "Wed Mar 12 09:00"),
        (datetime(2025, 3, 2, 9, tzinfo=UTC), "Sun Mar 2 09:00"),
    ],
)
def test_times_in_words(moment: datetime, words: str) -> None:
    assert time_words(moment, NOW, UTC) == words


def test_a_machine_whose_zone_has_no_data_has_the_offset_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows has without `tzdata`. London's clocks were an hour ahead all through the winter of 1970."""

    def unknown(name: str) -> ZoneInfo:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setenv("TZ", "Europe/London")
    time.tzset()
    try:
        monkeypatch.setattr(local_time, "ZoneInfo", unknown)
        today = datetime.fromtimestamp(time.time()).astimezone()
        assert today.astimezone(local_zone()).utcoffset() == today.utcoffset()
        assert datetime(1970, 1, 1, tzinfo=UTC).astimezone(local_zone()).utcoffset() == today.utcoffset()
    finally:
        monkeypatch.undo()
        time.tzset()


def test_this_machine_is_somewhere() -> None:
    zone = local_zone()
    assert NOW.astimezone(zone).utcoffset() == NOW.astimezone().utcoffset()
