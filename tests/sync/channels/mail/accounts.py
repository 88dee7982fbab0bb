"""Accounts of the mail servers of tests, and what stands in for the server's tables."""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agent_desktop.domain.mail_account import MailAccount, MailSecurity, MailServer
from sync.server.ports import MailPlace, NoAccess, OpenMailAccount
from tests.mail_servers import Mailbox, MailServers

CHANNEL = "channel-1"


@dataclass
class Password:
    """Signs in by password."""

    value: str

    def password(self) -> str:
        return self.value

    def access_token(self, *, renew: bool = False) -> str:
        raise NoAccess("There is no grant.")


def account(servers: MailServers, box: Mailbox, **changes: Any) -> OpenMailAccount:
    """The account of somebody at the mail servers of the tests."""
    settings: dict[str, Any] = {
        "imap": MailServer(host="localhost", port=servers.imaps),
        "smtp": MailServer(host="localhost", port=servers.submission, security=MailSecurity.STARTTLS),
        "user": box.address,
        "authority": servers.ca_file.read_text(),
    }
    password = changes.pop("password", box.password)
    return OpenMailAccount(CHANNEL, MailAccount(**settings | changes), Password(password))


@dataclass
class Stored:
    """Takes mail over in memory; `news` is told of each. Both are used by the thread that reads and by the test."""

    mails: list[bytes] = field(default_factory=list)
    places: dict[str, MailPlace] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def store(self, channel_id: str, raw: bytes, received_at: datetime) -> bool:
        assert channel_id == CHANNEL
        with self.changed:
            is_new = raw not in self.mails
            if is_new:
                self.mails.append(raw)
            self.changed.notify_all()
        return is_new

    def place(self, channel_id: str, folder: str) -> MailPlace | None:
        return self.places.get(folder)

    def move_place(self, channel_id: str, folder: str, place: MailPlace) -> None:
        self.places[folder] = place

    def tell(self, channel_id: str, problem: str) -> None:
        with self.changed:
            self.told.append(problem)
            self.changed.notify_all()

    def has(self, count: int) -> list[bytes]:
        """The mails, once there are so many."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.mails) >= count, 30), self.told
            return list(self.mails)

    def says(self, part: str) -> str:
        """What is told of the account, once it has these words (or nothing)."""
        with self.changed:
            told = lambda: bool(self.told) and (part in self.told[-1] if part else not self.told[-1])  # noqa: E731
            assert self.changed.wait_for(told, 30), self.told
            return self.told[-1]

    def subjects(self) -> list[str]:
        return [
            line.partition(b": ")[2].decode()
            for raw in self.mails
            for line in raw.splitlines()
            if line.startswith(b"Subject: ")
        ]


def letter(subject: str, text: str = "It is broken.", size: int = 0) -> bytes:
    """A mail of a customer, filled up to about so many bytes."""
    head = f"From: Ann <ann@customer.test>\r\nTo: support@example.test\r\nSubject: {subject}\r\n"
    head += f"Message-ID: <{subject.replace(' ', '-')}@customer.test>\r\nContent-Type: text/plain; charset=utf-8\r\n"
    line = "0123456789" * 7 + "\r\n"
    return f"{head}\r\n{text}\r\n{line * (size // len(line))}".encode()
