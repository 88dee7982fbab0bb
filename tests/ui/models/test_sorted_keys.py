"""The order of a long list: places are found, and one list is turned into another by removing and inserting."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from ui.models.sorted_keys import MOST_COMPARED, Difference, Run, SortedKeys, difference

sort_keys = st.lists(
    st.tuples(st.integers(-5, 5), st.integers(1, 1_000)), unique_by=lambda key: key[1], max_size=40
).map(sorted)


def order_of(keys: list[tuple[int, ...]]) -> SortedKeys:
    return SortedKeys([array("q", (key[part] for key in keys)) for part in range(2)])


@given(sort_keys, st.tuples(st.integers(-6, 6), st.integers(1, 1_000)))
def test_a_key_is_found_where_it_was_put(keys: list[tuple[int, ...]], extra: tuple[int, int]) -> None:
    order = order_of(keys)
    assert [order.find(key) for key in keys] == list(range(len(keys)))
    if extra not in keys:
        assert order.find(extra) == -1
        order.insert(order.place(extra), extra)
        assert [order.at(position) for position in range(len(order))] == sorted([*keys, extra])
        order.delete(order.find(extra), order.find(extra) + 1)
    assert [order.at(position) for position in range(len(order))] == keys


def test_keys_that_come_high_first_are_positive_outside() -> None:
    order = SortedKeys([array("q", [-30, -20]), array("q", [-3, -2])])
    assert order.keys() == [3, 2]
    assert order.key_at(0) == 3
    assert order.place((-25, -9)) == 1


def test_a_given_order_is_kept() -> None:
    assert SortedKeys.listed([7, 3, 5]).keys() == [7, 3, 5]


@given(
    st.lists(st.integers(0, 60), unique=True, max_size=40),
    st.lists(st.integers(0, 60), unique=True, max_size=40),
)
def test_a_difference_leads_from_one_list_to_the_other(old: list[int], new: list[int]) -> None:
    steps = difference(array("q", old), array("q", new))
    listed = list(old)
    for run in steps.removed:
        del listed[run.start : run.end]
    for run in steps.inserted:
        listed[run.start : run.start] = new[run.start : run.end]
    if steps.reordered:
        assert sorted(listed) == sorted(new)
    else:
        assert listed == new


def test_equal_lists_differ_in_nothing() -> None:
    keys = array("q", range(1_000))
    steps = difference(keys, keys[:])
    assert (steps.removed, steps.inserted, steps.reordered) == ((), (), False)


def test_where_nearly_everything_differs_only_a_new_layout_helps() -> None:
    keys = range(MOST_COMPARED)
    steps = difference(array("q", keys), array("q", reversed(keys)))
    assert (steps.removed, steps.inserted, steps.reordered) == ((), (), True)


def test_very_many_rows_behind_the_first_are_one_step() -> None:
    steps = difference(array("q", range(100)), array("q", range(1_000_000)))
    assert steps == Difference((), (Run(100, 1_000_000),), reordered=False)
