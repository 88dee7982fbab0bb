"""What must not be parted stays in one piece, whatever stands beside it."""

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.operations.together import units


@dataclass(frozen=True)
class Item:
    number: int
    group: str | None
    together: bool


@given(st.lists(st.tuples(st.sampled_from((None, "a", "b")), st.booleans())))
def test_units_are_neighbours_of_one_group_that_go_together(drawn: list[tuple[str | None, bool]]) -> None:
    items = [Item(number, group, together) for number, (group, together) in enumerate(drawn)]
    found = list(units(items))
    assert [item for unit in found for item in unit] == items
    for unit in found:
        assert len(unit) == 1 or {(item.group, item.together) for item in unit} == {(unit[0].group, True)}
        assert len(unit) == 1 or unit[0].group is not None
    for before, after in pairwise(found):
        one, other = before[-1], after[0]
        assert one.group is None or one.group != other.group or not (one.together and other.together)
