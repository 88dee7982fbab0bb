"""The mail servers that tests use do what the tests rely on."""

import imaplib
import smtplib
from email.message import EmailMessage

import pytest

from tests.mail_servers import BOUNCING, FULL, UNKNOWN, MailServers

pytestmark = pytest.mark.peer


def mail(to: str, sender: str = "ann@customer.test") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, "A lamp"
    message.set_content("It is broken.")
    return message


def submit(servers: MailServers, box_address: str, password: str, message: EmailMessage) -> dict[str, object]:
    with smtplib.SMTP(servers.host, servers.submission) as smtp:
        smtp.starttls(context=servers.trusting())
        smtp.login(box_address, password)
        return dict(smtp.send_message(message))


def test_what_the_world_sends_arrives(mail_servers: MailServers) -> None:
    box = mail_servers.new_mailbox()
    with smtplib.SMTP(mail_servers.host, mail_servers.smtp) as smtp:
        smtp.send_message(mail(box.address))
    assert b"It is broken." in mail_servers.arrived(box.address)[0]


def test_what_we_send_arrives_anywhere(mail_servers: MailServers) -> None:
    box, customer = mail_servers.new_mailbox(), mail_servers.new_mailbox("ann", "customer.test")
    submit(mail_servers, box.address, box.password, mail(customer.address, box.address))
    assert b"It is broken." in mail_servers.arrived(customer.address)[0]


def test_signing_in_needs_the_password(mail_servers: MailServers) -> None:
    box = mail_servers.new_mailbox()
    with pytest.raises(smtplib.SMTPAuthenticationError):
        submit(mail_servers, box.address, "wrong", mail("ann@customer.test", box.address))
    with imaplib.IMAP4_SSL(
        mail_servers.host, mail_servers.imaps, ssl_context=mail_servers.trusting()
    ) as imap:
        with pytest.raises(imaplib.IMAP4.error):
            imap.login(box.address, "wrong")
        imap.login(box.address, box.password)


def test_recipients_are_refused_one_by_one(mail_servers: MailServers) -> None:
    box = mail_servers.new_mailbox()
    message = mail(f"ann@customer.test, {UNKNOWN}, {FULL}", box.address)
    refused = submit(mail_servers, box.address, box.password, message)
    assert set(refused) == {UNKNOWN, FULL}


def test_what_cannot_be_delivered_comes_back(mail_servers: MailServers) -> None:
    box = mail_servers.new_mailbox()
    submit(mail_servers, box.address, box.password, mail(f"ann@{BOUNCING}", box.address))
    assert b"multipart/report" in mail_servers.arrived(box.address)[0]


def test_both_survive_a_restart(mail_servers: MailServers) -> None:
    box = mail_servers.new_mailbox()
    mail_servers.deliver(box.address, bytes(mail(box.address)))
    mail_servers.stop_dovecot()
    with pytest.raises(OSError, match="refused"):
        mail_servers.deliver(box.address, b"")
    mail_servers.start_dovecot()
    assert len(mail_servers.mails(box.address)) == 1
