"""What "nothing is lost, nothing is doubled, everybody sees the same" means, over random histories with faults."""

from hypothesis import given
from hypothesis import strategies as st

from tests.sync.cluster import Parts
from tests.sync.histories import play


@given(st.data())
def test_replicas_are_exact_and_nothing_is_lost(data: st.DataObject) -> None:
    play(data.draw, Parts())
