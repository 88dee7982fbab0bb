"""The head of a conversation is one picture; what can be pressed, selected and read out lies where it shows it."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from ui.delegates.head_picture import HeadPart
from ui.fonts import FontRole
from ui.models.head_text import HeadText
from ui.models.inbox_row_text import ChipText
from ui.models.presence_text import PresenceWords
from ui.styling import set_ground
from ui.theme import ThemeManager, ThemeMode
from ui.tokens import ChipTone, ColorRole
from ui.widgets.conversation_head import ConversationHead
from ui.widgets.head_facts import HeadFacts
from ui.widgets.safe_text import SafeLabel

PLAIN = HeadText(
    subject="Where is my kettle?",
    status=ChipText("Open", ChipTone.ACCENT),
    number="#43107",
    assignee="Maya Keller",
    team="",
    due=None,
    priority=None,
    tags="",
)
FULL = HeadText(
    subject="A subject of so many words that they do not fit beside the buttons, however wide the window",
    status=ChipText("Waiting on customer", ChipTone.OK),
    number="not yet numbered",
    assignee="Tom Adler",
    team="Orders & Returns",
    due=ChipText("Next reply due in 8 min", ChipTone.DANGER),
    priority=ChipText("High priority", ChipTone.WARN),
    tags="order, VIP, " * 12,
)


def made(themes: ThemeManager, qtbot: QtBot, width: int = 560) -> tuple[ConversationHead, HeadFacts]:
    head = ConversationHead(themes)
    qtbot.addWidget(head)
    head.resize(width, 140)
    head.show()
    qtbot.waitExposed(head)
    facts = head.findChild(HeadFacts)
    assert isinstance(facts, HeadFacts)
    return head, facts


def activate(head: ConversationHead) -> None:
    """Let the keyboard come to it, as it does only in the window in front."""
    head.activateWindow()
    assert QTest.qWaitForWindowActive(head)


def show(facts: HeadFacts, text: HeadText) -> None:
    facts.set_text(text)
    facts.settle()


def seen(widget: QWidget) -> QImage:
    return widget.grab().toImage()


@pytest.mark.parametrize("mode", [ThemeMode.LIGHT, ThemeMode.DARK])
@pytest.mark.parametrize(("before", "later"), [(PLAIN, FULL), (FULL, PLAIN)], ids=["to full", "to plain"])
def test_looks_the_same_painted_ahead_or_now(
    themes: ThemeManager, qtbot: QtBot, before: HeadText, later: HeadText, mode: ThemeMode
) -> None:
    themes.set_mode(mode)
    (plain, now), (known, ahead) = made(themes, qtbot), made(themes, qtbot)
    for facts in (now, ahead):
        show(facts, before)
    ahead.look_ahead(later)
    for facts in (now, ahead):
        facts.set_text(later)
    assert seen(known) == seen(plain)


@pytest.mark.parametrize("text", [PLAIN, FULL], ids=["plain", "full"])
def test_what_has_the_keyboard_says_the_same_where_it_stands(
    themes: ThemeManager, qtbot: QtBot, text: HeadText
) -> None:
    head, facts = made(themes, qtbot)
    activate(head)
    show(facts, text)
    resting = seen(facts)
    for button in (button for button in facts.buttons.values() if button.isVisible()):
        button.setFocus(Qt.FocusReason.TabFocusReason)
        inside = button.geometry().adjusted(10, 5, -10, -5)
        assert seen(facts).copy(inside) == resting.copy(inside)
        assert seen(facts) != resting  # the ring
        button.clearFocus()
    assert seen(facts) == resting


def test_a_selected_number_stands_where_the_picture_shows_it(themes: ThemeManager, qtbot: QtBot) -> None:
    _, facts = made(themes, qtbot)
    show(facts, PLAIN)
    place = facts.number.geometry()
    pictured = seen(facts).copy(place)
    holder = QWidget()
    qtbot.addWidget(holder)
    set_ground(holder, ColorRole.SURFACE)
    holder.resize(place.size())
    label = SafeLabel(
        PLAIN.number, FontRole.SECONDARY, ColorRole.TEXT_2, selectable=True, parent=holder
    )  # which is what it paints itself as
    label.setGeometry(holder.rect())
    assert seen(holder) == pictured
    facts.number.setSelection(0, len(PLAIN.number))
    assert facts.number.selectedText() == PLAIN.number
    facts.set_text(FULL)
    assert facts.number.text() == FULL.number


def test_every_fact_is_pressed_where_it_is_seen(themes: ThemeManager, qtbot: QtBot) -> None:
    _, facts = made(themes, qtbot)
    show(facts, PLAIN)
    show(facts, FULL)
    pressed: list[tuple[HeadPart, QWidget]] = []
    facts.pressed.connect(lambda part, anchor: pressed.append((part, anchor)))
    for part, button in facts.buttons.items():
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(2, 12))
        assert pressed[-1] == (part, button)
        assert facts.childAt(button.geometry().center()) is button


def test_says_everything_to_those_who_do_not_see_it(themes: ThemeManager, qtbot: QtBot) -> None:
    _, facts = made(themes, qtbot)
    show(facts, FULL)
    names = {button.accessibleName() for button in facts.buttons.values()}
    assert {"Status: Waiting on customer", "Assignee: Tom Adler", "Team: Orders & Returns"} < names
    labels = [label.text() for label in facts.findChildren(QLabel) if label.isVisible()]
    assert labels == [FULL.subject, FULL.number, "Next reply due in 8 min"]
    assert "however wide" in facts.subject.toolTip()
    show(facts, PLAIN)
    assert facts.subject.toolTip() == ""
    assert [part for part, button in facts.buttons.items() if button.isVisible()] == [
        HeadPart.STATUS,
        HeadPart.ASSIGNEE,
    ]


def test_what_has_the_keyboard_never_shows_the_conversation_before(
    themes: ThemeManager, qtbot: QtBot
) -> None:
    head, facts = made(themes, qtbot)
    activate(head)
    assignee = facts.buttons[HeadPart.ASSIGNEE]
    show(facts, FULL)
    assignee.setFocus(Qt.FocusReason.TabFocusReason)
    right, place = seen(facts), assignee.geometry()
    show(facts, PLAIN)
    assert seen(facts).copy(place) != right.copy(place)
    facts.set_text(FULL)  # not settled yet
    assert seen(facts).copy(place) == right.copy(place)


def test_is_as_high_as_its_facts_need(themes: ThemeManager, qtbot: QtBot) -> None:
    head, facts = made(themes, qtbot)
    show(facts, PLAIN)
    one_line = head.heightForWidth(560)
    show(facts, FULL)
    assert head.heightForWidth(560) > one_line
    assert head.heightForWidth(2_000) == one_line


def test_who_else_is_here_stands_at_the_right_of_the_first_line(themes: ThemeManager, qtbot: QtBot) -> None:
    head, facts = made(themes, qtbot)
    show(facts, FULL)
    head.set_presence(PresenceWords(people=("Ben Ott",), head="Ben is viewing", warning=""))
    mark = facts.presence.geometry()
    assert facts.presence.isVisible()
    assert mark.right() <= facts.width() - 20
    assert not any(mark.intersects(b.geometry()) for b in facts.buttons.values() if b.isVisible())
    head.set_presence(PresenceWords())
    assert not facts.presence.isVisible()
