"""Buttons: what they say to whom, and that they leave the focus where it is."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui.icon_names import IconName
from ui.theme import ThemeManager, ThemeMode
from ui.widgets.buttons import Button, ButtonKind, IconButton, SplitButton, key_text


@pytest.mark.parametrize("kind", ButtonKind)
def test_every_kind_is_drawn_and_looks_its_own(qtbot: QtBot, themes: ThemeManager, kind: ButtonKind) -> None:
    button = Button(themes, "Resolve", kind, IconName.CHECK, hint="Ctrl E")
    qtbot.addWidget(button)
    button.resize(button.sizeHint())
    light = button.grab().toImage()
    button.setEnabled(False)
    assert button.grab().toImage() != light
    button.setEnabled(True)
    themes.set_mode(ThemeMode.DARK)
    assert button.grab().toImage() != light


def test_both_halves_of_a_split_button_are_equally_high_in_large_text(
    qtbot: QtBot, themes: ThemeManager
) -> None:
    themes.set_text_scale(200)
    button = SplitButton(themes, "Send", "More ways to send", hint="Ctrl ⏎")
    qtbot.addWidget(button)
    button.show()
    assert button.arrow.geometry().height() == button.main.geometry().height() > button.fontMetrics().height()


def test_enter_presses_the_button_that_has_the_focus_and_no_other(qtbot: QtBot, themes: ThemeManager) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    layout = QVBoxLayout(dialog)
    yes, no = Button(themes, "Discard", ButtonKind.DANGER), Button(themes, "Keep")
    close = IconButton(themes, IconName.CLOSE, "Close")
    pressed = []
    for button in (yes, no, close):
        layout.addWidget(button)
        button.clicked.connect(lambda checked=False, of=button: pressed.append(of))
    yes.setDefault(True)
    dialog.show()
    qtbot.keyClick(no, Qt.Key.Key_Return)
    qtbot.keyClick(close, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert pressed == [no, close, yes]


def test_a_click_leaves_the_focus_in_the_text(qtbot: QtBot, themes: ThemeManager) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    field, button = QLineEdit(), Button(themes, "Resolve")
    layout.addWidget(field)
    layout.addWidget(button)
    window.show()
    window.activateWindow()
    field.setFocus()
    with qtbot.waitSignal(button.clicked):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.focusWidget() is field
    assert button.focusPolicy() is Qt.FocusPolicy.TabFocus


def test_focus_is_visible(qtbot: QtBot, themes: ThemeManager) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    buttons: list[QWidget] = [Button(themes, kind.value, kind) for kind in ButtonKind]
    buttons.append(IconButton(themes, IconName.CLOCK, "Snooze", framed=True))
    buttons.append(IconButton(themes, IconName.CLOCK, "Snooze"))
    other = QLineEdit()
    layout.addWidget(other)
    for button in buttons:
        layout.addWidget(button)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    for button in buttons:
        other.setFocus()
        before = button.grab().toImage()
        button.setFocus()
        assert button.grab().toImage() != before


def test_an_icon_button_has_a_name_and_tells_its_key(qtbot: QtBot, themes: ThemeManager) -> None:
    button = IconButton(themes, IconName.CLOCK, "Snooze")
    qtbot.addWidget(button)
    assert (button.accessibleName(), button.toolTip()) == ("Snooze", "<qt>Snooze</qt>")
    button.set_name("Snooze", "Ctrl+Z")
    assert button.accessibleName() == "Snooze"
    assert key_text("Ctrl+Z") in button.toolTip()


def test_a_hint_makes_room_for_itself(qtbot: QtBot, themes: ThemeManager) -> None:
    plain, hinted = Button(themes, "Send"), Button(themes, "Send", hint="Ctrl ⏎")
    qtbot.addWidget(plain)
    qtbot.addWidget(hinted)
    assert hinted.sizeHint().width() > plain.sizeHint().width()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_split_button_acts_and_offers_variants(qtbot: QtBot, themes: ThemeManager) -> None:
    split = SplitButton(themes, "Send", "More ways to send")
    qtbot.addWidget(split)
    later = QAction("Send later", split)
    split.menu.addAction(later)
    split.show()
    with qtbot.waitSignal(split.clicked):
        qtbot.mouseClick(split.main, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(split.arrow, Qt.MouseButton.LeftButton)
    assert split.menu.isVisible()
    split.menu.close()
    split.set_text("Send and resolve")
    assert split.main.text() == "Send and resolve"
    assert split.arrow.accessibleName() == "More ways to send"


def test_icons_grow_with_the_text_beside_them(qtbot: QtBot, themes: ThemeManager) -> None:
    both = Button(themes, "Edit", icon=IconName.PENCIL), IconButton(themes, IconName.CLOCK, "Snooze")
    for button in both:
        qtbot.addWidget(button)
    usual = [button.iconSize().width() for button in both]
    themes.set_text_scale(200)
    assert all(button.iconSize().width() > before * 1.5 for button, before in zip(both, usual, strict=True))
