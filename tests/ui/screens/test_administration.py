"""The screen of administration: what a role opens, and doing it by keyboard."""

import zipfile
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent_desktop.domain.operations.workspace import SaveUser
from agent_desktop.domain.workspace import Role
from tests.ui.conftest import Room
from tests.ui.invitations import inviting
from ui.models.roles import RowRole
from ui.screens.administration.audit import AuditPage
from ui.screens.administration.channels import ChannelDialog, ChannelsPage
from ui.screens.administration.data_requests import DataRequestsPage, EraseDialog
from ui.screens.administration.devices import DevicesPage
from ui.screens.administration.people import PeoplePage, PersonDialog
from ui.screens.administration.roles import RoleDialog, RolesPage
from ui.screens.administration.screen import PAGES, AdministrationScreen
from ui.screens.administration.teams import TeamDialog, TeamsPage
from ui.screens.administration.workspace import WorkspacePage
from ui.widgets.link_dialog import LinkDialog


@pytest.fixture
def screen(room: Room, qtbot: QtBot) -> AdministrationScreen:
    screen = AdministrationScreen(room.context)
    qtbot.addWidget(screen)
    screen.finish()
    screen.resize(1100, 700)
    screen.show()
    return screen


def keys(screen: AdministrationScreen) -> list[object]:
    return [screen.list.rows.index(row).data(RowRole.ROW).key for row in range(screen.list.rows.rowCount())]


def test_an_admin_opens_every_page(screen: AdministrationScreen) -> None:
    assert keys(screen) == [page.key for page in PAGES]
    for page in PAGES:
        assert screen.show_page(page.key) is not None


def test_a_role_opens_the_pages_that_it_may(room: Room, screen: AdministrationScreen) -> None:
    me = room.world.desk.directory.me
    room.world.add_user("Other")
    room.world.server.backend.store.commit([SaveUser(user_id=me.id, name=me.name, role=Role.AUDITOR)])
    room.world.desk.sync.exchange()
    assert keys(screen) == ["audit"]
    room.world.server.backend.store.commit([SaveUser(user_id=me.id, name=me.name, role=Role.AGENT)])
    room.world.desk.sync.exchange()
    assert keys(screen) == []


def dialog_of(kind: type) -> object:
    (found,) = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, kind)]
    return found


def test_a_person_is_found_and_given_a_role_by_keyboard(room: Room, screen: AdministrationScreen) -> None:
    ben = room.world.add_user("Ben Okoro")
    page = screen.show_page("people")
    assert isinstance(page, PeoplePage)
    assert page.field is not None
    QTest.keyClicks(page.field, "okoro")
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    dialog = dialog_of(PersonDialog)
    assert isinstance(dialog, PersonDialog)
    assert dialog.name.text() == "Ben Okoro"
    dialog.role.setCurrentIndex(dialog.role.findData(Role.SUPERVISOR))
    dialog.email.setText("ben")
    dialog.accept()
    assert "no e-mail address" in dialog.problem.text()
    dialog.email.setText("ben@northwind.example")
    dialog.accept()
    user = room.world.desk.directory.user(ben)
    assert user is not None
    assert (user.role, user.email) == (Role.SUPERVISOR, "ben@northwind.example")
    assert room.navigator.messages[-1][0] == "Ben Okoro saved."


def test_a_team_and_a_channel_are_made(room: Room, screen: AdministrationScreen) -> None:
    teams = screen.show_page("teams")
    assert isinstance(teams, TeamsPage)
    teams.add.click()
    dialog = dialog_of(TeamDialog)
    assert isinstance(dialog, TeamDialog)
    dialog.accept()
    assert dialog.problem.text() == "Type a name."
    dialog.name.setText("Billing")
    dialog.private.setChecked(True)
    dialog.accept()
    team = next(team for team in room.world.desk.directory.teams() if team.name == "Billing")
    assert team.private
    channels = screen.show_page("channels")
    assert isinstance(channels, ChannelsPage)
    channels.other.click()
    form = dialog_of(ChannelDialog)
    assert isinstance(form, ChannelDialog)
    form.name.setText("Bills")
    form.address.setText("+44 20 7946 0000")
    form.team.setCurrentIndex(form.team.findData(team.id))
    form.accept()
    channel = next(item for item in room.world.desk.directory.channels() if item.name == "Bills")
    assert channel.team_id == team.id


def test_the_log_shows_what_was_done_is_checked_and_goes_to_a_file(
    room: Room, screen: AdministrationScreen, tmp_path: Path
) -> None:
    page = screen.show_page("audit")
    assert isinstance(page, AuditPage)
    before = page.log.head.count
    room.world.add_user("Ben Okoro")
    assert page.log.head.count == before + 1
    assert page.table.cells.rows[0].cells[4].text == "Ben Okoro"
    page.check.click()
    assert "whole" in room.prompts.notices[-1].title
    file = tmp_path / "audit.jsonl"
    room.prompts.files = (file,)
    page.export.click()
    lines = file.read_text("utf-8").splitlines()
    assert len(lines) == before + 3, "two more entries, one of them on the check, and the end"
    assert str(page.log.head) in lines[-1]


