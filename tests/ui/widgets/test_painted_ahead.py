"""A timeline painted ahead looks like one painted when it is wanted, and is never shown when it would not."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent_desktop.domain.message import MessageKind
from tests.ui.widgets.test_timeline import entries, many
from ui.models.timeline import TimelineEntry
from ui.theme import ThemeManager, ThemeMode
from ui.widgets.timeline import TimelineView

LONG, SHORT = entries(*many(40, "A line that is long enough to be broken in two. " * 3)), entries(*many(3))
Disturb = Callable[[TimelineView, ThemeManager], object]


def made(themes: ThemeManager, qtbot: QtBot) -> TimelineView:
    timeline = TimelineView(themes)
    qtbot.addWidget(timeline)
    timeline.resize(560, 400)
    timeline.show()
    qtbot.waitExposed(timeline)
    return timeline


def seen(timeline: TimelineView) -> QImage:
    return timeline.viewport().grab().toImage()


def looked_ahead(timeline: TimelineView, later: Sequence[TimelineEntry], *, more: bool = False) -> None:
    for _ in timeline.look_ahead(later, more=more):
        pass


@pytest.mark.parametrize("more", [False, True])
@pytest.mark.parametrize("later", [LONG, SHORT], ids=["long", "short"])
@pytest.mark.parametrize("before", [LONG, SHORT], ids=["after long", "after short"])
def test_looks_as_if_it_were_painted_now(
    themes: ThemeManager,
    qtbot: QtBot,
    before: Sequence[TimelineEntry],
    later: Sequence[TimelineEntry],
    more: bool,
) -> None:
    plain, ahead = made(themes, qtbot), made(themes, qtbot)
    ahead.start(before, more=False)
    looked_ahead(ahead, later, more=more)
    for timeline in (plain, ahead):
        timeline.start(later, more=more)
    assert ahead._painted_ahead() is not None
    assert plain._painted_ahead() is None
    assert seen(ahead) == seen(plain)


def _changed(later: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    return [*later[:-1], replace(later[-1], text="Something else", meta="Email · 09:00")]


@pytest.mark.parametrize(
    "disturb",
    [
        pytest.param(lambda timeline, themes: timeline.resize(500, 400), id="width"),
        pytest.param(lambda timeline, themes: timeline.resize(560, 300), id="height"),
        pytest.param(lambda timeline, themes: themes.set_mode(ThemeMode.DARK), id="theme"),
        pytest.param(lambda timeline, themes: themes.set_text_scale(125), id="text size"),
    ],
)
def test_what_has_changed_meanwhile_is_painted_anew(
    themes: ThemeManager, qtbot: QtBot, disturb: Disturb
) -> None:
    timeline = made(themes, qtbot)
    looked_ahead(timeline, LONG)
    disturb(timeline, themes)
    QApplication.processEvents()
    timeline.start(LONG, more=False)
    assert timeline._painted_ahead() is None
    fresh = made(themes, qtbot)
    fresh.resize(timeline.size())
    fresh.start(LONG, more=False)
    assert seen(timeline) == seen(fresh)


def test_other_words_are_painted_anew(themes: ThemeManager, qtbot: QtBot) -> None:
    timeline, fresh = made(themes, qtbot), made(themes, qtbot)
    looked_ahead(timeline, SHORT)
    for shown in (timeline, fresh):
        shown.start(_changed(SHORT), more=False)
    assert seen(timeline) == seen(fresh)


def test_scrolling_and_pointing_paint_anew(themes: ThemeManager, qtbot: QtBot) -> None:
    timeline = made(themes, qtbot)
    looked_ahead(timeline, LONG)
    timeline.start(LONG, more=False)
    timeline.verticalScrollBar().setValue(timeline.verticalScrollBar().value() - 10)
    assert timeline._painted_ahead() is None
    timeline.scroll_to_end()
    assert timeline._painted_ahead() is not None
    timeline.live(LONG[-1].key)
    assert timeline._painted_ahead() is None


def test_a_change_of_looks_in_the_middle_of_painting_ahead_leaves_nothing_behind(
    themes: ThemeManager, qtbot: QtBot
) -> None:
    timeline = made(themes, qtbot)
    steps = timeline.look_ahead(SHORT, more=False)
    next(steps)
    themes.set_mode(ThemeMode.DARK)
    for _ in steps:
        pass
    timeline.start(SHORT, more=False)
    fresh = made(themes, qtbot)
    fresh.start(SHORT, more=False)
    assert seen(timeline) == seen(fresh)


def test_only_a_few_screens_are_kept(themes: ThemeManager, qtbot: QtBot) -> None:
    timeline = made(themes, qtbot)
    others = [entries(*many(count)) for count in range(1, 7)]
    for other in others:
        looked_ahead(timeline, other)
    found = []
    for other in others:
        timeline.start(other, more=False)
        found.append(timeline._painted_ahead() is not None)
    assert found == [False, False, True, True, True, True]


def test_events_are_painted_ahead_too(themes: ThemeManager, qtbot: QtBot) -> None:
    shown = entries(*(replace(message, kind=MessageKind.EVENT) for message in many(3)))
    timeline, fresh = made(themes, qtbot), made(themes, qtbot)
    looked_ahead(timeline, shown)
    for view in (timeline, fresh):
        view.start(shown, more=False)
    assert timeline._painted_ahead() is not None
    assert seen(timeline) == seen(fresh)
