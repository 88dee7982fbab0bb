"""Mail from a real mail server reaches the workspace of a real program, once, though it is killed."""

from pathlib import Path

import pytest

from tests.end_to_end.mail_desk import MailDesk
from tests.mail_servers import MailServers
from tests.sync.channels.mail.accounts import letter

pytestmark = [pytest.mark.end_to_end, pytest.mark.peer]


def test_each_mail_is_one_message_though_the_server_dies(tmp_path: Path, mail_servers: MailServers) -> None:
    box = mail_servers.new_mailbox()
    desk = MailDesk(tmp_path, mail_servers, box, after_reading="move")
    mail_servers.deliver(box.address, *(letter(f"before {number}") for number in range(5)))
    desk.start()
    desk.has_messages(5)
    mail_servers.deliver(box.address, *(letter(f"during {number}") for number in range(40)))
    desk.has_messages(8)
    desk.kill()
    mail_servers.deliver(box.address, letter("after"))
    desk.start()
    desk.has_messages(46)
    desk.stop()
    assert desk.messages() == 46
    assert mail_servers.mails(box.address) == []
    assert len(mail_servers.mails(box.address, "Archive")) == 46


def test_the_command_line_says_how_a_mailbox_does(tmp_path: Path, mail_servers: MailServers) -> None:
    box = mail_servers.new_mailbox()
    desk = MailDesk(tmp_path, mail_servers, box)
    assert "never read yet" in desk.run("mail", "list")
    said = desk.run("mail", "test", box.address).splitlines()
    assert len(said) == 7
    assert all(line.startswith("ok ") for line in said)
    desk.run("mail", "remove", box.address)
    assert "not set up" in desk.run("mail", "list")


def test_what_a_pipe_brings_becomes_a_message_too(tmp_path: Path, mail_servers: MailServers) -> None:
    box = mail_servers.new_mailbox()
    desk = MailDesk(tmp_path, mail_servers, box)
    for _ in range(2):
        desk.run("receive", "--channel", box.address, given=letter("one"))
    desk.start()
    desk.has_messages(1)
    desk.stop()
    assert desk.messages() == 1
