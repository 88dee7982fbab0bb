"""The window of a profile whose key is not at hand."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent_desktop.cli.desk import Person, open_desk, set_up
from agent_desktop.cli.keeping import Keeper
from agent_desktop.domain.key_trouble import KeyTrouble
from agent_desktop.profile import Profile
from sync.server.workspace_rules import WorkspaceRule
from tests.cli.test_keeping import CLOCK, IDS
from tests.cli.test_orders import Laptop, by_hand, deposit
from tests.services.test_vault import PHRASE, WEAK, MemoryShelf
from tests.team_server import RunningServer, team_server
from ui.application import Start
from ui.launch import Launch
from ui.screens.first_run import FirstRun
from ui.screens.locked import LockedWindow
from ui.single_instance import SingleInstance
from ui.theme import ThemeManager


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile(tmp_path / "profile")


@pytest.fixture
def begin(
    profile: Profile, shelf: MemoryShelf, qapp: QApplication, tmp_path: Path
) -> Iterator[Callable[[], Start]]:
    begun: list[Start] = []

    def begin() -> Start:
        keys = Keeper(profile, lambda: shelf, asks=True, cost=WEAK, clock=CLOCK)
        launch = Launch(
            folder=profile.folder,
            logs=profile.logs,
            version=lambda: "1",
            is_set_up=profile.exists,
            open_desk=lambda: open_desk(profile, CLOCK, IDS, background=False, keeper=keys),
            set_up=lambda new: None,
            set_up_demo=lambda progress: None,
            connect=lambda login, progress: "",
            keys=keys,
        )
        start = Start(qapp, launch, SingleInstance(tmp_path), "")
        begun.append(start)
        start.begin()
        return start

    yield begin
    for start in begun:
        if start._program is not None:
            start._program.quit()
        start.close()
        start.deleteLater()
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, LockedWindow | FirstRun):
            widget.close()
            widget.deleteLater()


def make(profile: Profile, shelf: MemoryShelf) -> Keeper:
    keeper = Keeper(profile, lambda: shelf, asks=True, cost=WEAK)
    set_up(profile, Person(name="Maya", company="Northwind"), CLOCK, IDS, keeper)
    return keeper


def locked() -> LockedWindow | None:
    shown = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, LockedWindow)]
    return next((widget for widget in shown if widget.isVisible()), None)


def locked_window(qtbot: QtBot) -> LockedWindow:
    qtbot.waitUntil(lambda: locked() is not None)
    window = locked()
    assert window is not None
    return window


def test_a_locked_keychain_is_said_and_tried_again(
    profile: Profile, shelf: MemoryShelf, begin: Callable[[], Start], qtbot: QtBot
) -> None:
    make(profile, shelf)
    shelf.trouble = KeyTrouble.LOCKED
    start = begin()
    window = locked_window(qtbot)
    assert "is locked" in window.sentence.text()
    window.retry.click()
    qtbot.waitUntil(lambda: "is locked" in window.sentence.text() and window.retry.isEnabled())
    assert start._program is None
    shelf.trouble = None
    with qtbot.waitSignal(start.opened):
        window.retry.click()
    qtbot.waitUntil(lambda: locked() is None)


def test_who_has_no_keychain_chooses_a_passphrase_and_types_it_at_the_next_start(
    profile: Profile, shelf: MemoryShelf, begin: Callable[[], Start], qtbot: QtBot
) -> None:
    shelf.trouble = KeyTrouble.NO_KEYCHAIN
    make(profile, shelf)
    start = begin()
    window = locked_window(qtbot)
    for new, again, problem in (("short", "short", "ten characters"), (PHRASE, "other", "not the same")):
        window.new.setText(new)
        window.again.setText(again)
        window._choose()
        assert problem in window.problem.text()
    window.again.setText(PHRASE)
    with qtbot.waitSignal(start.opened):
        window._choose()
    assert start._program is not None
    start._program.quit()
    start.close()
    start._program = None
    start = begin()
    window = locked_window(qtbot)
    window.passphrase.setText("wrong")
    window._take_passphrase()
    qtbot.waitUntil(lambda: "not the passphrase" in window.problem.text())
    window.passphrase.setText(PHRASE)
    with qtbot.waitSignal(start.opened):
        window._take_passphrase()


def test_a_lost_key_is_written_in_or_the_profile_put_aside(
    profile: Profile, shelf: MemoryShelf, begin: Callable[[], Start], qtbot: QtBot
) -> None:
    make(profile, shelf)
    shelf.secrets.clear()
    start = begin()
    window = locked_window(qtbot)
    window.recovery.setText("ABC")
    window._recover()
    qtbot.waitUntil(lambda: "not a recovery key" in window.problem.text())
    window.aside.click()
    qtbot.waitUntil(lambda: locked() is None)
    assert any(
        isinstance(widget, FirstRun) and widget.isVisible() for widget in QApplication.topLevelWidgets()
    )
    assert not profile.exists
    assert len(list(profile.folder.parent.glob("profile.sealed-*"))) == 1
    assert start._program is None


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[tuple[RunningServer, Laptop]]:
    """A computer that has lost its key, which its server has."""
    (tmp_path / "server").mkdir()
    with team_server(tmp_path / "server") as server:
        laptop = Laptop(tmp_path / "laptop")
        laptop.connect(server.url)
        deposit(server, laptop)
        server.accounts.rules.set(WorkspaceRule.BROWSER_ONLY, True)
        laptop.lose_everything()
        yield server, laptop


def test_the_key_is_fetched_with_the_browser(
    laptop: tuple[RunningServer, Laptop], qapp: QApplication, tmp_path: Path, qtbot: QtBot
) -> None:
    server, computer = laptop
    pages: list[str] = []

    def open_url(url: QUrl) -> bool:
        pages.append(url.toString())
        return True

    launch = Launch(
        folder=computer.profile.folder,
        logs=computer.profile.logs,
        version=lambda: "1",
        is_set_up=True,
        open_desk=lambda: open_desk(
            computer.profile,
            CLOCK,
            IDS,
            tokens=lambda: computer.tokens,
            background=False,
            keeper=computer.keeper,
        ),
        set_up=lambda new: None,
        set_up_demo=lambda progress: None,
        connect=lambda login, progress: "",
        keys=computer.keeper,
    )
    start = Start(qapp, launch, SingleInstance(tmp_path), "", open_url)
    start.begin()
    window = locked_window(qtbot)
    window.browser.click()
    qtbot.waitUntil(window.waiting.isVisible)
    assert not window.retry.isVisible(), "one thing at a time"
    window.waiting.cancel.click()
    qtbot.waitUntil(window.retry.isVisible)
    assert window.problem.text() == "", "who stops it is told nothing"
    window.browser.click()
    qtbot.waitUntil(lambda: len(pages) == 2 and window.waiting.isVisible())
    with ThreadPoolExecutor(1) as person, qtbot.waitSignal(start.opened):
        person.submit(by_hand, server.url, pages[-1])
    qtbot.waitUntil(lambda: locked() is None)
    assert start._program is not None
    start._program.quit()
    start.close()


def test_who_closes_the_window_waits_for_no_browser(themes: ThemeManager, qtbot: QtBot) -> None:
    window = LockedWindow(themes, "https://desk.example.com")
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(window.browser_cancelled):
        window.close()


@pytest.mark.parametrize("trouble", KeyTrouble)
def test_every_trouble_has_words_and_fits(themes: ThemeManager, qtbot: QtBot, trouble: KeyTrouble) -> None:
    window = LockedWindow(themes, "https://desk.example.com")
    qtbot.addWidget(window)
    window.show_trouble(trouble)
    window.show()
    assert window.title.text()
    assert window.sentence.text()
    assert window.minimumSizeHint().height() <= 700


def test_a_profile_whose_key_is_destroyed_while_it_is_open_is_closed_and_removed(
    profile: Profile, shelf: MemoryShelf, begin: Callable[[], Start], qtbot: QtBot
) -> None:
    make(profile, shelf)
    start = begin()
    qtbot.waitUntil(lambda: start._program is not None)
    program, keys = start._program, start._launch.keys
    assert program is not None
    assert isinstance(keys, Keeper)
    (window,) = program.windows
    keys.begin_wipe("device", "")
    program._desk.wiped()  # as the thread that follows orders says
    shown = locked_window(qtbot)
    assert "was removed from this computer" in shown.sentence.text()
    assert not window.isVisible()
    qtbot.waitUntil(lambda: {path.name for path in profile.folder.rglob("*")} <= {"profile.lock"})
    assert shelf.secrets == {}
