"""Signing in again, from the status line and the settings: in place, and with nothing lost."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.domain.errors import InputError
from agent_desktop.services.server_account import ServerIdentity
from agent_desktop.services.sync_status import SyncState, SyncStatus
from tests.factories import an_id
from tests.fakes import START
from tests.ui.conftest import Room
from ui.viewmodels.server import ServerViewModel
from ui.viewmodels.sync_status import SyncStatusViewModel
from ui.widgets.server_settings import ServerSettings
from ui.widgets.sign_in_dialog import SignInDialog
from ui.widgets.status_line import StatusLine

SIGNED_OUT = SyncStatus(
    SyncState.REFUSED, START, sign_in=True, problem="The server does not know this computer."
)


class Account:
    """An account that knows one password."""

    identity = ServerIdentity(
        url="https://desk.example.com",
        workspace="Lighthouse",
        user_id=an_id("user"),
        email="maya@example.com",
        device="Laptop",
    )
    signed_in = False

    def sign_in(self, password: str) -> str:
        if password != "right":
            raise InputError("E-mail address and password do not belong together.")
        return "Signed in for this run."

    def sign_out(self) -> str:
        return "Signed out."


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def test_the_status_line_leads_to_the_sign_in(room: Room, window: QWidget, qtbot: QtBot) -> None:
    context = room.context
    status = SyncStatusViewModel(context.desk, context.tasks, context.changes, context.sync_changes, window)
    line = StatusLine(context.theme, status, window)
    assert line.sign_in.isHidden()
    context.sync_changes.send(SIGNED_OUT)
    qtbot.waitUntil(lambda: not line.sign_in.isHidden())
    assert line.sign_in.text() == "Sign in again"
    with qtbot.waitSignal(line.sign_in_wanted):
        line.sign_in.click()
    context.sync_changes.send(replace(SIGNED_OUT, state=SyncState.IN_SYNC, sign_in=False, problem=""))
    qtbot.waitUntil(line.sign_in.isHidden)


def test_a_wrong_password_is_said_in_place(room: Room, window: QWidget, qtbot: QtBot) -> None:
    dialog = SignInDialog(room.context.theme, ServerViewModel(room.context, Account()), window)
    dialog.open()
    dialog.go.click()
    assert dialog.problem.text() == "Type your password."
    dialog.password.setText("wrong")
    dialog.go.click()
    assert dialog.problem.text().startswith("E-mail address and password")
    assert dialog.isVisible()
    assert dialog.password.text() == "wrong"
    assert dialog.go.isEnabled()
    dialog.password.setText("right")
    with qtbot.waitSignal(dialog.accepted):
        dialog.go.click()
    assert room.navigator.messages[-1][0] == "Signed in for this run."


def test_while_the_server_is_asked_nothing_is_asked_twice(room: Room, window: QWidget) -> None:
    dialog = SignInDialog(room.context.theme, ServerViewModel(room.context, Account()), window)
    dialog.open()
    dialog.password.setText("right")
    with room.tasks.held():
        dialog.go.click()
        assert not dialog.go.isEnabled()
        assert dialog.go.text() == "Signing in…"


def test_the_settings_say_where_who_and_how(room: Room, window: QWidget, qtbot: QtBot) -> None:
    model = ServerViewModel(room.context, Account())
    page = ServerSettings(room.context.theme, model, window)
    assert dict(model.facts) == {
        "Address": "https://desk.example.com",
        "Workspace": "Lighthouse",
        "Signed in as": "Maya Keller (maya@example.com)",
        "This computer": "Laptop",
    }
    page.out.click()
    assert room.navigator.messages[-1][0] == "Signed out."
    room.context.sync_changes.send(SIGNED_OUT)
    qtbot.waitUntil(lambda: page.state.text() == "Sign in again")
    assert not page.out.isEnabled()
    with qtbot.waitSignal(page.sign_in_wanted):
        page.again.click()
