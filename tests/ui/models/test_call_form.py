"""Durations as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.call import duration_words
from ui.models.call_form import CallForm, call_problem, seconds_of


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("", 0),
        (" 4 ", 240),
        ("4:12", 252),
        ("0:42", 42),
        ("90", 5400),
        ("1:02:03", 3723),
        ("4:60", None),
        ("4m", None),
        ("-1", None),
        ("25:00:00", None),
    ],
)
def test_a_duration_is_minutes_or_a_clock(typed: str, seconds: int | None) -> None:
    assert seconds_of(typed) == seconds
    assert bool(call_problem(CallForm(duration=typed))) is (seconds is None)


@given(st.integers(0, 24 * 3600))
def test_what_is_shown_can_be_typed(seconds: int) -> None:
    assert seconds_of(duration_words(seconds)) == seconds
