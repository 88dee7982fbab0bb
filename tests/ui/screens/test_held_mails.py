"""Mails that were held back, seen and decided about from the page of channels."""

from dataclasses import dataclass, field, replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent_desktop.domain.errors import InputError
from agent_desktop.services.administration import HeldMail, HeldMails
from tests.fakes import START
from tests.ui.conftest import Room
from tests.ui.screens.mailboxes import MailboxServer
from tests.ui.test_accessibility import breaches
from ui.screens.administration.channels import ChannelsPage
from ui.screens.administration.held_mails import HeldMailsDialog
from ui.viewmodels.staff import StaffViewModel


@dataclass
class Server:
    """Holds mails."""

    mails: dict[str, HeldMail] = field(default_factory=dict)
    released: list[str] = field(default_factory=list)
    discarded: list[str] = field(default_factory=list)
    problem: str = ""

    def held_mails(self) -> HeldMails:
        return HeldMails(tuple(self.mails.values()), len(self.mails))

    def release_mail(self, inbound_id: str) -> None:
        if self.problem:
            raise InputError(self.problem)
        self.released.append(inbound_id)
        del self.mails[inbound_id]

    def discard_mail(self, inbound_id: str) -> None:
        self.discarded.append(inbound_id)
        del self.mails[inbound_id]


@pytest.fixture
def server(room: Room, monkeypatch: pytest.MonkeyPatch) -> Server:
    channel = room.world.desk.directory.channels()[0].id
    loop = HeldMail(
        id="loop",
        channel_id=channel,
        received_at=START,
        size=2_000,
        reason="loop",
        why="more than sixty mails of a person came to one conversation within an hour",
        sender="robot@customer.example",
        subject="Out of office",
    )
    hidden = replace(loop, id="hidden", sender=None, subject=None)
    server = Server({mail.id: mail for mail in (loop, hidden)})
    monkeypatch.setitem(vars(room.world.desk), "administration", server)
    monkeypatch.setitem(vars(room.world.desk), "mail_setup", MailboxServer())
    return server


@pytest.fixture
def page(room: Room, server: Server, qtbot: QtBot) -> ChannelsPage:
    page = ChannelsPage(room.context, StaffViewModel(room.context))
    qtbot.addWidget(page)
    page.show()
    return page


def opened(page: ChannelsPage) -> HeldMailsDialog:
    page.held_button.click()
    (dialog,) = [item for item in QApplication.topLevelWidgets() if isinstance(item, HeldMailsDialog)]
    return dialog


def test_the_page_of_channels_tells_of_them_and_only_then(page: ChannelsPage, server: Server) -> None:
    assert page.held_button.text() == "2 mails are held back…"
    server.mails.clear()
    page.held.look()
    assert page.held_button.isHidden()


def test_they_are_let_through_by_keyboard_and_discarded_after_a_question(
    room: Room, page: ChannelsPage, server: Server
) -> None:
    dialog = opened(page)
    assert breaches(dialog) == []
    first, second = (row.cells for row in dialog.page.table.cells.rows)
    assert first[0].words == "robot@customer.example, Out of office"
    assert first[3].text.startswith("More than sixty mails")
    assert second[0].words == "Not for your eyes"
    QTest.keyClick(dialog.page.table, Qt.Key.Key_Return)
    assert server.released == ["loop"]
    assert room.navigator.messages[-1][0] == "The mail becomes a message now."
    room.prompts.yes = False
    dialog.discard.click()
    assert server.discarded == []
    room.prompts.yes = True
    dialog.discard.click()
    assert server.discarded == ["hidden"]
    assert "Nothing is held back" in dialog.page.empty.accessibleName()
    dialog.reject()


def test_what_the_server_does_not_take_is_said(room: Room, page: ChannelsPage, server: Server) -> None:
    dialog = opened(page)
    server.problem = "The server cannot be reached now."
    dialog.through.click()
    assert room.navigator.messages[-1][0] == server.problem
    assert len(dialog.page.table.cells.rows) == 2
    dialog.reject()