def test_devices_of_a_workspace_on_this_computer_are_none_and_say_so(screen: AdministrationScreen) -> None:
    page = screen.show_page("devices")
    assert isinstance(page, DevicesPage)
    assert page.devices.rows == ()
    assert "this computer alone" in page.empty.accessibleName()
    assert not page.out.isEnabled()
    assert not page.wipe.isEnabled()


def test_what_would_go_is_said_before_it_is_decided(room: Room, screen: AdministrationScreen) -> None:
    page = screen.show_page("workspace")
    assert isinstance(page, WorkspacePage)
    page.conversations.setValue(3)
    page.keep.click()
    assert "7 to" in page.found.text()
    page.conversations.setValue(30)
    page.look.click()
    assert "Nothing would go now" in page.found.text()
    room.prompts.yes = False
    page.keep.click()
    assert room.world.desk.directory.policy.conversations_days == 0
    room.prompts.yes = True
    page.keep.click()
    assert room.world.desk.directory.policy.conversations_days == 30
    page.name.setText("Northwind & Daughters")
    page.lease.setValue(14)
    assert page.undo.value() == 10
    page.undo.setValue(0)
    page.save.click()
    assert room.world.desk.directory.workspace_name == "Northwind & Daughters"
    assert room.world.desk.directory.policy.lease_days == 14
    assert room.world.desk.composer.undo_seconds == 0


def test_a_role_of_ones_own_is_made_and_given(room: Room, screen: AdministrationScreen) -> None:
    page = screen.show_page("roles")
    assert isinstance(page, RolesPage)
    page.add.click()
    dialog = dialog_of(RoleDialog)
    assert isinstance(dialog, RoleDialog)
    dialog.name.setText("Agent")
    dialog.accept()
    assert "built-in" in dialog.problem.text()
    dialog.name.setText("Night shift")
    dialog.accept()
    assert "what the role allows" in dialog.problem.text()
    dialog.permissions.item(2).setCheckState(Qt.CheckState.Checked)
    dialog.accept()
    (role,) = room.world.desk.directory.roles()
    assert role.name == "Night shift"
    assert [column.title for column in page.table.cells.columns][-1] == "Night shift"
    ben = room.world.add_user("Ben Okoro")
    people = screen.show_page("people")
    assert isinstance(people, PeoplePage)
    people.table.choose(ben)
    people.edit.click()
    person = dialog_of(PersonDialog)
    assert isinstance(person, PersonDialog)
    person.role.setCurrentIndex(person.role.findData(role.id))
    person.accept()
    user = room.world.desk.directory.user(ben)
    assert user is not None
    assert user.custom_role_id == role.id


def test_a_customer_is_handed_their_data_and_erased(
    room: Room, screen: AdministrationScreen, tmp_path: Path
) -> None:
    room.world.customer_writes("Amelia Novak", "Kettle", "Where is my kettle?")
    page = screen.show_page("data")
    assert isinstance(page, DataRequestsPage)
    assert not page.erase.isEnabled()
    page.wanted.setText("amelia")
    room.prompts.files = (tmp_path / "data.zip",)
    page.export.click()
    with zipfile.ZipFile(tmp_path / "data.zip") as archive:
        assert "Where is my kettle?" in archive.read("index.html").decode()
    page.erase.click()
    dialog = dialog_of(EraseDialog)
    assert isinstance(dialog, EraseDialog)
    dialog.accept()
    assert "Type Amelia Novak" in dialog.problem.text()
    dialog.typed.setText("amelia novak")
    dialog.accept()
    room.world.desk.sync.exchange()
    assert room.world.desk.customers.find("amelia", 5) == []
    assert [row.name for row in room.world.desk.customers.find("[erased]", 5)] == ["[erased]"]


def test_nobody_is_invited_to_a_workspace_on_this_computer_alone(
    room: Room, screen: AdministrationScreen
) -> None:
    problems: list[object] = []
    room.tasks.problem.connect(problems.append)
    page = screen.show_page("people")
    assert isinstance(page, PeoplePage)
    page.invite.click()
    assert "this computer alone" in str(problems)


def test_open_invitations_stand_below_the_people_and_are_withdrawn(
    room: Room, screen: AdministrationScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = room.world.add_user("Ben Okoro")
    page = screen.show_page("people")
    assert isinstance(page, PeoplePage)
    assert not page.card.isVisible(), "there is nothing to show"
    monkeypatch.setitem(vars(room.world.desk), "administration", inviting(room.world))
    page.table.choose(ben)
    page.invite.click()
    link = dialog_of(LinkDialog)
    assert isinstance(link, LinkDialog)
    link.reject()
    assert page.card.isVisible()
    first = page.card.table.current
    QTest.keyClick(page.card.table, Qt.Key.Key_Return)
    assert page.card.table.current not in ("", first), "a new link"
    page.card.withdraw.click()
    assert "Ben Okoro" in room.prompts.questions[-1].title
    assert not page.card.isVisible()
