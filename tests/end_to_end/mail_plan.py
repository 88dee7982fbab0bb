"""The mails that arrive while a server is killed, and what has to be there of them afterwards."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from random import Random

_BEGAN = datetime(2026, 3, 1, 8, tzinfo=UTC)
_SUBJECTS = ("Kettle leaks", "Where is my parcel", "Invoice is wrong", "Größe passt nicht", "Cannot sign in")
_PARTS_OF_A_BOUNCE = 2
"""What the mail server says, and the head of the mail that it is about, are files of the message."""
_WORDS = "order lid handle parcel invoice colour number yesterday again please thank you waiting broken new".split()


@dataclass(frozen=True, slots=True)
class Planned:
    """A mail that somebody writes. `thread`: which mails belong together; `files`: how many are attached.

    `times`: so often it is delivered; `piped`: it is brought by the command instead of by SMTP.
    """

    message_id: str
    thread: int
    sender: str
    raw: bytes = field(repr=False)
    files: int = 0
    times: int = 1
    piped: bool = False


def planned_mails(count: int, address: str, random: Random, piped: float = 0.03) -> list[Planned]:
    """So many mails to an address: threads of one to six, a few with files, twice, by the pipe, or of programs."""
    mails: list[Planned] = []
    thread = 0
    while len(mails) < count:
        length = min(random.choice((1, 1, 2, 3, 6)), count - len(mails))
        mails += _thread(thread, length, address, random, piped)
        thread += 1
    # Threads are written side by side, and a mail often comes before the one that it answers.
    return sorted(mails, key=lambda mail: random.gauss(mail.thread, 4))


def _thread(thread: int, length: int, address: str, random: Random, piped: float) -> list[Planned]:
    customer, colleague = f"c{thread}@customer.test", f"colleague{thread}@customer.test"
    subject = f"{random.choice(_SUBJECTS)} {thread}"
    is_bounce = length == 1 and random.random() < 0.1
    mails: list[Planned] = []
    names: list[str] = []
    for place in range(length):
        mail, name = EmailMessage(), f"{thread}.{place}@customer.test"
        sender = colleague if place and random.random() < 0.3 else customer
        mail["From"] = f"Customer {thread} <{sender}>"
        mail["To"] = address
        mail["Cc"] = customer if sender == colleague else colleague
        mail["Subject"] = f"Re: {subject}" if place else subject
        mail["Date"] = format_datetime(_BEGAN + timedelta(minutes=thread * 10 + place))
        mail["Message-ID"] = f"<{name}>"
        if names:
            mail["In-Reply-To"] = f"<{names[-1]}>"
            mail["References"] = " ".join(f"<{one}>" for one in names)
        mail.set_content(_text(random))
        if random.random() < 0.4:
            mail.add_alternative(f"<p>{_text(random)}</p>", subtype="html")
        files = random.choice((1, 1, 2)) if random.random() < 0.1 else 0
        for number in range(files):
            content = random.randbytes(random.randint(200, 40_000))
            mail.add_attachment(
                content, maintype="application", subtype="octet-stream", filename=f"{number}.bin"
            )
        raw = mail.as_bytes()
        if is_bounce:
            sender, raw = "", _foreign_bounce(name, subject)
            files = _PARTS_OF_A_BOUNCE
        names.append(name)
        mails.append(
            Planned(
                message_id=name,
                thread=thread,
                sender=sender,
                raw=raw,
                files=files,
                times=2 if random.random() < 0.1 else 1,
                piped=random.random() < piped,
            )
        )
    return mails


def _text(random: Random) -> str:
    return (
        "\n".join(" ".join(random.choices(_WORDS, k=12)) + "." for _ in range(random.randint(1, 12))) + "\n"
    )


def _foreign_bounce(name: str, subject: str) -> bytes:
    """What a mail server says about a mail that was never ours."""
    return (
        f"From: MAILER-DAEMON@mx.elsewhere.test\r\nTo: help@example.test\r\nSubject: Undelivered: {subject}\r\n"
        f"Message-ID: <{name}>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.elsewhere.test\r\n\r\n"
        "Final-Recipient: rfc822; x@nowhere.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <not-ours-{name}>\r\n\r\n--b--\r\n"
    ).encode()
