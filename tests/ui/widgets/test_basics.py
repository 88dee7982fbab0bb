"""The small widgets of every screen: what they tell, how they are steered, that all of them have names."""

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from ui.icon_names import IconName
from ui.theme import ThemeManager, ThemeMode
from ui.tokens import ChipTone
from ui.widgets.avatar import Avatar
from ui.widgets.buttons import Button, IconButton, SplitButton
from ui.widgets.card import Card
from ui.widgets.chip import Chip
from ui.widgets.empty_state import EmptyState
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.popup_list import ResultList
from ui.widgets.search_field import SearchField
from ui.widgets.segmented import SegmentedControl
from ui.widgets.splitters import Separator, Splitter
from ui.widgets.table import TableView
from ui.widgets.undo_bar import UndoBar

SEGMENTS = ("Customer", "Knowledge", "Playbook")


def all_of_them(themes: ThemeManager) -> list[QWidget]:
    return [
        Avatar(themes, "Amelia Novak", badge=IconName.MAIL),
        Button(themes, "Resolve", icon=IconName.CHECK),
        Card(themes, "Details", "Edit", IconName.SHIELD),
        Chip(themes, "Overdue 12 m", ChipTone.DANGER),
        EmptyState(themes, IconName.INBOX, "Nothing here", "New conversations appear here.", "Show all"),
        IconButton(themes, IconName.CLOCK, "Snooze"),
        ResultList(themes, "Results"),
        SearchField(themes, "Search everything", "Ctrl+K"),
        SegmentedControl(themes, "Pane", SEGMENTS),
        Separator(),
        SplitButton(themes, "Send", "More ways to send"),
        Splitter(),
        TableView(themes, "Queues"),
        UndoBar(themes),
    ]


def test_everything_that_takes_the_focus_has_a_name(qtbot: QtBot, themes: ThemeManager) -> None:
    nameless = []
    for widget in all_of_them(themes):
        qtbot.addWidget(widget)
        for part in [widget, *widget.findChildren(QWidget)]:
            text = part.text() if isinstance(part, QPushButton) else ""
            inner = part.objectName().startswith("qt_") or "QLineEditIconButton" in type(part).__name__
            focusable = part.focusPolicy() & Qt.FocusPolicy.TabFocus
            if focusable and not inner and not (part.accessibleName() or text):
                nameless.append(f"{type(widget).__name__}: {type(part).__name__}")
    assert nameless == []


def test_every_label_is_plain_text(qtbot: QtBot, themes: ThemeManager) -> None:
    for widget in all_of_them(themes):
        qtbot.addWidget(widget)
        for label in widget.findChildren(QLabel):
            assert label.textFormat() is Qt.TextFormat.PlainText


def test_everything_follows_a_change_of_theme(qtbot: QtBot, themes: ThemeManager) -> None:
    widgets = [
        widget for widget in all_of_them(themes) if not isinstance(widget, Splitter | Avatar | ResultList)
    ]
    for widget in widgets:
        qtbot.addWidget(widget)
        widget.resize(300, max(1, widget.sizeHint().height()))
    before = [widget.grab().toImage() for widget in widgets]
    themes.set_mode(ThemeMode.DARK)
    for widget, light in zip(widgets, before, strict=True):
        assert widget.grab().toImage() != light, type(widget).__name__


def test_an_avatar_keeps_its_colour_and_says_who(qtbot: QtBot, themes: ThemeManager) -> None:
    first, second = Avatar(themes, "Amelia Novak"), Avatar(themes, "Amelia Novak")
    for avatar in (first, second):
        qtbot.addWidget(avatar)
        avatar.resize(avatar.sizeHint())
    assert first.grab().toImage() == second.grab().toImage()
    second.set_person("Jonas Weber", IconName.CHAT)
    assert second.accessibleName() == "Jonas Weber"
    assert first.grab().toImage() != second.grab().toImage()


