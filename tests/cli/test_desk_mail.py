"""The program on one computer has mail of its own: set up in the window, read, answered, and there after a start."""

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent_desktop.cli.desk import Person, _server_key, open_desk, set_up
from agent_desktop.context import Desk
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.mail_account import MailAccount, MailSecurity, MailServer, StartWith
from agent_desktop.domain.message import Direction, Message
from agent_desktop.domain.operations.message import Reply
from agent_desktop.domain.rows import E
from agent_desktop.profile import Profile
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.database import Database, Durability
from agent_desktop.store.rows import SqlRows
from tests.mail_servers import Mailbox, MailServers


@dataclass
class Window:
    """What somebody sees who waits for it."""

    desk: Desk

    def __post_init__(self) -> None:
        self._news = threading.Condition()
        self.desk.changes.subscribe(lambda changes: self._tell())

    def _tell(self) -> None:
        with self._news:
            self._news.notify_all()

    def rows(self, kind: type[E]) -> list[E]:
        files = self.desk._files
        with files.replica.read() as sql:
            return SqlRows(sql, files.replica_schema.tables).query(kind)

    def wait_for(self, there: Callable[[], object]) -> None:
        with self._news:
            assert self._news.wait_for(lambda: bool(there()), 60), "nothing came"


def test_what_seals_passwords_stays_the_same(tmp_path: Path) -> None:
    profile, key = Profile(tmp_path / "profile"), DataKey.new()
    profile.server_db.parent.mkdir()

    def digest(key: DataKey | None) -> bytes:
        name = "plain.db" if key is None else "sealed.db"
        with closing(Database(tmp_path / name, Durability.NORMAL, key)) as work:
            with work.write() as sql:
                sql.execute("CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
            return _server_key(profile, work).digest("x")

    of_key = digest(key)
    assert digest(key) == of_key
    assert not list(profile.server_db.parent.iterdir())
    of_file = digest(None)
    assert of_file != of_key
    # The profile is encrypted at its next start.
    assert digest(key) == of_file


@pytest.mark.peer
def test_mail_comes_and_is_answered(tmp_path: Path, mail_servers: MailServers) -> None:
    box = Mailbox(mail_servers.new_mailbox().address, "rain on the roof")
    mail_servers.set_password(box)
    customer = mail_servers.new_mailbox("mia", "customer.test")
    profile = Profile(tmp_path / "profile")
    clock = SystemClock()
    ids = TimeOrderedIds(clock)
    set_up(profile, Person("Maya", "Lamps", box.address), clock, ids)

    desk = open_desk(profile)
    try:
        window = Window(desk)
        desk.start()
        channel = next(one for one in desk.directory.channels() if one.address == box.address)
        saved = desk.mail_setup.save(channel.id, account(mail_servers, box), box.password)
        assert saved.has_secret
        mail_servers.deliver(box.address, a_mail(customer.address, box.address))
        window.wait_for(lambda: window.rows(Message))
        (conversation,), (message,) = window.rows(Conversation), window.rows(Message)
        assert (conversation.subject, message.direction) == ("A lamp", Direction.IN)
        desk.apply(
            Reply(
                conversation_id=conversation.id,
                message_id=ids.new(),
                channel_id=channel.id,
                text="We send a new one.",
                to=(customer.address,),
                undo_seconds=0,
                seen_in=message.id,
            )
        )
        assert b"We send a new one." in mail_servers.arrived(customer.address)[0]
    finally:
        desk.close()
    assert box.password.encode() not in profile.server_db.read_bytes()

    desk = open_desk(profile)
    try:
        window = Window(desk)
        desk.start()
        mail_servers.deliver(box.address, a_mail(customer.address, box.address, "Another lamp"))
        window.wait_for(lambda: "Another lamp" in {one.subject for one in window.rows(Conversation)})
    finally:
        desk.close()


def account(servers: MailServers, box: Mailbox) -> MailAccount:
    return MailAccount(
        imap=MailServer(host="localhost", port=servers.imaps),
        smtp=MailServer(host="localhost", port=servers.submission, security=MailSecurity.STARTTLS),
        user=box.address,
        authority=servers.ca_file.read_text(),
        start=StartWith.ALL,
    )


def a_mail(sender: str, to: str, subject: str = "A lamp") -> bytes:
    head = f"From: Mia <{sender}>\r\nTo: {to}\r\nSubject: {subject}\r\n"
    head += f"Message-ID: <{subject.replace(' ', '-')}@customer.test>\r\n"
    return f"{head}\r\nIt is broken.\r\n".encode()
