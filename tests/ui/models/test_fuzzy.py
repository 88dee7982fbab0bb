"""The right titles are found by a few letters, and the marks lie on them."""

from hypothesis import given
from hypothesis import strategies as st

from ui.models.fuzzy import fold, match


def found(query: str, *titles: str) -> list[str]:
    """The titles that match, best first."""
    hits = [(hit.score, title) for title in titles if (hit := match(query, title))]
    return [title for _, title in sorted(hits, key=lambda pair: -pair[0])]


def test_beginnings_of_words_come_before_the_middle_of_words() -> None:
    assert found("sign", "Assign", "Sign out", "Change design") == ["Sign out", "Assign", "Change design"]


def test_all_words_must_match_in_any_order() -> None:
    assert found("me assign", "Assign to me", "Assign", "Mentions") == ["Assign to me"]


def test_initials_are_enough() -> None:
    assert found("atm", "Assign to me", "Add tag", "Format") == ["Assign to me"]


def test_accents_and_case_do_not_matter() -> None:
    assert found("novak", "Amélia NOVÁK") == ["Amélia NOVÁK"]


def test_marks_lie_on_the_letters_asked_for() -> None:
    hit = match("re to", "Reply to all")
    assert hit is not None
    assert ["Reply to all"[start:end] for start, end in hit.marks] == ["Re", "to"]


def test_nothing_asked_matches_everything() -> None:
    hit = match("  ", "Reply")
    assert hit is not None
    assert hit.marks == ()


@given(st.text(max_size=40), st.text(max_size=12))
def test_marks_are_ordered_ranges_inside_the_text(text: str, query: str) -> None:
    hit = match(query, text)
    marks = hit.marks if hit else ()
    assert all(0 <= start < end <= len(text) for start, end in marks)
    assert list(marks) == sorted(marks)


@given(st.text(max_size=40))
def test_folding_keeps_every_position(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(st.text(min_size=1, max_size=40), st.data())
def test_a_part_of_a_text_always_finds_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert match(text[start:end], text) is not None
