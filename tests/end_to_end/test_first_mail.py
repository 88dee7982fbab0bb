"""From a workspace that was just made to the first mail in it, by keyboard, with a real Dovecot and a real Postfix."""

import smtplib
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from agent_desktop.cli.desk import Person, open_desk, set_up
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.profile import Profile
from sync.channels.mail.exchangers import asks_nobody
from tests.mail_servers import Mailbox, MailServers
from ui.program import Program
from ui.screens.administration.mail_dialog import MailDialog
from ui.screens.main_window import MainWindow
from ui.theme import ThemeManager
from ui.viewmodels.mail_setup import Stage

pytestmark = [pytest.mark.end_to_end, pytest.mark.peer]
WAIT = 60_000
MOST_KEYS = 200
"""Nobody types more in two minutes who has to look the names of servers up."""
NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


class Typist:
    """Somebody at the keyboard, who never touches a mouse. `keys` counts."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self._qtbot, self._window = qtbot, window
        self.keys = 0

    def until(self, condition: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(condition, timeout=WAIT)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        self.keys += 1
        QTest.keyClick(self.focused(), key, modifiers)

    def type(self, text: str) -> None:
        """Replace what stands in the field, a key for each letter."""
        self.press(Qt.Key.Key_A, CTRL)
        for letter in text:
            self.keys += 1
            for kind in (QKeyEvent.Type.KeyPress, QKeyEvent.Type.KeyRelease):
                QApplication.sendEvent(self.focused(), QKeyEvent(kind, 0, NONE, letter))

    def go_to(self, field: QWidget) -> None:
        """Tab until the field is reached; what cannot be reached so fails."""
        seen: list[QWidget] = []
        while (here := self.focused()) is not field and field.focusProxy() is not here:
            assert len(seen) < 100, [type(widget).__name__ for widget in seen]
            seen.append(here)
            self.press(Qt.Key.Key_Tab)

    def fill(self, field: QLineEdit | QSpinBox, text: str) -> None:
        self.go_to(field)
        self.type(text)

    def choose(self, field: QComboBox, data: object) -> None:
        self.go_to(field)
        wanted, step = field.findData(data), Qt.Key.Key_Down
        while field.currentIndex() != wanted:
            step = Qt.Key.Key_Down if field.currentIndex() < wanted else Qt.Key.Key_Up
            self.press(step)

    def paste(self, field: QPlainTextEdit, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.go_to(field)
        self.press(Qt.Key.Key_V, CTRL)

    def focused(self) -> QWidget:
        top = QApplication.activeModalWidget() or self._window
        if not top.isActiveWindow():
            top.activateWindow()
            self.until(top.isActiveWindow)
        return QApplication.focusWidget() or top


@pytest.fixture
def box(mail_servers: MailServers) -> Mailbox:
    return mail_servers.new_mailbox("help")


@pytest.fixture
def program(
    tmp_path: Path, box: Mailbox, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Program]:
    monkeypatch.setattr("sync.channels.mail.exchangers.exchangers_of", asks_nobody)
    clock = SystemClock()
    profile = Profile(tmp_path / "profile")
    person = Person(name="Maya Keller", company="Northwind", email=box.address)
    set_up(profile, person, clock, TimeOrderedIds(clock))
    program = Program(qapp, open_desk(profile), ThemeManager(qapp), lambda: "test")
    program.new_window()
    qtbot.waitExposed(program.windows[0])
    yield program
    program.quit()
    program.close()


def write_to(servers: MailServers, address: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Amelia Novak <amelia@customer.test>", address
    mail["Subject"], mail["Message-ID"] = "Where is my kettle?", "<kettle-1@customer.test>"
    mail.set_content("The tracking number has not moved since Tuesday.")
    with smtplib.SMTP(servers.host, servers.smtp) as smtp:
        smtp.send_message(mail)


def test_two_minutes_to_the_first_mail(
    program: Program, mail_servers: MailServers, box: Mailbox, qtbot: QtBot
) -> None:
    window = program.windows[0]
    desk = window.context.desk
    maya = Typist(qtbot, window)
    inbox = window.workspace.list
    maya.until(lambda: inbox.offer.words is not None)
    maya.go_to(inbox.empty.button)
    maya.press(Qt.Key.Key_Space)
    maya.until(lambda: isinstance(QApplication.activeModalWidget(), MailDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, MailDialog)
    page, setup = dialog.mailbox, dialog.setup

    # Nobody publishes the servers of this domain: they have to be typed, which is the longest way there is.
    maya.until(lambda: setup.kept is not None and not setup.finding)
    assert page.typed_address == box.address
    maya.fill(page.password, "not " + box.password)
    servers = page.servers
    assert not servers.isHidden()
    for line, port in ((servers.imap, mail_servers.imaps), (servers.smtp, mail_servers.submissions)):
        maya.fill(line.host, "localhost")
        maya.fill(line.port, str(port))
    maya.paste(servers.authority, mail_servers.ca_file.read_text())

    # A slip in the password is named, for receiving and for sending; nothing is saved.
    maya.go_to(dialog.test)
    maya.press(Qt.Key.Key_Space)
    maya.until(lambda: setup.tested is False)
    failed = [step for step in setup.steps if not step.worked]
    assert [step.name for step in failed] == ["Receiving: Sign in", "Sending: Sign in"]
    assert all(box.address in step.sentence for step in failed), failed
    assert desk.mail_setup.read(setup.channel_id).account is None

    maya.fill(page.password, box.password)
    maya.press(Qt.Key.Key_Return)
    maya.until(lambda: setup.stage is Stage.CONNECTED)
    maya.until(lambda: "is connected" in dialog.waiting.title.text())
    assert "Waiting for the first mail" in dialog.waiting.words.text()
    write_to(mail_servers, box.address)
    maya.until(lambda: setup.first is not None)
    assert "first mail is here" in dialog.waiting.words.text()
    maya.press(Qt.Key.Key_Return)
    maya.until(lambda: window.workspace.inbox.open_id is not None)
    assert window.workspace.inbox.open_id == setup.first
    assert setup.first is not None
    (row,) = desk.inbox.rows(desk.inbox.keys_of([setup.first]))
    assert row.subject == "Where is my kettle?"
    assert maya.keys < MOST_KEYS, maya.keys