def test_a_chip_fits_what_it_says(qtbot: QtBot, themes: ThemeManager) -> None:
    chip = Chip(themes, "VIP")
    qtbot.addWidget(chip)
    narrow = chip.sizeHint()
    chip.set_chip("Waiting on customer", ChipTone.OK)
    assert chip.sizeHint().width() > narrow.width()
    assert (chip.text, chip.accessibleName()) == ("Waiting on customer", "Waiting on customer")
    themes.set_text_scale(200)
    assert chip.sizeHint().height() > narrow.height() * 1.4


class TestSearchField:
    @pytest.fixture
    def field(self, qtbot: QtBot, themes: ThemeManager) -> SearchField:
        field = SearchField(themes, "Search everything", "Ctrl+K")
        qtbot.addWidget(field)
        field.resize(280, field.sizeHint().height())
        field.show()
        return field

    def test_escape_clears_first_and_leaves_then(self, qtbot: QtBot, field: SearchField) -> None:
        field.setText("refund")
        with qtbot.assertNotEmitted(field.escape_pressed):
            qtbot.keyClick(field, Qt.Key.Key_Escape)
        assert field.text() == ""
        with qtbot.waitSignal(field.escape_pressed):
            qtbot.keyClick(field, Qt.Key.Key_Escape)

    def test_down_leads_to_the_results(self, qtbot: QtBot, field: SearchField) -> None:
        with qtbot.waitSignal(field.down_pressed):
            qtbot.keyClick(field, Qt.Key.Key_Down)

    def test_other_keys_type(self, qtbot: QtBot, field: SearchField) -> None:
        qtbot.keyClicks(field, "kettle")
        assert field.text() == "kettle"

    def test_the_key_is_shown_only_while_the_field_is_empty(
        self, qtbot: QtBot, themes: ThemeManager, field: SearchField
    ) -> None:
        plain = SearchField(themes, "Search everything")
        qtbot.addWidget(plain)
        plain.resize(field.size())
        assert plain.grab().toImage() != field.grab().toImage()
        for each in (plain, field):
            each.setText("kettle")
            each.setCursorPosition(0)
            each.clearFocus()
        assert plain.grab().toImage() == field.grab().toImage()


class TestSegmentedControl:
    @pytest.fixture
    def control(self, qtbot: QtBot, themes: ThemeManager) -> SegmentedControl:
        control = SegmentedControl(themes, "Pane", SEGMENTS)
        qtbot.addWidget(control)
        control.resize(280, control.sizeHint().height())
        control.show()
        return control

    def test_the_arrow_keys_move_the_choice(self, qtbot: QtBot, control: SegmentedControl) -> None:
        with qtbot.waitSignal(control.currentChanged) as changed:
            qtbot.keyClick(control, Qt.Key.Key_Right)
        assert changed.args == [1]
        qtbot.keyClick(control, Qt.Key.Key_Left)
        assert control.currentIndex() == 0

    def test_the_segments_share_the_width(self, control: SegmentedControl) -> None:
        widths = [control.tabRect(index).width() for index in range(control.count())]
        assert sum(widths) == control.width()

    def test_focus_is_visible(self, qtbot: QtBot, control: SegmentedControl) -> None:
        with qtbot.waitActive(control):
            control.activateWindow()
        control.clearFocus()
        before = control.grab().toImage()
        control.setFocus()
        assert control.grab().toImage() != before


def test_a_card_names_its_action_by_its_title(qtbot: QtBot, themes: ThemeManager) -> None:
    card = Card(themes, "Details", "Edit")
    qtbot.addWidget(card)
    action = card.findChild(QPushButton)
    assert isinstance(action, QPushButton)
    assert action.accessibleName() == "Edit: Details"
    with qtbot.waitSignal(card.action_triggered):
        action.click()
    card.set_title("History")
    card.set_action("All 9")
    assert (card.accessibleName(), action.accessibleName()) == ("History", "All 9: History")
    card.set_action("")
    assert action.isHidden()


