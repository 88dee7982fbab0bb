"""Moments to come are said as short as they can be understood."""

from datetime import UTC, datetime

import pytest

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


def test_this_machine_is_somewhere() -> None:
    zone = local_zone()
    assert NOW.astimezone(zone).utcoffset() == NOW.astimezone().utcoffset()
