"""Changing the password and signing a device out in the settings, by keyboard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Room
from tests.ui.viewmodels.test_own_account import LAPTOP, TABLET, Account
from ui.viewmodels.own_account import OwnAccountViewModel
from ui.widgets.device_settings import DeviceSettings
from ui.widgets.password_dialog import PasswordDialog
from ui.widgets.security_settings import SecuritySettings


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def model(room: Room, account: Account) -> OwnAccountViewModel:
    return OwnAccountViewModel(room.context, lambda: account)


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def typed(dialog: PasswordDialog, *texts: str) -> None:
    for field, text in zip((dialog.current, dialog.new, dialog.again), texts, strict=True):
        field.setFocus()
        field.clear()
        QTest.keyClicks(field, text)


def test_the_dialog_stays_until_the_server_has_taken_it(
    room: Room, model: OwnAccountViewModel, account: Account, window: QWidget, qtbot: QtBot
) -> None:
    dialog = PasswordDialog(room.context.theme, model, window)
    dialog.open()
    assert dialog.others.isChecked()
    assert all(
        field.echoMode() is field.EchoMode.Password for field in (dialog.current, dialog.new, dialog.again)
    )
    typed(dialog, "the old one", "the new one", "the now one")
    QTest.keyClick(dialog.again, Qt.Key.Key_Return)
    assert "not the same" in dialog.problem.text()
    typed(dialog, "a guess at it", "the new one", "the new one")
    QTest.keyClick(dialog.again, Qt.Key.Key_Return)
    assert "not right" in dialog.problem.text()
    assert dialog.problem.isVisible()
    assert dialog.isVisible()
    assert dialog.yes.isEnabled()
    assert account.password == "the old one"
    typed(dialog, "the old one", "the new one", "the new one")
    with qtbot.waitSignal(dialog.accepted):
        QTest.keyClick(dialog.again, Qt.Key.Key_Return)
    assert account.password == "the new one"
    assert account.others_signed_out is True


def test_who_has_to_type_it_in_the_browser_goes_there(
    room: Room, model: OwnAccountViewModel, window: QWidget, qtbot: QtBot
) -> None:
    dialog = PasswordDialog(room.context.theme, model, window)
    dialog.open()
    with qtbot.waitSignal(model.browser_wanted):
        dialog.browser.click()
    assert not dialog.isVisible()


def test_the_password_is_changed_from_the_page_of_security(
    room: Room, model: OwnAccountViewModel, window: QWidget
) -> None:
    desk = room.context.desk
    page = SecuritySettings(
        room.context.theme, desk.settings, room.context.tasks, None, desk.app_lock, window, model
    )
    assert page.change_password is not None
    page.change_password.click()
    assert window.findChild(PasswordDialog) is not None
    alone = SecuritySettings(
        room.context.theme, desk.settings, room.context.tasks, None, desk.app_lock, window
    )
    assert alone.change_password is None


def test_another_device_is_signed_out_by_keyboard(
    room: Room, model: OwnAccountViewModel, window: QWidget
) -> None:
    page = DeviceSettings(room.context.theme, model, window)
    page.show()
    assert page.table.current == LAPTOP
    assert not page.out.isEnabled()
    QTest.keyClick(page.table, Qt.Key.Key_Down)
    assert page.table.current == TABLET
    assert page.out.isEnabled()
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert room.navigator.messages[-1][0] == "Tablet is signed out."
    assert not page.out.isEnabled()


def test_why_no_devices_are_shown_is_said_with_a_way_to_try_again(
    room: Room, model: OwnAccountViewModel, account: Account, window: QWidget
) -> None:
    account.problem = "The server cannot be reached now."
    page = DeviceSettings(room.context.theme, model, window)
    page.show()
    assert page.empty.isVisible()
    assert account.problem in page.empty.accessibleName()
    account.problem = ""
    page.again.click()
    assert page.table.isVisible()
