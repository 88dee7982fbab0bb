"""What "nothing is lost, nothing is doubled, everybody sees the same" means, over histories that Hypothesis shrinks.

Time stands still between steps here, and calls come one after the other, on real files. `tests/simulation` goes
further, without shrinking as well.
"""

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from tests.sync.histories import play

HISTORIES = 30
"""Each is some dozen exchanges."""


@pytest.mark.timeout(900)
@settings(max_examples=HISTORIES)
@given(st.data())
def test_replicas_are_exact_and_nothing_is_lost(data: st.DataObject) -> None:
    play(lambda options: data.draw(st.sampled_from(options)), note)
