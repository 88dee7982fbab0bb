"""Sentences in cells of tables: on two lines where one is too short, and never less than all words."""

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFont, QFontMetrics
from pytestqt.qtbot import QtBot

from ui.delegates.cells import in_two_lines

SENTENCE = "More than sixty mails came to one conversation within an hour"


def test_a_sentence_goes_on_below_where_it_does_not_fit(qtbot: QtBot) -> None:
    metrics = QFontMetrics(QFont())
    room = metrics.horizontalAdvance(SENTENCE)
    assert in_two_lines(SENTENCE, metrics, room) == (SENTENCE,)
    first, second = in_two_lines(SENTENCE, metrics, room // 2 + 20)
    assert metrics.horizontalAdvance(first) <= room // 2 + 20
    assert f"{first} {second}" == SENTENCE


@given(text=st.text(max_size=40), width=st.integers(0, 200))
def test_no_letter_is_lost(text: str, width: int) -> None:
    lines = in_two_lines(text, QFontMetrics(QFont()), width)
    assert " ".join(lines) == text
    assert len(lines) <= 2
