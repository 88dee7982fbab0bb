"""What stands around the list and the conversation: rail, views, toasts, settings, first start."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QMenu, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.domain.conversation import Priority, Status
from agent_desktop.domain.view import NOBODY, ConversationFilter
from agent_desktop.services.settings import (
    AFTER_SENDING,
    REDUCED_MOTION,
    SETTINGS,
    UNDO_SECONDS,
    SettingGroup,
)
from agent_desktop.services.views import ViewGroup
from tests.ui.conftest import Room
from ui.commands import Command, CommandSet, Menu
from ui.models.view_form import AS_IT_IS, ViewDraft, view_fields
from ui.navigator import ScreenName
from ui.theme import ThemeManager
from ui.viewmodels.profile import ProfileViewModel
from ui.viewmodels.views import ViewsViewModel
from ui.widgets.help_sheet import HelpSheet
from ui.widgets.rail import Rail, RailButton
from ui.widgets.safe_text import SafeLabel
from ui.widgets.search_trigger import SearchTrigger
from ui.widgets.settings_dialog import SettingsDialog
from ui.widgets.toast import Toast
from ui.widgets.view_editor import ViewEditor
from ui.widgets.views_panel import ViewsPanel


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    window.resize(900, 600)
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.fixture
def ran() -> list[str]:
    """The ids of the commands that ran."""
    return []


@pytest.fixture
def commands(themes: ThemeManager, window: QWidget, ran: list[str]) -> CommandSet:
    table = [
        Command(id=name, title=title, run=lambda name=name: ran.append(name), keys=(key,), menu=Menu.EDIT)
        for name, title, key in (("resolve", "Resolve", "E"), ("tags", "Tags", "T"))
    ]
    return CommandSet(table, themes.icons, lambda focused: False, window)


def test_the_rail_says_what_waits(themes: ThemeManager, qtbot: QtBot) -> None:
    rail = Rail(themes, "Maya Keller")
    qtbot.addWidget(rail)
    rail.show()
    rail.set_badges(12, 0)
    names = [button.accessibleName() for button in rail.findChildren(RailButton) if button.isVisible()]
    assert names == ["Inbox, 12 waiting", "Customers", "Knowledge base", "Search", "Settings"]
    rail.show_administration(True)
    assert rail._buttons[ScreenName.ADMINISTRATION].isVisible()
    rail.set_badges(12, 2)
    assert rail._buttons[ScreenName.OUTBOX].isVisible()
    with qtbot.waitSignal(rail.screen_chosen) as chosen:
        rail._buttons[ScreenName.OUTBOX].click()
    assert chosen.args == [ScreenName.OUTBOX]


def test_a_toast_offers_to_undo_once(themes: ThemeManager, window: QWidget) -> None:
    undone: list[int] = []
    toast = Toast(themes, window)
    toast.say("Resolved", lambda: undone.append(1))
    assert toast.isVisible()
    assert window.rect().contains(toast.geometry())
    toast._button.click()
    toast._button.click()
    assert undone == [1]
    assert not toast.isVisible()


def test_a_toast_says_all_of_a_long_sentence(themes: ThemeManager, window: QWidget) -> None:
    toast = Toast(themes, window)
    toast.say("Kept")
    short = toast.height()
    toast.say(" ".join(["You are asked for your password again when you open it."] * 3))
    assert toast.height() > short
    label = toast._message
    assert label.height() >= label.heightForWidth(label.width())
    assert window.rect().contains(toast.geometry())


def test_a_toast_says_what_is_due_and_leads_there(
    themes: ThemeManager, window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken: list[str] = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: spoken.append(event.message()))
    gone_to: list[int] = []
    toast = Toast(themes, window)
    toast.warn("Amelia Novak: next reply due in 8 minutes (Kettle)", lambda: gone_to.append(1))
    assert spoken == ["Amelia Novak: next reply due in 8 minutes (Kettle)"]
    toast._button.click()
    assert gone_to == [1]
    assert not toast.isVisible()


def test_a_problem_stays_until_it_is_put_away(themes: ThemeManager, window: QWidget) -> None:
    toast = Toast(themes, window)
    toast.say("Saved")
    assert toast._timer.isActive()
    toast.say("The disk is full.", problem=True)
    assert not toast._timer.isActive()
    assert not toast._button.isVisible()


def test_the_settings_come_from_their_table(room: Room, window: QWidget, commands: CommandSet) -> None:
    settings = room.world.desk.settings
    profile = ProfileViewModel(room.context)
    dialog = SettingsDialog(room.context, profile, None, None, commands, lambda: None, window)
    for setting in SETTINGS:
        editor = dialog.editor(setting)
        assert (editor is None) == (setting.group is SettingGroup.HIDDEN), setting.name
        assert editor is None or editor.accessibleName() == setting.title
    undo, motion, after = (dialog.editor(item) for item in (UNDO_SECONDS, REDUCED_MOTION, AFTER_SENDING))
    assert isinstance(undo, QSpinBox)
    undo.setValue(30)
    assert isinstance(motion, QCheckBox)
    motion.setChecked(True)
    assert isinstance(after, QComboBox)
    after.setCurrentIndex(1)
    assert settings.get(UNDO_SECONDS) == 30
    assert settings.get(REDUCED_MOTION) is True
    assert settings.get(AFTER_SENDING) == "next"
    dialog.reject()


def test_all_words_of_the_settings_can_be_read_in_large_text(
    room: Room, window: QWidget, commands: CommandSet, qtbot: QtBot
) -> None:
    room.context.theme.set_text_scale(200)
    profile = ProfileViewModel(room.context)
    dialog = SettingsDialog(room.context, profile, None, None, commands, lambda: None, window)
    dialog.open()
    dialog.resize(760, 400)
    for row in range(dialog.groups.count()):
        dialog.groups.setCurrentRow(row)
        words = [label for label in dialog.findChildren(SafeLabel) if label.isVisible() and label.wordWrap()]
        qtbot.waitUntil(
            lambda words=words: all(label.height() >= label.heightForWidth(label.width()) for label in words)
        )


def test_name_and_signature_are_ones_own_to_change(
    room: Room, window: QWidget, commands: CommandSet, qtbot: QtBot
) -> None:
    desk = room.world.desk
    dialog = SettingsDialog(
        room.context, ProfileViewModel(room.context), None, None, commands, lambda: None, window
    )
    dialog.open()
    page = dialog.profile
    qtbot.keyClicks(page.name, " Lund")
    qtbot.keyClick(page.name, Qt.Key.Key_Return)
    assert desk.directory.me.name == "Maya Keller Lund"
    page.signature.setPlainText("Best\nMaya")
    dialog.reject()
    assert desk.directory.me.signature == "Best\nMaya"
    words, applied = room.navigator.messages[-1]
    assert words == "Your signature was changed"
    assert applied is not None
    desk.apply.undo(applied)
    assert desk.directory.me.signature != "Best\nMaya"
    assert desk.directory.me.name == "Maya Keller Lund"


def test_a_name_is_not_taken_away(room: Room) -> None:
    profile = ProfileViewModel(room.context)
    assert not profile.set_name("  ")
    assert profile.set_name(profile.name)
    profile.set_signature(profile.signature)
    assert room.navigator.messages == []


def test_the_help_sheet_finds_and_runs(
    themes: ThemeManager, window: QWidget, commands: CommandSet, ran: list[str], qtbot: QtBot
) -> None:
    sheet = HelpSheet(themes, commands, window)
    sheet.open()
    qtbot.keyClicks(sheet.field, "resol")
    qtbot.keyClick(sheet.field, Qt.Key.Key_Return)
    assert ran == ["resolve"]


def test_the_search_field_leads_to_the_palette(themes: ThemeManager, qtbot: QtBot) -> None:
    trigger = SearchTrigger(themes, "Ctrl+K")
    qtbot.addWidget(trigger)
    trigger.show()
    asked: list[str] = []
    trigger.triggered.connect(asked.append)
    qtbot.mouseClick(trigger, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(trigger, "r")
    qtbot.keyClick(trigger, Qt.Key.Key_Return)
    assert asked == ["", "r", ""]
    assert trigger.text() == ""


@pytest.fixture
def panel(room: Room, qtbot: QtBot) -> Iterator[tuple[ViewsPanel, ViewsViewModel]]:
    context = room.context
    views = ViewsViewModel(
        context.desk, context.tasks, context.changes, context.draft_changes, room.navigator.notify
    )
    views.count()
    panel = ViewsPanel(context, views)
    qtbot.addWidget(panel)
    panel.show()
    yield panel, views
    for menu in panel.findChildren(QMenu):
        menu.close()


def test_a_view_is_chosen_by_keys(panel: tuple[ViewsPanel, ViewsViewModel], qtbot: QtBot) -> None:
    shown, _ = panel
    shown.mark("mine")
    with qtbot.waitSignal(shown.chosen) as chosen:
        qtbot.keyClick(shown, Qt.Key.Key_Down)
    assert chosen.args[0].key == "unassigned"


def test_counts_change_without_losing_the_place(
    room: Room, panel: tuple[ViewsPanel, ViewsViewModel], qtbot: QtBot
) -> None:
    shown, views = panel
    shown.mark("unassigned")
    with qtbot.waitSignal(views.changed), qtbot.assertNotEmitted(shown.chosen):
        room.world.customer_writes("Amelia Novak", "Kettle")
    assert shown.currentIndex().data(Qt.ItemDataRole.DisplayRole) == "Unassigned, 0 conversations"


def test_own_views_are_made_edited_and_deleted(
    room: Room, panel: tuple[ViewsPanel, ViewsViewModel], qtbot: QtBot
) -> None:
    shown, views = panel
    mine = views.item("mine")
    assert mine is not None
    shown.add_view_like(mine)
    (editor,) = shown.findChildren(ViewEditor)
    assert editor.name.text() == "Assigned to me"
    assert editor.combos["assignee"].currentText() == "Me"
    editor.name.setText("")
    editor.accept()
    assert editor.isVisible()
    editor.name.setText("Urgent for nobody")
    editor.combos["assignee"].setCurrentText("Nobody")
    editor.combos["priorities"].setCurrentText("Urgent")
    editor.accept()
    qtbot.waitUntil(lambda: bool(views.of(ViewGroup.SAVED)))
    (saved,) = views.of(ViewGroup.SAVED)
    assert (saved.title, saved.filter.assignee) == ("Urgent for nobody", NOBODY)
    assert saved.filter.priorities == (Priority.URGENT,)
    assert saved.filter.snoozed is False
    shown.menu_for(saved, QPoint(0, 0))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == ["Open", "New view…", "New view like this…", "Edit…", "Delete…"]
    menu.close()
    shown.edit_view(saved)
    editor = next(found for found in shown.findChildren(ViewEditor) if found.isVisible())
    editor.name.setText("Urgent")
    editor.accept()
    qtbot.waitUntil(lambda: [view.title for view in views.of(ViewGroup.SAVED)] == ["Urgent"])
    room.prompts.yes = False
    shown.delete_view(saved)
    assert room.prompts.questions[-1].dangerous
    room.prompts.yes = True
    shown.delete_view(saved)
    qtbot.waitUntil(lambda: not views.of(ViewGroup.SAVED))


def test_what_no_choice_names_is_kept(themes: ThemeManager, window: QWidget, room: Room) -> None:
    odd = ConversationFilter(statuses=(Status.PENDING, Status.SOLVED), due_within_minutes=45)
    saved: list[ViewDraft] = []
    fields = view_fields(room.world.desk.directory)
    editor = ViewEditor(themes, "Edit view", ViewDraft("Odd", odd), fields, saved.append, window)
    assert editor.combos["statuses"].currentText() == AS_IT_IS
    editor.accept()
    assert saved == [ViewDraft("Odd", odd)]
