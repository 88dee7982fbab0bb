"""Reports of mail servers: what became of which mail of ours, and who is merely away."""

import pytest

from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.services.mail.bounce_reasons import FailureReason
from agent_desktop.services.mail.parse import ParsedMail, parse_mail

COPY = b"Message-ID: <ours@x.example>\nFrom: us@x.example\nTo: ann@y.example\nSubject: Your order\n\nHello\n"


def report(status: bytes, text: bytes = b"Sorry.", copy: bytes = COPY) -> ParsedMail:
    """A delivery status notification as RFC 3464 has it."""
    parts = (
        b"\n" + text,
        b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.y.example\n\n" + status,
        b"Content-Type: message/rfc822\n\n" + copy,
    )
    body = b"".join(b"--b\n" + part + b"\n" for part in parts)
    head = b"From: MAILER-DAEMON@y.example\nTo: us@x.example\nSubject: Undelivered Mail Returned to Sender\n"
    return parse_mail(
        head
        + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        + body
        + b"--b--\n"
    )


FAILED = (
    b"Final-Recipient: rfc822; ann@y.example\nAction: failed\nStatus: 5.1.1\n"
    b"Diagnostic-Code: smtp; 550 5.1.1 User unknown\n"
)


def test_a_report_says_what_became_of_which_mail() -> None:
    mail = report(FAILED)
    (told,) = mail.delivery_reports
    assert mail.kind is MailKind.BOUNCE
    assert (told.recipient, told.action, told.status, told.reply_code) == (
        "ann@y.example",
        "failed",
        "5.1.1",
        "550",
    )
    assert (told.diagnostic, told.original_message_id) == ("550 5.1.1 User unknown", "ours@x.example")
    assert (told.reason, told.permanent) == (FailureReason.UNKNOWN_ADDRESS, True)
    assert mail.is_automatic


def test_each_recipient_is_told_of() -> None:
    delayed = b"Final-Recipient: rfc822; bob@y.example\nAction: delayed\nStatus: 4.4.1\n"
    first, second = report(FAILED + b"\n" + delayed).delivery_reports
    assert (first.recipient, first.permanent) == ("ann@y.example", True)
    assert (second.recipient, second.action, second.permanent) == ("bob@y.example", "delayed", False)


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_good_news_are_no_failures(action: str) -> None:
    (told,) = report(FAILED.replace(b"failed", action.encode()).replace(b"5.1.1", b"2.0.0")).delivery_reports
    assert (told.action, told.permanent) == (action, False)


@pytest.mark.parametrize(
    ("said", "reason", "permanent"),
    [
        ("550 5.1.1 <ann@y.example>: Recipient address rejected: User unknown", FailureReason.UNKNOWN_ADDRESS, True),
        ("550 RCPT TO:<ann@y.example> no such user here", FailureReason.UNKNOWN_ADDRESS, True),
        ("550 no such user here", FailureReason.UNKNOWN_ADDRESS, False),
        ("550 5.1.2 Host unknown", FailureReason.UNKNOWN_HOST, True),
        ("556 5.1.10 Domain y.example does not accept mail (nullMX)", FailureReason.TAKES_NO_MAIL, True),
        ("551 5.1.6 User has moved", FailureReason.MOVED, True),
        ("452 4.2.2 Mailbox full", FailureReason.MAILBOX_FULL, False),
        ("552 5.1.1 sorry, over quota", FailureReason.MAILBOX_FULL, False),
        ("552 5.3.4 Message size exceeds fixed limit", FailureReason.TOO_LARGE, False),
        ("550 5.7.1 Message rejected as spam", FailureReason.REFUSED, False),
        ("553 5.1.8 Domain of sender address x.example does not exist", FailureReason.REFUSED, False),
        ("550 5.2.1 This account has been suspended", FailureReason.DISABLED, False),
        ("451 4.4.1 Connection timed out", FailureReason.UNREACHABLE, False),
        ("554 5.0.0 Hm", FailureReason.OTHER, False),
    ],
)  # fmt: skip
def test_only_an_address_that_is_no_good_is_given_up(
    said: str, reason: FailureReason, permanent: bool
) -> None:
    fields = f"Final-Recipient: rfc822; ann@y.example\nAction: failed\nDiagnostic-Code: smtp; {said}\n"
    (told,) = report(fields.encode()).delivery_reports
    assert (told.reason, told.permanent) == (reason, permanent)


