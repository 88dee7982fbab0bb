"""Signing in again, from the status line and the settings: in place, and with nothing lost."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.domain.errors import InputError
from agent_desktop.services.server_account import CodeNeeded, ServerIdentity
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
    by_password = False

    def __init__(self, code: str = "") -> None:
        self.code = code
        self.cancelled = 0
        self.new_password = False
        self.open_page: Callable[[str], None] = lambda address: None
        self.ended: Callable[[str, bool], None] = lambda sentence, signed_in: None

    def sign_in(self, password: str, code: str = "") -> str:
        if password != "right":
            raise InputError("E-mail address and password do not belong together.")
        if code != self.code:
            raise CodeNeeded("Type the code.")
        return "Signed in for this run."

    def sign_in_with_browser(
        self, open_page: Callable[[str], None], ended: Callable[[str, bool], None], new_password: bool = False
    ) -> None:
        self.open_page, self.ended, self.new_password = open_page, ended, new_password

    def cancel_sign_in(self) -> None:
        self.cancelled += 1
        self.ended("You stopped signing in.", False)

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


def with_password(room: Room, window: QWidget, account: Account) -> SignInDialog:
    dialog = SignInDialog(room.context.theme, ServerViewModel(room.context, account), window)
    dialog.open()
    dialog.other.click()
    return dialog


def test_a_code_is_asked_for_where_the_password_was_typed(room: Room, window: QWidget, qtbot: QtBot) -> None:
    dialog = with_password(room, window, Account(code="123456"))
    assert dialog.form.code.isHidden()
    dialog.form.password.setText("right")
    dialog.go.click()
    qtbot.waitUntil(lambda: not dialog.form.code.isHidden())
    assert dialog.problem.text() == "Type the code."
    assert dialog.form.password.text() == "right"
    dialog.form.code.setText(" 123456 ")
    with qtbot.waitSignal(dialog.accepted):
        dialog.go.click()


class Pages:
    """A browser that opens what it is given, or cannot."""

    def __init__(self, opens: bool = True) -> None:
        self.opens = opens
        self.opened: list[str] = []

    def __call__(self, url: QUrl) -> bool:
        self.opened.append(url.toString())
        return self.opens


def test_the_browser_is_the_way_that_is_offered_first(room: Room, window: QWidget, qtbot: QtBot) -> None:
    account, pages = Account(), Pages()
    dialog = SignInDialog(room.context.theme, ServerViewModel(room.context, account), window, pages)
    dialog.open()
    assert dialog.go.text() == "Sign in with your browser"
    assert dialog.form.isHidden()
    dialog.go.click()
    assert dialog.waiting.isVisible()
    account.open_page("https://desk.example.com/oauth/authorize?x=1")
    assert pages.opened == ["https://desk.example.com/oauth/authorize?x=1"]
    dialog.waiting.copy.click()
    assert QGuiApplication.clipboard().text() == pages.opened[0]
    dialog.waiting.again.click()
    assert len(pages.opened) == 2
    with qtbot.waitSignal(dialog.accepted):
        account.ended("", True)
    assert room.navigator.messages[-1][0] == "Signed in at https://desk.example.com"


def test_who_typed_a_password_last_is_asked_for_it_first(room: Room, window: QWidget) -> None:
    account = Account()
    account.by_password = True
    dialog = SignInDialog(room.context.theme, ServerViewModel(room.context, account), window)
    dialog.open()
    assert (dialog.go.text(), dialog.other.text()) == ("Sign in", "Sign in with your browser")
    assert dialog.form.isVisible()
    again = ServerViewModel(room.context, account)
    another_password = SignInDialog(room.context.theme, again, window, new_password=True)
    assert another_password.form.isHidden(), "that is chosen in the browser alone"


def test_one_may_stop_waiting_or_type_the_password_after_all(room: Room, window: QWidget) -> None:
    account = Account()
    dialog = SignInDialog(
        room.context.theme, ServerViewModel(room.context, account), window, Pages(opens=False)
    )
    dialog.open()
    dialog.go.click()
    account.open_page("https://desk.example.com/")
    assert "No browser could be opened" in dialog.waiting.words.text()
    dialog.waiting.cancel.click()
    assert (account.cancelled, dialog.waiting.isHidden(), dialog.problem.isHidden()) == (1, True, True)
    dialog.go.click()
    dialog.waiting.password.click()
    assert (account.cancelled, dialog.form.isHidden(), dialog.problem.isHidden()) == (2, False, True)
    dialog.use_password(False)
    dialog.go.click()
    dialog.reject()
    assert account.cancelled == 3, "who closes the window waits for nothing"


def test_what_went_wrong_in_the_browser_is_said(room: Room, window: QWidget) -> None:
    account = Account()
    dialog = SignInDialog(room.context.theme, ServerViewModel(room.context, account), window, Pages())
    dialog.open()
    dialog.go.click()
    account.ended("Nobody signed in within two minutes.", False)
    assert dialog.problem.text() == "Nobody signed in within two minutes."
    assert dialog.waiting.isHidden()
    assert dialog.go.isVisible()


def test_a_wrong_password_is_said_in_place(room: Room, window: QWidget, qtbot: QtBot) -> None:
    dialog = with_password(room, window, Account())
    dialog.go.click()
    assert dialog.problem.text() == "Type your password."
    dialog.form.password.setText("wrong")
    dialog.go.click()
    assert dialog.problem.text().startswith("E-mail address and password")
    assert dialog.isVisible()
    assert dialog.form.password.text() == "wrong"
    assert dialog.go.isEnabled()
    dialog.form.password.setText("right")
    with qtbot.waitSignal(dialog.accepted):
        dialog.go.click()
    assert room.navigator.messages[-1][0] == "Signed in for this run."


def test_while_the_server_is_asked_nothing_is_asked_twice(room: Room, window: QWidget) -> None:
    dialog = with_password(room, window, Account())
    dialog.form.password.setText("right")
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
    qtbot.waitUntil(lambda: page.state.text() == "Signed out")
    assert not page.out.isEnabled()
    with qtbot.waitSignal(page.sign_in_wanted):
        page.again.click()
