"""The lock of the windows: nothing is shown, nothing is lost, and only who may opens it again."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent_desktop.cli.keeping import Keeper
from agent_desktop.domain.errors import InputError
from agent_desktop.services.app_lock import AppLock
from agent_desktop.services.profile_keys import Protection
from agent_desktop.services.settings import LOCK_AFTER, LOCK_CODE
from tests.services.test_vault import PHRASE, WEAK, MemoryShelf
from tests.ui.desks import DeskWorld
from ui.program import Program
from ui.screens.lock_window import LockWindow
from ui.tasks import Tasks
from ui.theme import ThemeManager
from ui.widgets.security_settings import SecuritySettings

CODE = "271828"


@pytest.fixture
def program(qapp: QApplication, world: DeskWorld, themes: ThemeManager, qtbot: QtBot) -> Iterator[Program]:
    world.customer_writes("Amelia Novak", "Kettle", "It does not boil.")
    program = Program(qapp, world.desk, themes, lambda: "1")
    program.new_window()
    yield program
    if program._lock.window is not None:
        program._lock._unlocked()
    program.quit()
    program.close()
    program.deleteLater()


def shown() -> list[object]:
    return [type(widget) for widget in QApplication.topLevelWidgets() if widget.isVisible()]


def lock_window(program: Program) -> LockWindow:
    window = program._lock.window
    assert window is not None
    return window


def test_only_the_code_opens_it_and_what_was_written_is_there(program: Program, qtbot: QtBot) -> None:
    program._desk.app_lock.set_code(CODE)
    (window,) = program.windows
    window.commands.run("app.lock")
    assert shown() == [LockWindow]
    locked = lock_window(program)
    program.activate("agentdesk://conversation/1")
    locked.close()
    assert program._lock.is_locked
    assert not window.isVisible()
    locked.typed.setText("000000")
    locked.unlock.click()
    qtbot.waitUntil(lambda: "does not unlock" in locked.problem.text())
    assert shown() == [LockWindow]
    locked.typed.setText(CODE)
    locked.unlock.click()
    qtbot.waitUntil(lambda: not program._lock.is_locked)
    assert window.isVisible()


def test_it_locks_itself_only_while_nothing_is_done(program: Program, qtbot: QtBot) -> None:
    lock, settings = program._lock, program._desk.settings
    assert not lock._timer.isActive()
    settings.set(LOCK_AFTER, 5)
    qtbot.waitUntil(lock._timer.isActive)
    assert lock._timer.interval() == 5 * 60_000
    begun = lock._timer.timerId()
    qtbot.keyClick(program.windows[0], Qt.Key.Key_Shift)
    assert lock._timer.timerId() != begun  # it counts anew
    lock._timer.timeout.emit()
    assert shown() == [LockWindow]
    lock_window(program).unlock.click()  # nobody chose a code, and there is no server
    qtbot.waitUntil(lambda: not lock.is_locked)
    settings.set(LOCK_AFTER, 0)
    qtbot.waitUntil(lambda: not lock._timer.isActive())


def test_a_code_is_kept_as_what_became_of_it(world: DeskWorld) -> None:
    lock = AppLock(world.desk.settings, None)
    with pytest.raises(InputError, match="6 digits"):
        lock.set_code("12345")
    lock.set_code(CODE)
    assert CODE not in world.desk.settings.get(LOCK_CODE)
    lock.unlock(CODE)
    with pytest.raises(InputError):
        lock.unlock(CODE + "0")
    lock.set_code("")
    assert lock.asks_for == ""
    lock.unlock("")


def test_the_page_says_what_is_not_protected(world: DeskWorld, themes: ThemeManager, qtbot: QtBot) -> None:
    desk = world.desk
    program_tasks = Program
    assert program_tasks is not None

    tasks = Tasks()
    keys = Keeper(world.profile, MemoryShelf, asks=True, cost=WEAK)
    keys.decide(Protection.NONE)
    page = SecuritySettings(themes, desk.settings, tasks, keys, desk.app_lock, None)  # type: ignore[arg-type]
    qtbot.addWidget(page)
    assert page.state.text().startswith("Not encrypted")
    assert not page.show_recovery.isVisibleTo(page)
    assert not page.renew.isEnabled()
    page.passphrase.setText("short")
    page.use_passphrase.click()
    qtbot.waitUntil(lambda: page.problem.isVisibleTo(page))
    page.passphrase.setText(PHRASE)
    with qtbot.waitSignal(page.said):
        page.use_passphrase.click()
    assert page.state.text().startswith("Encrypted")
    page.show_recovery.click()
    assert keys.recovery_key in page.recovery.text()
    with qtbot.waitSignal(page.said, check_params_cb=lambda words: "next start" in words):
        page.renew.click()
    assert keys.is_renewing
    assert not page.renew.isEnabled()
    tasks.close()
