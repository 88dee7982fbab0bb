"""Two edits of one text become one, or are told to be in each other's way."""

from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.merge import merged

BASE = "one\ntwo\nthree\nfour\nfive"
texts = st.lists(st.sampled_from(["a", "b", "c", "", "d"]), max_size=8).map("\n".join)


def test_changes_of_different_lines_are_both_kept() -> None:
    ours = BASE.replace("two", "2")
    theirs = BASE.replace("five", "5\nsix")
    assert merged(BASE, ours, theirs) == "one\n2\nthree\nfour\n5\nsix"


def test_lines_put_in_and_taken_out_are_both_kept() -> None:
    ours = BASE.replace("two\n", "")
    theirs = BASE.replace("four", "four\nfour and a half")
    assert merged(BASE, ours, theirs) == "one\nthree\nfour\nfour and a half\nfive"


def test_different_changes_of_one_line_are_in_each_others_way() -> None:
    assert merged(BASE, BASE.replace("two", "zwei"), BASE.replace("two", "deux")) is None


def test_a_line_that_one_changed_and_the_other_removed_is_in_the_way() -> None:
    assert merged(BASE, BASE.replace("two", "zwei"), BASE.replace("two\n", "")) is None


def test_two_texts_put_in_at_the_same_place_are_in_each_others_way() -> None:
    assert merged("end", "mine\nend", "yours\nend") is None


@given(texts, texts)
def test_who_changed_nothing_takes_what_the_other_wrote(base: str, other: str) -> None:
    assert merged(base, base, other) == other
    assert merged(base, other, base) == other


@given(texts, texts)
def test_the_same_change_twice_is_one_change(base: str, other: str) -> None:
    assert merged(base, other, other) == other


@given(texts, texts, texts)
def test_it_does_not_matter_who_was_first(base: str, ours: str, theirs: str) -> None:
    assert merged(base, ours, theirs) == merged(base, theirs, ours)


@given(texts, texts, texts)
def test_nothing_that_somebody_wrote_is_dropped(base: str, ours: str, theirs: str) -> None:
    result = merged(base, ours, theirs)
    if result is not None:
        kept = set(result.split("\n"))
        was = set(base.split("\n"))
        assert set(ours.split("\n")) - was <= kept
        assert set(theirs.split("\n")) - was <= kept
