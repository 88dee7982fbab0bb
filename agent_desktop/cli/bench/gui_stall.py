"""The longest time in which the window answers to nothing, in a tour through all of it."""

from collections.abc import Callable

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.window import BenchWindow, shown_window
from agent_desktop.cli.bench.workspace import BenchWorkspace
from ui.navigator import ScreenName
from ui.watchdog import EventLoopWatchdog

_FRAME_SECONDS = 0.02
_LONGEST_MS = 50.0

Step = Callable[[BenchWindow], None]


def _measure(workspace: BenchWorkspace) -> Reading:
    longest: dict[str, float] = {}
    dearest: dict[str, float] = {}
    with shown_window(workspace, background=True) as window:
        watchdog = EventLoopWatchdog()
        for name, step in _TOUR:
            watchdog.start()
            step(window)
            window.settle()
            window.pause(_AFTERWARDS_SECONDS)
            longest[name] = watchdog.stop()
            dearest[f"{name}_cpu"] = watchdog.dearest_ms
    return Reading(ours=max(longest.values()), limit=_LONGEST_MS, details=longest | dearest)


_AFTERWARDS_SECONDS = 0.5
"""Counts and lists follow a little later than what was done."""


def _views(window: BenchWindow) -> None:
    for key in ("unassigned", "open", "breaching", "snoozed", "mine"):
        window.main.show_view(key)
        window.settle()


def _everything(window: BenchWindow) -> None:
    window.main.show_view("all")


def _scroll(window: BenchWindow) -> None:
    bar = window.main.workspace.list.list.verticalScrollBar()
    for page in range(60):
        bar.setValue(page * bar.pageStep() // 2)
        window.pause(_FRAME_SECONDS)
    for part in (1, 7, 3, 9, 5, 10, 0):
        bar.setValue(bar.maximum() * part // 10)
        window.pause(5 * _FRAME_SECONDS)


def _read(window: BenchWindow) -> None:
    for _ in range(12):
        window.main.workspace.list.list.step(1)
        window.settle()


def _act(window: BenchWindow) -> None:
    workspace = window.main.workspace
    for _ in range(3):
        workspace.list.list.step(1)
        window.settle()
        workspace.assign_to_me()
        window.settle()


def _search(window: BenchWindow) -> None:
    for query in ("refund", "where is my order", "status:open kettle"):
        for length in range(1, len(query) + 1):
            window.main.search_for(query[:length])
            window.pause(_FRAME_SECONDS)
        window.settle()


def _screens(window: BenchWindow) -> None:
    for name in (ScreenName.CUSTOMERS, ScreenName.KNOWLEDGE, ScreenName.OUTBOX, ScreenName.INBOX):
        window.main.show_screen(name)
        window.settle()


def _palette(window: BenchWindow) -> None:
    for text in ("r", "re", "ref", "refu"):
        window.main.open_palette(text)
        window.settle()
    window.main.go_back()


_TOUR: tuple[tuple[str, Step], ...] = (
    ("views", _views),
    ("everything", _everything),
    ("scroll", _scroll),
    ("read", _read),
    ("act", _act),
    ("search", _search),
    ("screens", _screens),
    ("palette", _palette),
)


FIGURE = Figure(
    name="gui_stall",
    words="the longest stall of the event loop in a tour: views, scrolling, reading, acting, searching; wall time",
    unit="ms",
    target=1,
    measure=_measure,
)
