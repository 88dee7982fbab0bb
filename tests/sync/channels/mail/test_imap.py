"""Mail is read from a real Dovecot: nothing is passed over, and nothing is changed there before it is stored here."""

import imaplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.mail_account import AfterReading, MailSecurity, MailServer, StartWith
from sync.channels.mail.connecting import Step, Trouble, dial
from sync.channels.mail.imap import AT_ONCE, MailboxReader, sign_in
from sync.channels.mail.imap_line import ImapLine
from sync.channels.mail.receiving import ImapReceiver
from sync.server.ports import OpenMailAccount
from tests.mail_servers import Mailbox, MailServers
from tests.sync.channels.mail.accounts import Stored, account, letter

pytestmark = pytest.mark.peer


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def box(mail_servers: MailServers) -> Mailbox:
    return mail_servers.new_mailbox()


@contextmanager
def signed_in(opened: OpenMailAccount) -> Iterator[ImapLine]:
    assert opened.settings.imap is not None
    line = ImapLine(opened.settings.imap, opened.settings.authority, dial)
    try:
        sign_in(line, opened)
        yield line
    finally:
        line.leave()


def read(opened: OpenMailAccount, stored: Stored, largest: int = 60_000_000) -> int:
    with signed_in(opened) as line:
        return MailboxReader(opened, stored, stored, Clock(), largest).read_all(line)


@contextmanager
def receiving(opened: OpenMailAccount, stored: Stored, **changes: Any) -> Iterator[None]:
    assert opened.settings.imap is not None
    receiver = ImapReceiver(opened, opened.settings.imap, stored, stored, Clock(), dial, Random(1), **changes)
    thread = threading.Thread(target=receiver.run)
    thread.start()
    try:
        yield
    finally:
        receiver.stop()
        thread.join(60)
        assert not thread.is_alive()


def flags(servers: MailServers, box: Mailbox) -> list[str]:
    """The flags of the mails of the inbox, as the names of their files tell."""
    return sorted(path.name.partition(":2,")[2] for path in (servers.maildir(box.address) / "cur").iterdir())


@pytest.mark.parametrize("security", list(MailSecurity))
def test_takes_what_is_there(mail_servers: MailServers, box: Mailbox, security: MailSecurity) -> None:
    port = mail_servers.imaps if security is MailSecurity.TLS else mail_servers.imap
    server = MailServer(host="localhost", port=port, security=security)
    mail_servers.deliver(box.address, letter("one"), letter("two"))
    stored = Stored()
    assert read(account(mail_servers, box, start=StartWith.ALL, imap=server), stored) == 2
    assert stored.subjects() == ["one", "two"]
    assert stored.mails[0].endswith(letter("one").partition(b"\r\n\r\n")[2])


def test_takes_each_once(mail_servers: MailServers, box: Mailbox) -> None:
    stored, opened = Stored(), account(mail_servers, box, start=StartWith.ALL)
    mail_servers.deliver(box.address, *(letter(str(number)) for number in range(45)))
    assert [read(opened, stored), read(opened, stored)] == [45, 0]
    mail_servers.deliver(box.address, letter("late"))
    assert read(opened, stored) == 1
    assert stored.subjects() == [*map(str, range(45)), "late"]


def test_begins_with_what_comes_from_now_on(mail_servers: MailServers, box: Mailbox) -> None:
    stored, opened = Stored(), account(mail_servers, box, start=StartWith.NOW)
    mail_servers.deliver(box.address, letter("old"))
    assert read(opened, stored) == 0
    mail_servers.deliver(box.address, letter("new"))
    assert read(opened, stored) == 1
    assert stored.subjects() == ["new"]


def test_begins_with_what_nobody_has_read(mail_servers: MailServers, box: Mailbox) -> None:
    stored, opened = Stored(), account(mail_servers, box, start=StartWith.UNSEEN)
    mail_servers.deliver(box.address, letter("read"), letter("unread"))
    with imaplib.IMAP4(mail_servers.host, mail_servers.imap) as imap:
        imap.login(box.address, box.password)
        imap.select()
        imap.store("1", "+FLAGS", "\\Seen")
    assert read(opened, stored) == 1
    assert stored.subjects() == ["unread"]


