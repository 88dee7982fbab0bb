"""The hint about the recovery key in the status line, and saving the key in the settings."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.services.profile_keys import Protection
from agent_desktop.services.recovery_hint import RecoveryHint
from tests.ui.conftest import Room
from ui.viewmodels.sync_status import SyncStatusViewModel
from ui.widgets.security_settings import SecuritySettings
from ui.widgets.status_line import StatusLine

KEY = "AAAA-BBBB-CCCC"


class Keys:
    """A profile on this computer alone, whose key is in the keychain."""

    protection, server, recovery_key, is_renewing = Protection.KEYCHAIN, "", KEY, False


@pytest.fixture
def window(room: Room, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> QWidget:
    monkeypatch.setattr(room.world.desk, "keys", Keys())
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def line_of(room: Room, window: QWidget) -> StatusLine:
    """The status line as it is after a start."""
    desk, context = room.world.desk, room.context
    vars(desk)["recovery_hint"] = RecoveryHint(desk.settings, desk.keys)
    status = SyncStatusViewModel(desk, context.tasks, context.changes, context.sync_changes, window)
    line = StatusLine(context.theme, status, window)
    line.show()
    return line


def page_of(room: Room, window: QWidget) -> SecuritySettings:
    desk = room.world.desk
    return SecuritySettings(
        room.context.theme, desk.settings, room.context.tasks, desk.keys, desk.app_lock, window
    )


def test_it_is_put_away_twice_and_stays_away(room: Room, window: QWidget) -> None:
    for _ in range(2):
        line = line_of(room, window)
        assert line.save_key.isVisible()
        line.not_now.click()
        assert not line.save_key.isVisible()
        assert not line.not_now.isVisible()
    assert not line_of(room, window).save_key.isVisible()


def test_it_leads_to_the_key_and_is_gone_once_that_was_shown(
    room: Room, window: QWidget, qtbot: QtBot
) -> None:
    line = line_of(room, window)
    with qtbot.waitSignal(line.recovery_key_wanted):
        line.save_key.click()
    page_of(room, window).show_recovery.click()
    line.refresh()
    assert not line.save_key.isVisible()


def test_the_key_goes_into_a_file(room: Room, window: QWidget, tmp_path: Path, qtbot: QtBot) -> None:
    page = page_of(room, window)
    page.show_recovery.click()
    assert KEY in page.recovery.text()
    with qtbot.waitSignal(page.place_wanted):
        page.save.click()
    page.save_recovery(None)
    assert list(tmp_path.glob("*.txt")) == []
    with qtbot.waitSignal(page.said) as said:
        page.save_recovery(tmp_path / "key.txt")
    assert (tmp_path / "key.txt").read_text().startswith(KEY)
    assert "Keep it away from this computer" in said.args[0]
    page.save_recovery(tmp_path / "missing" / "key.txt")
    assert "another place" in page.problem.text()
