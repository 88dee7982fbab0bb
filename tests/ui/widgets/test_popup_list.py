"""Result lists: steered by the keys of a text field, never taking its focus."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui.icon_names import IconName
from ui.models.results import Result, ResultModel, ResultSection
from ui.theme import ThemeManager
from ui.widgets.popup_list import PopupList, ResultList

REFUND = Result("Macro: Refund and resolve", icon=IconName.BOLT, hint="⏎")
APPROVAL = Result("Request approval for a refund", icon=IconName.SHIELD)
CANNED = Result("/refund-issued", "your refund is on its way", IconName.PENCIL, value=7)
SECTIONS = (
    ResultSection("Actions", (REFUND, APPROVAL)),
    ResultSection("Nothing here", ()),
    ResultSection("Canned responses", (CANNED,)),
)


def key(code: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, code, modifiers)


@pytest.fixture
def results(qtbot: QtBot, themes: ThemeManager) -> ResultList:
    results = ResultList(themes, "Results")
    qtbot.addWidget(results)
    results.set_sections(SECTIONS, "refund")
    results.resize(400, 300)
    results.show()
    return results


def test_the_model_keeps_the_rules_of_models() -> None:
    model = ResultModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_sections(SECTIONS)
    texts = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert texts == [
        "Actions",
        REFUND.title,
        APPROVAL.title,
        "Canned responses",
        "/refund-issued, your refund is on its way",
    ]
    model.set_sections(())
    assert model.rowCount() == 0
    assert model.next_result(-1, 1) == -1


def test_the_first_result_is_selected_and_headings_never(results: ResultList) -> None:
    assert results.current() is REFUND
    seen = []
    for _ in range(4):
        seen.append(results.current())
        assert results.handle_key(key(Qt.Key.Key_Down))
    assert seen == [REFUND, APPROVAL, CANNED, REFUND]


def test_up_goes_round_the_top(results: ResultList) -> None:
    assert results.handle_key(key(Qt.Key.Key_Up))
    assert results.current() is CANNED


def test_enter_chooses_and_tab_completes(qtbot: QtBot, results: ResultList) -> None:
    with qtbot.waitSignal(results.chosen) as chosen:
        assert results.handle_key(key(Qt.Key.Key_Return))
    assert chosen.args == [REFUND]
    results.handle_key(key(Qt.Key.Key_Up))
    with qtbot.waitSignal(results.completed) as completed:
        assert results.handle_key(key(Qt.Key.Key_Tab))
    assert completed.args == [CANNED]


def test_escape_dismisses(qtbot: QtBot, results: ResultList) -> None:
    with qtbot.waitSignal(results.dismissed):
        assert results.handle_key(key(Qt.Key.Key_Escape))


@pytest.mark.parametrize("code", [Qt.Key.Key_A, Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_Backspace])
def test_other_keys_are_the_text_fields_own(results: ResultList, code: Qt.Key) -> None:
    assert not results.handle_key(key(code))


def test_keys_with_modifiers_are_not_ours(results: ResultList) -> None:
    assert not results.handle_key(key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier))
    assert results.handle_key(key(Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier))


def test_without_results_only_escape_is_taken(results: ResultList) -> None:
    results.set_sections(())
    assert results.current() is None
    assert not results.handle_key(key(Qt.Key.Key_Return))
    assert not results.handle_key(key(Qt.Key.Key_Tab))
    assert results.handle_key(key(Qt.Key.Key_Escape))


def test_a_click_chooses_a_result_and_a_heading_does_nothing(qtbot: QtBot, results: ResultList) -> None:
    model = results.model()
    heading, result = (results.visualRect(model.index(row, 0)).center() for row in (0, 2))
    with qtbot.assertNotEmitted(results.chosen):
        qtbot.mouseClick(results.viewport(), Qt.MouseButton.LeftButton, pos=heading)
    with qtbot.waitSignal(results.chosen) as chosen:
        qtbot.mouseClick(results.viewport(), Qt.MouseButton.LeftButton, pos=result)
    assert chosen.args == [APPROVAL]


def test_what_was_typed_stands_out(results: ResultList) -> None:
    with_match = results.grab().toImage()
    results.set_sections(SECTIONS, "")
    assert results.grab().toImage() != with_match


def test_the_content_height_is_what_the_view_needs(results: ResultList) -> None:
    last = results.visualRect(results.model().index(4, 0))
    assert results.content_height() == last.bottom() + 1
    assert results.content_height(last.bottom()) == last.top()


class TestPopup:
    @pytest.fixture
    def window(self, qtbot: QtBot) -> QWidget:
        window = QWidget()
        qtbot.addWidget(window)
        window.resize(800, 600)
        return window

    @pytest.fixture
    def popup(self, themes: ThemeManager, window: QWidget) -> PopupList:
        editor = QPlainTextEdit()
        popup = PopupList(themes, "Completions", editor)  # built before its owner is in a window
        QVBoxLayout(window).addWidget(editor)
        window.show()
        window.activateWindow()
        editor.setFocus()
        popup.results.set_sections(SECTIONS)
        return popup

    def test_it_opens_below_the_caret_and_leaves_the_focus(self, window: QWidget, popup: PopupList) -> None:
        focus = window.focusWidget()
        popup.show_at(QRect(window.mapToGlobal(QPoint(50, 100)), QSize(1, 16)))
        assert popup.isVisible()
        assert popup.parentWidget() is window
        assert popup.geometry().top() >= 116
        assert window.focusWidget() is focus

    def test_it_opens_above_where_there_is_more_room(self, window: QWidget, popup: PopupList) -> None:
        popup.show_at(QRect(window.mapToGlobal(QPoint(50, 560)), QSize(1, 16)))
        assert popup.geometry().bottom() < 560

    @pytest.mark.parametrize("x", [0, 400, 790])
    @pytest.mark.parametrize("y", [0, 300, 590])
    def test_it_stays_inside_the_window(self, window: QWidget, popup: PopupList, x: int, y: int) -> None:
        popup.show_at(QRect(window.mapToGlobal(QPoint(x, y)), QSize(1, 16)), width=500)
        assert window.rect().contains(popup.geometry())

    def test_keys_reach_it_only_while_it_is_shown(self, window: QWidget, popup: PopupList) -> None:
        assert not popup.handle_key(key(Qt.Key.Key_Down))
        popup.show_at(QRect(window.mapToGlobal(QPoint(50, 100)), QSize(1, 16)))
        assert popup.handle_key(key(Qt.Key.Key_Down))
        assert popup.handle_key(key(Qt.Key.Key_Escape))
        assert not popup.isVisible()