def test_leaves_mail_as_it_is(mail_servers: MailServers, box: Mailbox) -> None:
    mail_servers.deliver(box.address, letter("one"))
    read(account(mail_servers, box, start=StartWith.ALL), Stored())
    assert flags(mail_servers, box) in ([], [""])


def test_marks_mail_as_read(mail_servers: MailServers, box: Mailbox) -> None:
    mail_servers.deliver(box.address, letter("one"))
    read(account(mail_servers, box, start=StartWith.ALL, after_reading=AfterReading.SEEN), Stored())
    assert flags(mail_servers, box) == ["S"]


@pytest.mark.parametrize(("target", "there"), [("", "Archive"), ("Done", "Done")])
def test_moves_mail_away(mail_servers: MailServers, box: Mailbox, target: str, there: str) -> None:
    mail_servers.deliver(box.address, letter("one"), letter("two"))
    moving = account(mail_servers, box, start=StartWith.ALL, after_reading=AfterReading.MOVE, move_to=target)
    stored = Stored()
    assert read(moving, stored) == 2
    assert mail_servers.mails(box.address) == []
    assert len(mail_servers.mails(box.address, there)) == 2
    assert stored.subjects() == ["one", "two"]


def test_goes_on_where_nothing_may_be_moved(mail_servers: MailServers, box: Mailbox) -> None:
    mail_servers.deliver(box.address, *(letter(str(number)) for number in range(AT_ONCE + 5)))
    # No folder of Dovecot may be called so, as it keeps mail here.
    moving = account(
        mail_servers, box, start=StartWith.ALL, after_reading=AfterReading.MOVE, move_to="Old/Mails"
    )
    stored = Stored()
    with receiving(moving, stored):
        stored.has(AT_ONCE + 5)
        told = stored.says("marked as read instead")
        assert "localhost does not let it be moved" in told
    mail_servers.deliver(box.address, letter("late"))
    assert [read(moving, stored), read(moving, stored)] == [1, 0]
    assert stored.subjects() == [*map(str, range(AT_ONCE + 5)), "late"]
    assert flags(mail_servers, box) == ["S"] * (AT_ONCE + 6)


def test_changes_nothing_that_could_not_be_stored(mail_servers: MailServers, box: Mailbox) -> None:
    class Full(Stored):
        def store(self, channel_id: str, raw: bytes, received_at: datetime) -> bool:
            raise StoreError("The disk is full.")

    mail_servers.deliver(box.address, letter("one"))
    full = Full()
    moving = account(mail_servers, box, start=StartWith.ALL, after_reading=AfterReading.MOVE)
    with pytest.raises(StoreError):
        read(moving, full)
    assert len(mail_servers.mails(box.address)) == 1
    stored = Stored(places=full.places)
    assert read(moving, stored) == 1


def test_reads_several_folders(mail_servers: MailServers, box: Mailbox) -> None:
    mail_servers.deliver(box.address, letter("one"))
    with imaplib.IMAP4(mail_servers.host, mail_servers.imap) as imap:
        imap.login(box.address, box.password)
        imap.create("B&APw-ro")
        imap.append("B&APw-ro", "", "", letter("two"))
    stored = Stored()
    read(account(mail_servers, box, start=StartWith.ALL, folders=("INBOX", "Büro")), stored)
    assert stored.subjects() == ["one", "two"]


def test_takes_a_large_mail_in_pieces(mail_servers: MailServers, box: Mailbox) -> None:
    large = letter("large", size=5_000_000)
    mail_servers.deliver(box.address, large)
    stored = Stored()
    read(account(mail_servers, box, start=StartWith.ALL), stored)
    assert stored.mails[0].endswith(large)


def test_leaves_a_mail_that_is_too_large(mail_servers: MailServers, box: Mailbox) -> None:
    mail_servers.deliver(box.address, letter("large", size=300_000), letter("small"))
    stored = Stored()
    moving = account(mail_servers, box, start=StartWith.ALL, after_reading=AfterReading.MOVE)
    read(moving, stored, largest=200_000)
    assert stored.subjects() == ["large", "small"]
    assert b"ann@customer.test" in stored.mails[0]
    assert b"could not be taken over" in stored.mails[0]
    assert len(stored.mails[0]) < 2_000
    assert len(mail_servers.mails(box.address)) == 1
    assert read(moving, stored) == 0


