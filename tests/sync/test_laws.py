"""What "nothing is lost, nothing is doubled, everybody sees the same" means, over random histories with faults."""

import random

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from tests.sync.broken import BROKEN
from tests.sync.cluster import Parts
from tests.sync.histories import play

HISTORIES = 30
"""Each is some dozen exchanges on real files. `test_long_histories` goes further, without shrinking."""
ENOUGH = 100
"""How many histories a mistake may need to show."""


@pytest.mark.timeout(900)
@settings(max_examples=HISTORIES)
@given(st.data())
def test_replicas_are_exact_and_nothing_is_lost(data: st.DataObject) -> None:
    play(lambda options: data.draw(st.sampled_from(options)), Parts(), note)


@pytest.mark.parametrize("first", range(5_000, 5_040, 10))
def test_long_histories_keep_the_laws_too(first: int) -> None:
    for seed in range(first, first + 10):
        lines: list[str] = []
        try:
            play(random.Random(seed).choice, Parts(), lines.append, most=50)
        except BaseException:
            print(f"seed {seed}:", *lines, sep="\n  ")
            raise


@pytest.mark.parametrize("name", BROKEN)
def test_the_laws_notice(name: str) -> None:
    parts, first = BROKEN[name]
    for seed in range(first, first + ENOUGH):
        try:
            play(random.Random(seed).choice, parts, most=40)
        except AssertionError:
            return
    pytest.fail(f"{name} went unnoticed through {ENOUGH} histories")
