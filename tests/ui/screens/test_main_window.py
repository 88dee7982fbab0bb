"""The assembled window by keyboard: every way of going somewhere, acting, undoing, and what it remembers."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.context import Desk
from agent_desktop.domain.conversation import Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.conversation import SetStatus
from agent_desktop.services.settings import SHORTCUTS, THEME
from tests.ui.conftest import Room
from tests.ui.fakes import RecordingPrompts
from tests.ui.viewmodels.test_own_account import TABLET
from tests.ui.viewmodels.test_own_account import Account as OwnAccount
from tests.ui.widgets.mouse import drag
from tests.ui.widgets.test_server import Account as ServerAccount
from ui.commands import Menu, Place
from ui.commands.command import UiState
from ui.navigator import ScreenName
from ui.prompts import Notice, Prompts
from ui.screens.main_window import MainWindow
from ui.widgets.call_dialog import CallDialog
from ui.widgets.help_sheet import HelpSheet
from ui.widgets.picker import Picker
from ui.widgets.safe_text import SafeLabel
from ui.widgets.settings_dialog import SettingsDialog
from ui.widgets.sign_in_dialog import SignInDialog
from ui.widgets.view_editor import ViewEditor


@dataclass
class RecordingHost:
    """The program around a window, which only records."""

    windows: list[Id | None] = field(default_factory=list)
    notes: dict[str, dict[str, object]] = field(default_factory=dict)
    scales: list[int] = field(default_factory=list)
    ended: bool = False
    locked: int = 0
    may_end: bool = True

    def new_window(self, single: Id | None = None) -> None:
        self.windows.append(single)

    def quit(self) -> None:
        self.ended = True

    def lock(self) -> None:
        self.locked += 1

    def may_close(self, window: QWidget, prompts: Prompts) -> bool:
        return self.may_end

    def scale_text(self, step: int) -> None:
        self.scales.append(step)

    def remembered(self, name: str) -> dict[str, object]:
        return self.notes.get(name, {})

    def remember(self, name: str, what: dict[str, object]) -> None:
        self.notes[name] = what

    def about(self) -> Notice:
        return Notice(title="About", text="Agent Desktop")


@dataclass
class Opened:
    """A window with two conversations for Maya and one for nobody."""

    room: Room
    host: RecordingHost
    prompts: RecordingPrompts
    window: MainWindow
    ids: dict[str, Id]
    qtbot: QtBot

    def press(self, *keys: str) -> None:
        """Press keys where the keyboard is: "E", "Ctrl+K", "G", "Return"."""
        modifiers = {
            "Ctrl": Qt.KeyboardModifier.ControlModifier,
            "Shift": Qt.KeyboardModifier.ShiftModifier,
        }
        for key in keys:
            *held, name = key.split("+")
            modifier = Qt.KeyboardModifier.NoModifier
            for word in held:
                modifier |= modifiers[word]
            target = QApplication.focusWidget() or self.window
            self.qtbot.keyClick(target, Qt.Key["Key_" + name], modifier)

    def open_subject(self) -> str:
        open_id = self.window.workspace.inbox.open_id
        return next((name for name, row_id in self.ids.items() if row_id == open_id), "")

    def rows(self, count: int) -> Callable[[], bool]:
        return lambda: self.window.workspace.inbox.model.rowCount() == count

    def status(self, name: str) -> Status:
        card = self.room.world.desk.conversations.card(self.ids[name])
        assert card is not None
        return card.conversation.status


@pytest.fixture
def opened(room: Room, qtbot: QtBot) -> Opened:
    ids = {
        "Kettle": room.world.customer_writes("Amelia Novak", "Kettle"),
        "Checkout": room.world.customer_writes("Jonas Weber", "Checkout"),
        "Filter": room.world.customer_writes("Tom Okafor", "Filter", mine=False),
    }
    host, prompts = RecordingHost(), RecordingPrompts()
    window = MainWindow(lambda _, window: replace(room.context, prompts=prompts, navigator=window), host)
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    window.activateWindow()
    window.complete()
    qtbot.waitUntil(window.workspace.list.list.hasFocus)
    return Opened(room, host, prompts, window, ids, qtbot)


def popup(qtbot: QtBot) -> Picker:
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), Picker))
    found = QApplication.activePopupWidget()
    assert isinstance(found, Picker)
    return found


def test_it_begins_with_what_is_assigned_to_me(opened: Opened) -> None:
    workspace = opened.window.workspace
    assert workspace.inbox.model.rowCount() == 2
    assert workspace.place() is Place.LIST
    assert opened.window.windowTitle() == "Assigned to me – Northwind Kettles – Agent Desktop"
    assert opened.open_subject() == ""


def test_a_call_is_written_down_by_keys_and_taken_back(opened: Opened) -> None:
    qtbot = opened.qtbot
    opened.press("J", "L")
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), CallDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, CallDialog)
    assert dialog.windowTitle() == "Log a call with Amelia Novak"
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.duration.setFocus()
    qtbot.keyClicks(dialog.duration, "soon")
    qtbot.keyClick(dialog.duration, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert "“soon” is not a duration" in dialog.problem
    dialog.duration.clear()
    qtbot.keyClicks(dialog.duration, "4:12")
    qtbot.keyClick(dialog.duration, Qt.Key.Key_Tab)
    qtbot.keyClicks(dialog.notes, "A lid is on its way.")
    qtbot.keyClick(dialog.notes, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk, here = opened.room.world.desk, opened.ids["Kettle"]
    last = desk.conversations.timeline(here).items[-1].message
    assert last.text == "Outgoing call · 4:12\nA lid is on its way."
    opened.window.commands.run("edit.undo")
    assert desk.conversations.timeline(here).items[-1].message.text == "Hello"


def test_reading_by_keys(opened: Opened) -> None:
    opened.press("J")
    assert opened.open_subject() == "Kettle"
    opened.press("J")
    assert opened.open_subject() == "Checkout"
    opened.press("K", "Return")
    assert opened.open_subject() == "Kettle"
    assert opened.window.workspace.place() is Place.CONVERSATION
    opened.press("Escape")
    assert opened.window.workspace.place() is Place.LIST


def test_resolving_and_undoing_by_keys(opened: Opened, qtbot: QtBot) -> None:
    opened.press("J", "E")
    assert opened.status("Kettle") is Status.SOLVED
    qtbot.waitUntil(opened.rows(1))
    opened.press("Ctrl+Z")
    assert opened.status("Kettle") is Status.OPEN
    qtbot.waitUntil(opened.rows(2))
    assert not opened.window.commands.action("edit.undo").isEnabled()


def test_many_at_once(opened: Opened, qtbot: QtBot) -> None:
    opened.press("J", "X", "J", "X")
    assert len(opened.window.workspace.inbox.target_ids()) == 2
    opened.press("E")
    qtbot.waitUntil(opened.rows(0))
    assert (opened.status("Kettle"), opened.status("Checkout")) == (Status.SOLVED, Status.SOLVED)
    opened.press("Ctrl+Z")
    qtbot.waitUntil(opened.rows(2))
    assert (opened.status("Kettle"), opened.status("Checkout")) == (Status.OPEN, Status.OPEN)


def test_a_picker_by_keys(opened: Opened, qtbot: QtBot) -> None:
    opened.press("J", "S")
    picker = popup(qtbot)
    qtbot.keyClicks(picker.field, "hold")
    qtbot.keyClick(picker.field, Qt.Key.Key_Return)
    assert opened.status("Kettle") is Status.ON_HOLD


def test_typing_is_no_command(opened: Opened, qtbot: QtBot) -> None:
    opened.press("J", "R")
    qtbot.waitUntil(lambda: opened.window.workspace.place() is Place.CONVERSATION)
    focused = QApplication.focusWidget()
    assert focused is not None
    qtbot.keyClicks(focused, "see you, Amelia?")
    assert opened.status("Kettle") is Status.OPEN
    assert opened.open_subject() == "Kettle"
    opened.press("Escape", "Escape")
    assert opened.window.workspace.place() is Place.LIST


def test_going_by_two_keys(opened: Opened, qtbot: QtBot) -> None:
    opened.press("G", "U")
    qtbot.waitUntil(opened.rows(1))
    view = opened.window.workspace.inbox.view
    assert view is not None
    assert view.key == "unassigned"
    opened.press("G", "C")
    assert opened.window.screens.current is ScreenName.CUSTOMERS
    opened.window.setFocus()
    opened.press("Escape")
    assert opened.window.screens.current is ScreenName.INBOX
    opened.press("Ctrl+1")
    qtbot.waitUntil(opened.rows(2))


@pytest.mark.parametrize("screen", list(ScreenName))
def test_every_screen_opens(opened: Opened, screen: ScreenName) -> None:
    opened.window.show_screen(screen)
    assert opened.window.screens.current is screen
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.window() is opened.window


def test_f6_goes_round_the_panes(opened: Opened) -> None:
    opened.press("J")
    places = []
    for _ in range(4):
        opened.press("F6")
        places.append(opened.window.workspace.place())
    assert places == [Place.CONVERSATION, Place.CONTEXT, Place.VIEWS, Place.LIST]


def test_palette_help_and_settings_open(opened: Opened) -> None:
    opened.press("Ctrl+K")
    assert opened.window._palette.isVisible()
    opened.press("Escape")
    assert not opened.window._palette.isVisible()
    opened.press("Question")
    (sheet,) = opened.window.findChildren(HelpSheet)
    sheet.search("resolve")
    sheet.reject()
    opened.window.commands.run("app.settings")
    (dialog,) = opened.window.findChildren(SettingsDialog)
    opened.qtbot.waitUntil(dialog.isActiveWindow)
    opened.press("Ctrl+Q")
    assert opened.host.ended, "the settings wait for no answer"
    dialog.reject()


def test_every_command_is_in_the_menus(opened: Opened) -> None:
    titles = [action.text() for action in opened.window.menuBar().actions()]
    assert titles == [menu.value for menu in Menu]
    first = opened.window.menuBar().actions()[0].menu()
    assert isinstance(first, QWidget)
    assert [action.text() for action in first.actions()][:2] == ["New window", "Close window"]


def test_own_windows(opened: Opened) -> None:
    opened.press("J", "Shift+Return")
    assert opened.host.windows == [opened.ids["Kettle"]]
    opened.press("Ctrl+Shift+N")
    assert opened.host.windows[-1] is None


def test_a_conversation_is_torn_off_by_its_row_or_its_head(opened: Opened) -> None:
    far_away = QPoint(-4_000, 40)
    table, head = opened.window.workspace.list.list, opened.window.workspace.conversation.head
    row = next(
        at
        for at in range(2)
        if (found := opened.window.workspace.inbox.model.row_at(at)) and found.id == opened.ids["Checkout"]
    )
    drag(table.viewport(), table.visualRect(table.model().index(row, 0)).center(), far_away)
    assert opened.host.windows == [opened.ids["Checkout"]]
    drag(head, QPoint(4, 4), QPoint(60, 60))
    assert opened.host.windows == [opened.ids["Checkout"]]
    drag(head, QPoint(4, 4), far_away)
    assert opened.host.windows == [opened.ids["Checkout"]] * 2


def test_a_window_for_one_conversation(room: Room, qtbot: QtBot) -> None:
    conversation = room.world.customer_writes("Amelia Novak", "Kettle")
    host = RecordingHost()
    window = MainWindow(lambda prompts, window: replace(room.context, navigator=window), host, conversation)
    qtbot.addWidget(window)
    window.show()
    assert window.workspace.inbox.open_id == conversation
    assert not window.workspace.list.isVisible()
    assert not window.rail.isVisible()
    assert not window.commands.action("go.mine").isEnabled()
    assert window.commands.action("conversation.resolve").isEnabled()
    drag(window.workspace.conversation.head, QPoint(4, 4), QPoint(-4_000, 40))
    assert host.windows == []  # it is torn off already


def test_who_signs_a_device_out_signs_in_first_above_the_settings(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, own = ServerAccount(), OwnAccount()
    monkeypatch.setattr(Desk, "account", property(lambda desk: server))
    monkeypatch.setattr(Desk, "own_account", property(lambda desk: own))
    own.signed_in_just_now = False
    opened.window.commands.run("app.settings")
    (settings,) = opened.window.findChildren(SettingsDialog)
    assert settings.devices is not None
    settings.devices.account.look()
    settings.devices.account.ask_sign_out(TABLET)
    (dialog,) = settings.findChildren(SignInDialog)
    assert dialog.isVisible()
    assert any(label.text() == "Sign in on this one again first." for label in dialog.findChildren(SafeLabel))
    own.signed_in_just_now = True
    dialog.other.click()
    dialog.form.password.setText("right")
    dialog.go.click()
    assert not dialog.isVisible()
    assert [one.signed_in for one in own.known if one.id == TABLET] == [False]
    settings.reject()


def test_a_password_is_changed_in_the_browser_from_the_settings(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ServerAccount()
    monkeypatch.setattr(Desk, "account", property(lambda desk: server))
    opened.window.commands.run("app.settings")
    (settings,) = opened.window.findChildren(SettingsDialog)
    assert settings.devices is not None
    settings.devices.account.browser_wanted.emit()
    (dialog,) = settings.findChildren(SignInDialog)
    assert (server.new_password, dialog.waiting.isVisible(), dialog.waiting.password.isVisible()) == (
        True,
        True,
        False,
    )
    server.ended("", True)
    opened.qtbot.waitUntil(lambda: not dialog.isVisible())
    settings.reject()


def test_keys_of_ones_own_are_kept(opened: Opened) -> None:
    opened.window.commands.run("app.settings")
    (dialog,) = opened.window.findChildren(SettingsDialog)
    dialog.keys.select("conversation.resolve")
    dialog.keys.edit.setKeySequence("B")
    dialog.keys.set_button.click()
    assert opened.room.world.desk.settings.get(SHORTCUTS) == {"conversation.resolve": ["B"]}
    dialog.keys.edit.setKeySequence("T")
    dialog.keys.set_button.click()
    assert "taken by “Tags…”" in dialog.keys.problem.text()
    assert opened.window.commands.key_text("conversation.resolve") == "B"
    dialog.keys.default_button.click()
    assert opened.room.world.desk.settings.get(SHORTCUTS) == {}
    dialog.reject()


def test_offline_is_a_switch(opened: Opened) -> None:
    opened.window.commands.run("sync.offline")
    assert opened.window.commands.action("sync.offline").isChecked()
    assert opened.window.status_line._state.text().startswith("Offline since")
    opened.window.commands.run("sync.offline")
    assert not opened.window.commands.action("sync.offline").isChecked()


def test_signing_in_again_is_a_command_while_it_is_asked_for(opened: Opened) -> None:
    sign_in = opened.window.commands.command("sync.sign_in")
    assert not sign_in.when(UiState())
    assert sign_in.when(UiState(signed_out=True))


def test_a_first_window_fits_its_screen(room: Room, qtbot: QtBot) -> None:
    window = MainWindow(lambda _, window: replace(room.context, navigator=window), RecordingHost())
    qtbot.addWidget(window)
    assert window.height() < window.screen().availableSize().height()


def test_the_theme_is_a_setting(opened: Opened) -> None:
    opened.window.commands.run("view.theme_dark")
    assert opened.room.world.desk.settings.get(THEME) == "dark"


def test_panes_make_room(opened: Opened) -> None:
    window, workspace = opened.window, opened.window.workspace
    assert workspace.beside.isVisible()
    window.resize(1100, 800)
    assert not workspace.beside.isVisible()
    opened.press("C")
    assert workspace.beside.isVisible()
    corner = workspace.beside.mapTo(workspace.panes, workspace.beside.rect().topRight())
    assert corner == workspace.panes.rect().topRight()
    opened.press("Escape")
    assert not workspace.beside.isVisible()
    window.resize(900, 800)
    assert not workspace.views.isVisible()
    assert window.rail.views.isVisible()
    window.rail.views.click()
    assert workspace.views.isVisible()
    window.resize(1440, 900)
    assert workspace.beside.isVisible()
    assert workspace.views.isVisible()
    assert not window.rail.views.isVisible()


def test_a_window_remembers_its_panes(opened: Opened) -> None:
    opened.press("C")
    opened.window.workspace.panes.splitter.setSizes([150, 400, 800])
    opened.window.workspace.panes._remember()
    QApplication.sendEvent(opened.window, QCloseEvent())
    noted = opened.host.notes["main"]
    widths = noted["panes"]
    assert isinstance(widths, list)
    assert widths[:2] == [150, 400]
    assert widths[-1] == 0
    room = opened.room
    other = MainWindow(lambda prompts, window: replace(room.context, navigator=window), opened.host)
    opened.qtbot.addWidget(other)
    other.show()
    other.resize(1440, 900)
    assert not other.workspace.beside.isVisible()
    assert other.workspace.list.width() == 400


def test_a_view_of_ones_own(opened: Opened, qtbot: QtBot) -> None:
    opened.window.commands.run("list.save_view")
    (editor,) = opened.window.findChildren(ViewEditor)
    editor.name.setText("Kettles")
    editor.accept()
    qtbot.waitUntil(lambda: any(item.title == "Kettles" for item in opened.window._views.items))
    assert opened.window._toast.message == "View “Kettles” saved"


def test_a_problem_is_said(opened: Opened) -> None:
    opened.window.insert_in_composer("Hello")
    assert opened.window._toast.message.startswith("Open a conversation first")
    opened.press("J")
    opened.window.insert_in_composer("Hello Amelia")
    assert "Hello Amelia" in opened.window.workspace.conversation.composer_model.draft().text


def test_what_was_refused_shows_on_the_rail_though_no_reply_waits(opened: Opened) -> None:
    window, world = opened.window, opened.room.world
    assert not rail_button(window, "Outbox").isVisible()
    seen = world.desk.conversations.card(opened.ids["Kettle"])
    assert seen is not None
    world.desk.apply(
        SetStatus(
            conversation_id=opened.ids["Kettle"],
            status=Status.SOLVED,
            check_seen=True,
            seen_in=seen.conversation.last_in_id,
        )
    )
    world.customer_adds(opened.ids["Kettle"])
    opened.qtbot.waitUntil(rail_button(window, "Outbox, 1 waiting").isVisible)
    window.status_line.attention.click()
    assert window.screens.current is ScreenName.OUTBOX


def rail_button(window: MainWindow, name: str) -> QAbstractButton:
    """A button of the rail; the outbox is told by what waits in it."""
    return next(
        button for button in window.rail.findChildren(QAbstractButton) if button.accessibleName() == name
    )
