"""Connecting a mailbox in the window: by keyboard, with what is found, what fails and what is kept."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.domain.mail_account import MailAuth, StartWith
from agent_desktop.domain.workspace import ChannelKind, Reopening
from tests.ui.conftest import Room
from tests.ui.screens.mailboxes import FOUND, NOTHING, REFUSED, SAID, MailboxServer
from tests.ui.test_accessibility import breaches
from ui.models.roles import RowRole
from ui.navigator import ScreenName
from ui.screens.administration.channels import ChannelsPage
from ui.screens.administration.mail_dialog import MailDialog
from ui.viewmodels.inbox import InboxViewModel
from ui.viewmodels.mail_setup import Stage
from ui.viewmodels.staff import StaffViewModel
from ui.viewmodels.views import ViewsViewModel
from ui.widgets.empty_state import EmptyState
from ui.widgets.inbox_pane import InboxPane


@pytest.fixture
def server(room: Room, monkeypatch: pytest.MonkeyPatch) -> MailboxServer:
    server = MailboxServer()
    monkeypatch.setitem(vars(room.world.desk), "mail_setup", server)
    return server


Open = Callable[[str], MailDialog]
PAGES: list[str] = []


@pytest.fixture
def opened(room: Room, server: MailboxServer, qtbot: QtBot) -> Open:
    """Opens the dialog for a channel, or for a new one ("")."""
    PAGES.clear()

    def open_url(url: QUrl) -> bool:
        PAGES.append(url.toString())
        return True

    def make(channel_id: str) -> MailDialog:
        staff = StaffViewModel(room.context)
        dialog = MailDialog(room.context, staff, channel_id or staff.new_id(), None, open_url)
        staff.setParent(dialog)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(dialog)
        dialog.open()
        dialog.activateWindow()
        qtbot.waitUntil(dialog.isActiveWindow)
        return dialog

    return make


def mail_channel(room: Room) -> str:
    return next(item.id for item in room.world.desk.directory.channels() if item.kind is ChannelKind.EMAIL)


def focused(dialog: QWidget) -> QWidget:
    return dialog.focusWidget()


def keys(dialog: MailDialog, text: str, *ends: Qt.Key) -> None:
    if text:
        QTest.keyClicks(focused(dialog), text)
    for key in ends:
        QTest.keyClick(focused(dialog), key)


def test_an_address_and_a_password_are_enough(room: Room, server: MailboxServer, opened: Open) -> None:
    dialog = opened("")
    keys(dialog, "orders@northwind.example", Qt.Key.Key_Tab)
    assert server.asked == ["orders@northwind.example"]
    assert "imap.northwind.example, port 993, TLS" in dialog.mailbox.found.text()
    assert dialog.mailbox.servers.isHidden()
    dialog.mailbox.password.setFocus()
    keys(dialog, server.password, Qt.Key.Key_Return)
    assert [account.imap is None for account in server.tried] == [False, True]
    assert dialog.setup.stage is Stage.HANDING_OVER, "the server does not know the channel yet"
    assert not server.kept
    room.world.desk.sync.exchange()
    (channel,) = [item for item in room.world.desk.directory.channels() if item.name == "Orders"]
    assert channel.address == "orders@northwind.example"
    assert channel.auto_reply == ""
    kept = server.kept[channel.id].account
    assert kept is not None
    assert (kept.imap, kept.start) == (FOUND.account.imap if FOUND.account else None, StartWith.NOW)
    assert server.secrets[channel.id] == server.password
    assert dialog.waiting.title.text() == "Connecting orders@northwind.example"
    server.contact = room.world.clock.now()
    dialog.setup.look()
    assert dialog.waiting.title.text() == "orders@northwind.example is connected"
    assert "Waiting for the first mail" in dialog.waiting.words.text()


def test_what_failed_is_said_step_by_step_and_nothing_is_saved(
    room: Room, server: MailboxServer, opened: Open
) -> None:
    dialog = opened(mail_channel(room))
    dialog.mailbox.find_servers()
    dialog.mailbox.password.setText("wrong")
    dialog.accept()
    assert f"Receiving: Sign in: failed. {REFUSED}" in dialog.mailbox.steps.sentences
    assert "Receiving: Connect: worked." in dialog.mailbox.steps.sentences[0]
    assert "nothing was saved" in dialog.problem.text()
    assert not server.kept
    assert dialog.without.text() == "Save anyway"
    QTest.keyClicks(dialog.mailbox.password, "x")
    assert dialog.mailbox.steps.sentences == (), "that was of another password"
    assert dialog.problem.isHidden()
    dialog.mailbox.password.setText(server.password)
    dialog.accept()
    assert server.kept


def test_it_can_be_saved_although_the_test_failed(room: Room, server: MailboxServer, opened: Open) -> None:
    channel_id = mail_channel(room)
    dialog = opened(channel_id)
    dialog.mailbox.find_servers()
    dialog.mailbox.password.setText("not yet known there")
    dialog.accept()
    dialog.without.click()
    room.world.desk.sync.exchange()
    assert server.secrets[channel_id] == "not yet known there"


def test_once_a_test_has_worked_a_mail_can_be_sent_to_oneself(
    room: Room, server: MailboxServer, opened: Open
) -> None:
    dialog = opened(mail_channel(room))
    send, steps = dialog.mailbox.send, dialog.mailbox.steps
    dialog.mailbox.find_servers()
    dialog.mailbox.password.setText("wrong")
    dialog.try_it()
    assert send.isHidden()
    QTest.keyClicks(dialog.mailbox.password, "x")
    dialog.mailbox.password.setText(server.password)
    dialog.try_it()
    assert send.text() == f"Send a test mail to {room.world.desk.directory.me.email}"
    server.full = "smtp.northwind.example did not take a mail: 452 full."
    send.setFocus()
    keys(dialog, "", Qt.Key.Key_Space)
    assert steps.sentences[-1] == f"Sending: Send a mail: failed. {server.full}"
    assert dialog.setup.tested, "that the account works is known"
    server.full = ""
    keys(dialog, "", Qt.Key.Key_Space)
    assert steps.sentences[-1] == f"Sending: Send a mail: worked. {SAID}"
    assert [account.imap for account in server.sent] == [None, None]
    assert not server.kept, "nothing is saved by it"
    QTest.keyClicks(dialog.mailbox.password, "x")
    assert send.isHidden()
    assert steps.sentences == ()


def test_servers_that_are_not_found_are_asked_for(room: Room, server: MailboxServer, opened: Open) -> None:
    server.found = NOTHING
    dialog = opened("")
    keys(dialog, "help@nowhere.example", Qt.Key.Key_Tab)
    assert not dialog.mailbox.servers.isHidden()
    assert "Nothing was found" in dialog.mailbox.found.text()
    dialog.accept()
    assert "Type the servers" in dialog.problem.text()
    assert dialog.mailbox.servers.imap.host.hasFocus()
    dialog.without.click()
    assert any(item.name == "Help" for item in room.world.desk.directory.channels())
    assert not server.kept


def test_a_mailbox_of_an_own_domain_may_be_at_a_provider(
    room: Room, server: MailboxServer, opened: Open
) -> None:
    server.found = NOTHING
    dialog = opened("")
    page = dialog.mailbox
    microsoft = page.providers["microsoft"]
    assert microsoft.isHidden()
    keys(dialog, "help@northwind.example", Qt.Key.Key_Tab)
    assert not microsoft.isHidden()
    microsoft.setFocus()
    keys(dialog, "", Qt.Key.Key_Space)
    assert server.asked[-1] == "help@northwind.example at microsoft"
    assert page.account.imap is not None
    assert page.account.imap.host == "outlook.office365.com"
    assert page.by_grant
    assert dialog.yes.text() == "Sign in with Microsoft"
    assert microsoft.isHidden(), "it is known"


def test_looking_for_servers_can_be_stopped(room: Room, server: MailboxServer, opened: Open) -> None:
    server.found = NOTHING
    dialog = opened(mail_channel(room))
    server.found = FOUND
    with room.tasks.held():
        dialog.mailbox.find_servers()
        assert not dialog.mailbox.bar.isHidden()
        assert "northwind.example…" in dialog.mailbox.looking.text()
        dialog.mailbox.stop.click()
        assert dialog.mailbox.bar.isHidden()
    assert dialog.mailbox.found.text() == "", "what comes later is not wanted"
    assert not dialog.mailbox.servers.has_server


def test_one_signs_in_with_a_provider_in_the_browser(room: Room, server: MailboxServer, opened: Open) -> None:
    assert FOUND.account is not None
    granted = replace(FOUND.account, auth=MailAuth.OAUTH, provider="google")
    server.found = replace(FOUND, account=granted)
    channel_id = mail_channel(room)
    dialog = opened(channel_id)
    dialog.mailbox.find_servers()
    assert dialog.yes.text() == "Sign in with Google"
    assert dialog.mailbox.password.isHidden() or not dialog.mailbox.password.isVisible()
    server.declines = True
    dialog.accept()
    room.world.desk.sync.exchange()
    assert PAGES == ["https://accounts.google.example/o/oauth2"]
    assert "did not grant access" in dialog.problem.text()
    server.declines = False
    dialog.accept()
    room.world.desk.sync.exchange()
    assert server.kept[channel_id].account == granted
    assert dialog.setup.stage is Stage.CONNECTED


def test_without_a_registration_it_is_said_how_to_get_one(
    room: Room, server: MailboxServer, opened: Open
) -> None:
    assert FOUND.account is not None
    assert FOUND.account.imap is not None
    gmail = replace(FOUND.account, imap=replace(FOUND.account.imap, host="imap.gmail.com"))
    server.found = replace(FOUND, account=gmail, hint="Make a password for programs.")
    dialog = opened(mail_channel(room))
    dialog.mailbox.find_servers()
    assert "Make a password for programs." in dialog.mailbox.hint.text()
    assert "AGENT_DESKTOP_MAIL_GOOGLE_ID" in dialog.mailbox.hint.text()


def test_editing_shows_how_it_does_and_never_the_password(
    room: Room, server: MailboxServer, opened: Open
) -> None:
    channel_id = mail_channel(room)
    assert FOUND.account is not None
    server.save(channel_id, FOUND.account, server.password)
    server.contact = room.world.clock.now() - timedelta(minutes=2)
    dialog = opened(channel_id)
    page = dialog.mailbox
    assert page.health.words.text() == "In touch"
    assert page.health.sentence.text() == "Last contact 2 min ago"
    assert page.password.text() == ""
    assert "Kept" in page.password.placeholderText()
    assert not dialog.is_changed
    page.health.test.click()
    assert dialog.setup.tested
    page.health.pause.click()
    assert page.health.words.text() == "Paused"
    page.health.pause.click()
    assert page.health.words.text() == "In touch"
    dialog.channel.name.setText("Help desk")
    dialog.answers.reopening.setCurrentIndex(dialog.answers.reopening.findData(Reopening.WITHIN))
    dialog.answers.days.setValue(14)
    dialog.answers.automatic.setChecked(True)
    assert "Hello Amelia" in dialog.answers.preview.text()
    dialog.accept()
    channel = room.world.desk.directory.channel(channel_id)
    assert channel is not None
    assert (channel.name, channel.reopening, channel.reopen_days) == ("Help desk", Reopening.WITHIN, 14)
    assert "{{ customer.first_name }}" in channel.auto_reply
    assert not dialog.isVisible()
    assert server.secrets[channel_id] == server.password


def test_a_mailbox_is_removed_after_a_question(room: Room, server: MailboxServer, opened: Open) -> None:
    channel_id = mail_channel(room)
    assert FOUND.account is not None
    server.save(channel_id, FOUND.account, server.password)
    dialog = opened(channel_id)
    room.prompts.yes = False
    dialog.mailbox.health.removal.click()
    assert server.kept
    assert "conversations" in room.prompts.questions[-1].text
    room.prompts.yes = True
    dialog.mailbox.health.removal.click()
    assert not server.kept
    assert dialog.mailbox.health.isHidden()


def test_esc_loses_nothing_without_a_question(room: Room, server: MailboxServer, opened: Open) -> None:
    dialog = opened("")
    room.prompts.yes = False
    keys(dialog, "help@")
    keys(dialog, "", Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert room.prompts.questions[-1].yes == "Discard"
    room.prompts.yes = True
    keys(dialog, "", Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    untouched = opened(mail_channel(room))
    asked = len(room.prompts.questions)
    keys(untouched, "", Qt.Key.Key_Escape)
    assert not untouched.isVisible()
    assert len(room.prompts.questions) == asked


def test_the_first_mail_leads_to_the_inbox(room: Room, server: MailboxServer, opened: Open) -> None:
    dialog = opened(mail_channel(room))
    dialog.mailbox.find_servers()
    dialog.mailbox.password.setText(server.password)
    dialog.accept()
    room.world.desk.sync.exchange()
    written = room.world.customer_writes("Amelia Novak", "Kettle")
    room.world.customer_writes("Ben Okafor", "Lamp")
    assert "first mail is here" in dialog.waiting.words.text()
    keys(dialog, "", Qt.Key.Key_Return)
    assert room.navigator.conversations == [(written, False)]
    assert not dialog.isVisible()


def test_one_need_not_wait_for_the_first_mail(room: Room, server: MailboxServer, opened: Open) -> None:
    dialog = opened(mail_channel(room))
    dialog.mailbox.password.setText(server.password)
    dialog.accept()
    keys(dialog, "", Qt.Key.Key_Return)
    assert room.navigator.screens == [ScreenName.INBOX]


def test_an_empty_inbox_offers_to_connect_the_mailbox(
    room: Room, server: MailboxServer, qtbot: QtBot
) -> None:
    inbox = InboxViewModel(
        room.context.desk, room.context.tasks, room.context.changes, room.context.draft_changes
    )
    pane = InboxPane(room.context, inbox, QWidget)
    inbox.setParent(pane)
    qtbot.addWidget(pane)
    context = room.context
    views = ViewsViewModel(
        context.desk, context.tasks, context.changes, context.draft_changes, room.navigator.notify, pane
    )
    views.count()
    item = views.item("mine")
    assert item is not None
    inbox.show(item)
    assert pane.offer.words is not None
    assert "help@northwind.example" in pane.offer.words.sentence
    with qtbot.waitSignal(pane.mailbox_wanted) as wanted:
        empty = pane.findChild(EmptyState)
        assert isinstance(empty, EmptyState)
        empty.action_triggered.emit()
    assert wanted.args == [mail_channel(room)]
    assert FOUND.account is not None
    server.save(mail_channel(room), FOUND.account, "x")
    pane.offer.look_again()
    assert pane.offer.words is None


def test_wrong_placeholders_of_the_automatic_answer_are_refused(
    room: Room, server: MailboxServer, opened: Open
) -> None:
    dialog = opened(mail_channel(room))
    dialog.answers.automatic.setChecked(True)
    dialog.answers.reply.setPlainText("Hello {{ customer.email }}")
    dialog.without.click()
    assert "{{ customer.email }} cannot be filled in" in dialog.problem.text()
    assert dialog.pages.currentIndex() == 2


def test_everything_in_the_dialog_has_a_name(room: Room, server: MailboxServer, opened: Open) -> None:
    channel_id = mail_channel(room)
    assert FOUND.account is not None
    server.save(channel_id, FOUND.account, server.password)
    dialog = opened(channel_id)
    dialog.mailbox.unfold(True)
    for page in range(3):
        dialog.pages.setCurrentIndex(page)
        QApplication.processEvents()
        assert breaches(dialog) == []


def test_the_list_says_how_each_mailbox_does(room: Room, server: MailboxServer, qtbot: QtBot) -> None:
    channel_id = mail_channel(room)
    page = ChannelsPage(room.context, StaffViewModel(room.context))
    qtbot.addWidget(page)
    page.show()

    def said() -> str:
        (row,) = [row for row in page.table.cells.rows if row.key == channel_id]
        return row.cells[2].words

    assert said().startswith("Not connected")
    assert FOUND.account is not None
    server.save(channel_id, FOUND.account, "x")
    server.problem = "imap.northwind.example does not take the password."
    page.health.look((channel_id,))
    assert said() == "Needs attention, imap.northwind.example does not take the password."
    assert page.table.cells.index(0, 2).data(RowRole.ROW) is not None
