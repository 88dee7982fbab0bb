"""A list follows what it shows without losing selection, and looks are made of plain words."""

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex
from PySide6.QtTest import QAbstractItemModelTester

from ui.models.roles import RowRole
from ui.models.row_look import RowLook, Run, marked, one_line
from ui.models.rows import RowsModel
from ui.tokens import ColorRole

KEYS = st.lists(st.integers(0, 12), unique=True, max_size=10)


def look(key: int, words: str = "") -> RowLook:
    return RowLook(key=key, title=(Run(words or str(key)),), sentence=words or str(key))


@given(KEYS, KEYS)
def test_any_list_follows_any_other(before: list[int], after: list[int]) -> None:
    model = RowsModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show(map(look, before))
    kept = {key: QPersistentModelIndex(model.index(model.row_of(key))) for key in before}
    model.show(map(look, after))
    assert [row.key for row in model.rows] == after
    for key, index in kept.items():
        assert index.isValid() == (key in after)
        if index.isValid():
            assert index.data(RowRole.ROW).key == key
    assert tester.model() is model


def test_a_changed_row_is_repainted_and_an_equal_one_is_not() -> None:
    model = RowsModel()
    model.show([look(1), look(2)])
    repainted: list[int] = []
    model.dataChanged.connect(lambda first, last: repainted.append(first.row()))
    model.show([look(1), look(2, "two")])
    assert repainted == [1]


def test_marks_are_strong_and_the_rest_is_not() -> None:
    runs = marked("asked for a refund of it", ((12, 18),))
    assert [(run.text, run.strong) for run in runs] == [
        ("asked for a ", False),
        ("refund", True),
        (" of it", False),
    ]
    assert runs[1].color is ColorRole.ACCENT_TEXT


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(-3, 40), st.integers(-3, 40)), max_size=5))
def test_marks_from_an_older_text_do_no_harm(text: str, marks: list[tuple[int, int]]) -> None:
    shown = "".join(run.text for run in marked(text, tuple(marks)))
    assert shown == "".join(run.text for run in marked(text, ()))


def test_a_short_line_shows_what_was_looked_for() -> None:
    text = "word " * 30 + "refund please"
    runs = marked(text, ((150, 156),), lead=12)
    assert "".join(run.text for run in runs) == "…word word refund please"


def test_joined_pictures_of_people_stay_whole() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert one_line(family) == family


def test_a_row_shows_one_line() -> None:
    assert one_line("  a\n\tb\x00c\u202ed ") == "a b c d"