def test_an_empty_state_says_why_and_offers_what_to_do(qtbot: QtBot, themes: ThemeManager) -> None:
    state = EmptyState(themes, IconName.INBOX, "Nothing here", "It was never filled.", "Fill it")
    qtbot.addWidget(state)
    state.resize(300, 400)
    state.show()
    action = state.findChild(QPushButton)
    assert isinstance(action, QPushButton)
    with qtbot.waitSignal(state.action_triggered):
        action.click()
    state.set_state(IconName.SEARCH, "Nothing found", "Try fewer words, or look in all conversations.")
    assert action.isHidden()
    assert state.accessibleName() == "Nothing found. Try fewer words, or look in all conversations."
    wrapped = next(label for label in state.findChildren(QLabel) if label.wordWrap())
    qtbot.waitUntil(lambda: wrapped.height() >= wrapped.heightForWidth(wrapped.width()))


class TestFlowLayout:
    def test_it_breaks_lines_like_a_paragraph(self, qtbot: QtBot) -> None:
        area = QWidget()
        qtbot.addWidget(area)
        flow = FlowLayout(area, spacing=5)
        boxes = [QWidget() for _ in range(4)]
        for box in boxes:
            box.setFixedSize(40, 10)
            flow.addWidget(box)
        flow.setGeometry(QRect(0, 0, 100, 100))
        assert [(box.x(), box.y()) for box in boxes] == [(0, 0), (45, 0), (0, 15), (45, 15)]
        assert flow.heightForWidth(100) == 25
        assert flow.heightForWidth(40) == 4 * 10 + 3 * 5
        assert flow.heightForWidth(1000) == 10

    def test_what_is_hidden_takes_no_room(self, qtbot: QtBot) -> None:
        area = QWidget()
        qtbot.addWidget(area)
        flow = FlowLayout(area, spacing=5)
        for _ in range(2):
            box = QWidget()
            box.setFixedSize(40, 10)
            flow.addWidget(box)
            box.setHidden(True)
        assert flow.heightForWidth(40) == 0

    def test_clearing_leaves_nothing(self, qtbot: QtBot) -> None:
        area = QWidget()
        qtbot.addWidget(area)
        flow = FlowLayout(area)
        flow.addWidget(QWidget())
        flow.clear()
        assert flow.count() == 0
        assert flow.itemAt(0) is None


def test_a_splitter_remembers_and_refuses_what_does_not_fit(qtbot: QtBot) -> None:
    def panes() -> Splitter:
        splitter = Splitter()
        qtbot.addWidget(splitter)
        for _ in range(3):
            splitter.addWidget(QWidget())
        splitter.resize(900, 100)
        splitter.show()
        return splitter

    first, second = panes(), panes()
    first.setSizes([100, 500, 298])
    assert second.restore_layout(first.layout_text())
    assert second.sizes() == first.sizes()
    assert not second.restore_layout("no layout")
    assert second.sizes() == first.sizes()
    assert first.handleWidth() == 1


def test_a_table_grows_with_its_text(themes: ThemeManager, qtbot: QtBot) -> None:
    table = TableView(themes, "Queues")
    qtbot.addWidget(table)
    before = table.verticalHeader().defaultSectionSize()
    themes.set_text_scale(150)
    assert table.verticalHeader().defaultSectionSize() > before


def test_a_flow_follows_what_becomes_wider(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    flow = FlowLayout(holder, 6)
    labels = [QLabel("one"), QLabel("two")]
    for label in labels:
        flow.addWidget(label)
    width = sum(label.sizeHint().width() for label in labels) + 12
    one_line = flow.heightForWidth(width)
    labels[0].setText("one that is much longer")
    assert flow.heightForWidth(width) > one_line
    labels[1].hide()
    assert flow.heightForWidth(width) == one_line