FREE = """From: {sender}
To: us@x.example
Return-Path: <>
Subject: {subject}
Content-Type: text/plain; charset=utf-8

{text}
Message-ID: <ours@x.example>
From: us@x.example
To: ann@y.example
Subject: Your order

Hello
"""
QMAIL = """Hi. This is the qmail-send program at y.example.
I'm afraid I wasn't able to deliver your message to the following addresses.

<ann@y.example>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 No such person here

--- Below this line is a copy of the message.
"""
EXIM = """A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ann@y.example
    SMTP error from remote mail server after RCPT TO:<ann@y.example>:
    550 unknown user

------ This is a copy of the message, including all the headers. ------
"""


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("MAILER-DAEMON@y.example", "failure notice", QMAIL),
        ("Mailer-Daemon@y.example", "Mail delivery failed: returning message to sender", EXIM),
        ("postmaster@y.example", "Unzustellbar: Ihre Bestellung", EXIM),
    ],
)
def test_reports_in_free_text_are_read_too(sender: str, subject: str, text: str) -> None:
    mail = parse_mail(FREE.format(sender=sender, subject=subject, text=text).encode())
    (told,) = mail.delivery_reports
    assert mail.kind is MailKind.BOUNCE
    assert (told.recipient, told.reply_code, told.permanent) == ("ann@y.example", "550", True)
    assert told.original_message_id == "ours@x.example"


def test_the_text_of_a_report_is_not_folded() -> None:
    mail = parse_mail(FREE.format(sender="MAILER-DAEMON@y", subject="failure notice", text=QMAIL).encode())
    assert "does not like recipient" in mail.text
    assert mail.quoted == ""


def test_an_abuse_report_names_the_mail() -> None:
    parts = (
        b"\nThis is an abuse report.",
        b"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: ann@y.example\n",
        b"Content-Type: message/rfc822\n\n" + COPY,
    )
    body = b"".join(b"--b\n" + part + b"\n" for part in parts)
    mail = parse_mail(
        b"From: fbl@y\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n" + body
    )
    (told,) = mail.delivery_reports
    assert mail.kind is MailKind.ABUSE_REPORT
    assert (told.recipient, told.action, told.diagnostic) == ("ann@y.example", "complained", "abuse")
    assert (told.original_message_id, told.permanent) == ("ours@x.example", False)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("", MailKind.PERSONAL),
        ("Auto-Submitted: auto-replied (vacation)", MailKind.AUTOMATIC),
        ("Auto-Submitted: no", MailKind.PERSONAL),
        ("Subject: Automatic reply: Your order", MailKind.AUTOMATIC),
        ("Subject: Abwesenheitsnotiz: Ihre Bestellung", MailKind.AUTOMATIC),
        ("Subject: Réponse automatique : commande", MailKind.AUTOMATIC),
        ("Subject: 自動返信 注文", MailKind.AUTOMATIC),
        ("Subject: AUTO: Ann Example is out of the office", MailKind.AUTOMATIC),
        ("Subject: Ich bin derzeit nicht im Büro", MailKind.AUTOMATIC),
        ("Subject: Auto: Bremsen defekt", MailKind.PERSONAL),
        ("Subject: Urlaub im Mai", MailKind.PERSONAL),
        ("Subject: Re: Automatic reply: Your order", MailKind.PERSONAL),
        ("Subject: My out of office assistant is broken", MailKind.PERSONAL),
        ("X-Autoreply: yes", MailKind.AUTOMATIC),
        ("List-Id: <users.x.example>\nPrecedence: list", MailKind.LIST),
        ("List-Unsubscribe: <mailto:x>", MailKind.LIST),
        ("Precedence: bulk", MailKind.LIST),
        ("Subject: Undeliverable parcel", MailKind.PERSONAL),
        ("Subject: Delivery failed again!", MailKind.PERSONAL),
        (
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=x",
            MailKind.AUTOMATIC,
        ),
    ],
)
def test_programs_lists_and_persons_are_told_apart(headers: str, kind: MailKind) -> None:
    mail = parse_mail(
        f"From: ann@y.example\n{headers}\n\nMy parcel could not be delivered, the address is right.".encode()
    )
    assert mail.kind is kind
    assert mail.is_automatic is (kind is not MailKind.PERSONAL)


def test_a_customer_who_forwards_a_report_is_a_person() -> None:
    mail = parse_mail(
        b"From: ann@y.example\nSubject: Fwd: failure notice\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\n\nWhat is this? 550 User unknown\n--b\nContent-Type: message/rfc822\n\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=c\n\n--c\n"
        b"Content-Type: message/delivery-status\n\n"
        b"Status: 5.0.0\n--c--\n--b--\n"
    )
    assert mail.kind is MailKind.PERSONAL
    assert mail.delivery_reports == ()


def test_the_name_of_the_list_and_the_marks_of_loops_are_read() -> None:
    mail = parse_mail(b"From: a@y\nList-Id: Users <users.x.example>\nX-Loop: one@x\nX-Loop: two@x\n\nx")
    assert (mail.list_id, mail.loop_marks) == ("users.x.example", ("one@x", "two@x"))