def test_looks_through_everything_when_the_server_counts_anew(
    mail_servers: MailServers, box: Mailbox
) -> None:
    stored, opened = Stored(), account(mail_servers, box, start=StartWith.NOW)
    read(opened, stored)
    mail_servers.deliver(box.address, letter("one"), letter("two"))
    read(opened, stored)
    mail_servers.deliver(box.address, letter("three"))
    maildir = mail_servers.maildir(box.address)
    for index in maildir.glob("dovecot.index*"):
        index.unlink()
    uids = maildir / "dovecot-uidlist"
    uids.write_text(f"3 V{stored.places['INBOX'].uid_validity + 100} N1 G0\n")
    validity = stored.places["INBOX"].uid_validity
    assert read(opened, stored) == 3
    assert stored.places["INBOX"].uid_validity != validity
    assert sorted(stored.subjects()) == ["one", "three", "two"]
    assert read(opened, stored) == 0


def test_hears_of_new_mail_at_once(mail_servers: MailServers, box: Mailbox) -> None:
    stored = Stored()
    with receiving(account(mail_servers, box, start=StartWith.ALL, poll_seconds=3_600), stored):
        stored.says("")
        for number in range(3):
            mail_servers.deliver(box.address, letter(str(number)))
            stored.has(number + 1)
    assert stored.subjects() == ["0", "1", "2"]


def test_renews_listening(mail_servers: MailServers, box: Mailbox) -> None:
    stored = Stored()
    opened = account(mail_servers, box, start=StartWith.ALL, poll_seconds=3_600)
    with receiving(opened, stored, listen=timedelta(milliseconds=50)):
        with stored.changed:
            assert stored.changed.wait_for(lambda: stored.told[:4] == ["", "", "", ""], 20)
        mail_servers.deliver(box.address, letter("one"))
        stored.has(1)


def test_goes_on_after_a_restart(mail_servers: MailServers, box: Mailbox) -> None:
    stored = Stored()
    mail_servers.deliver(box.address, letter("one"))
    with receiving(account(mail_servers, box, start=StartWith.ALL), stored):
        stored.has(1)
        mail_servers.stop_dovecot()
        stored.says("asked again later")
        mail_servers.start_dovecot()
        mail_servers.deliver(box.address, letter("two"))
        stored.has(2)
        stored.says("")


def test_says_that_the_password_is_wrong(mail_servers: MailServers, box: Mailbox) -> None:
    stored = Stored()
    with receiving(account(mail_servers, box, password="wrong"), stored):
        assert box.address in stored.says("did not take the user")


@pytest.mark.parametrize("security", [MailSecurity.TLS, MailSecurity.STARTTLS])
def test_trusts_no_expired_certificate(
    mail_servers: MailServers, box: Mailbox, security: MailSecurity
) -> None:
    port = mail_servers.imaps if security is MailSecurity.TLS else mail_servers.imap
    server = MailServer(host="localhost", port=port, security=security)
    good = mail_servers.certificate
    mail_servers.stop_dovecot()
    mail_servers.certificate = mail_servers.certificates.make("expired", expired=True)
    try:
        mail_servers.start_dovecot()
        with pytest.raises(Trouble, match="expired") as caught:
            ImapLine(server, mail_servers.ca_file.read_text(), dial)
        assert caught.value.step is Step.SECURE
    finally:
        mail_servers.stop_dovecot()
        mail_servers.certificate = good
        mail_servers.start_dovecot()


def test_trusts_nobody_unknown(mail_servers: MailServers, box: Mailbox) -> None:
    with pytest.raises(Trouble, match="certificate of localhost is not accepted"):
        ImapLine(MailServer(host="localhost", port=mail_servers.imaps), "", dial)


def test_names_a_folder_that_is_not_there(mail_servers: MailServers, box: Mailbox) -> None:
    with pytest.raises(Trouble, match="no folder “Nowhere”"):
        read(account(mail_servers, box, folders=("Nowhere",)), Stored())
