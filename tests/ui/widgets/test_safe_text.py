"""Labels show what they are given and never act on it."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ui.fonts import FontRole
from ui.models.tool_tip import plain_tool_tip
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.safe_text import SafeLabel

HOSTILE = (
    "<img src=file:///etc/hostname>",
    "<b>bold</b>",
    "<a href='file:///etc/passwd'>open</a>",
    "<style>@import url(file:///etc/hostname)</style>",
    "&lt;already escaped&gt;",
    "<html><body background=file:///etc/hostname>",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_stays_text(qtbot: QtBot, themes: ThemeManager, text: str) -> None:
    label = SafeLabel(text, wrap=True, selectable=True)
    qtbot.addWidget(label)
    label.show()
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert label.text() == text
    # Rendered as markup it would be narrower than the markup itself.
    line = SafeLabel(text)
    qtbot.addWidget(line)
    assert line.sizeHint().width() >= line.fontMetrics().horizontalAdvance(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_tool_tips_show_markup_as_text(text: str) -> None:
    shown = plain_tool_tip(text)
    assert "<" not in shown.removeprefix("<qt>").removesuffix("</qt>")


def test_no_text_means_no_tool_tip() -> None:
    assert plain_tool_tip("") == ""


def test_an_eliding_label_yields_and_tells_the_rest(qtbot: QtBot, themes: ThemeManager) -> None:
    label = SafeLabel("Customer since 2022 · Ljubljana <b>14:12</b>", elide=True)
    qtbot.addWidget(label)
    assert label.minimumSizeHint().width() == 0
    label.show()
    label.resize(80, 20)
    assert "&lt;b&gt;" in label.toolTip()
    assert label.text().endswith("</b>")
    label.resize(2000, 20)
    assert label.toolTip() == ""
    label.set_hint("The city is theirs.")
    assert label.toolTip() == "<qt>The city is theirs.</qt>"
    label.resize(80, 20)
    assert label.toolTip().endswith("&lt;/b&gt;<br>The city is theirs.</qt>")


def test_roles_give_size_and_colour(qtbot: QtBot, themes: ThemeManager) -> None:
    big, small = SafeLabel("x", FontRole.TITLE), SafeLabel("x", FontRole.SMALL, ColorRole.DANGER)
    for label in (big, small):
        qtbot.addWidget(label)
        label.show()
    assert big.fontMetrics().height() > small.fontMetrics().height()
    assert small.palette().color(small.foregroundRole()) == themes.color(ColorRole.DANGER)
    small.set_color(ColorRole.OK)
    assert small.palette().color(small.foregroundRole()) == themes.color(ColorRole.OK)
    before = big.fontMetrics().height()
    themes.set_text_scale(200)
    assert big.fontMetrics().height() > before * 1.6
