"""Mails made to stop a parser: each is read, within seconds that are far more than it needs."""

import base64
import io
import random
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import closing

import pytest

from agent_desktop.services.mail.bounded import BoundedWorker
from agent_desktop.services.mail.parse import ParsedMail, read_mail
from tests.services.mail.test_tnef import file, text_property, tnef

HEAD = b"From: a@b.example\nSubject: x\n"


def multipart(boundary: bytes) -> bytes:
    """The header of a multipart."""
    return b"Content-Type: multipart/mixed; boundary=" + boundary + b"\n\n"


def based(media_type: bytes, content: bytes) -> bytes:
    """A mail that is one file."""
    head = HEAD + b"Content-Type: " + media_type + b"\nContent-Transfer-Encoding: base64\n\n"
    return head + base64.encodebytes(content)


def zip_bomb() -> bytes:
    """50 MB of zeros in 50 KB."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(50_000_000))
    return packed.getvalue()


DAEMON = b"From: mailer-daemon@x\nSubject: failure notice\n"
BOMBS = {
    "nested parts": HEAD + b"".join(multipart(b"b%d" % n) + b"--b%d\n" % n for n in range(5_000)),
    "parts of one boundary": HEAD + (multipart(b"b") + b"--b\n") * 3_000,
    "empty parts": HEAD + multipart(b"b") + b"--b\n\n" * 100_000,
    "lines like boundaries": HEAD + multipart(b"b") + b"--x\n" * 500_000,
    "numbered parameters": HEAD + b"Content-Type: a/b;" + b"".join(b" a*%d=b;" % n for n in range(20_000)) + b"\n\n",
    "equal parameters": HEAD + b"Content-Type: a/b;" + b" a*0=b;" * 20_000 + b"\n\n",
    "semicolons": HEAD + b"Content-Type: a/b" + b";" * 60_000 + b"\n\n",
    "quotes in parameters": HEAD + b"Content-Type: a/b; " + b'a="\\' * 15_000 + b"\n\n",
    "parentheses": b"From: " + b"(" * 60_000 + b"\nContent-Type: a/b" + b"(" * 60_000 + b"\n\n",
    "angles": b"From: " + b"<" * 60_000 + b"\nMessage-ID: " + b"<" * 60_000 + b"\n\n",
    "angles and blanks": b"References: " + b"< " * 30_000 + b"\n\n",
    "groups": b"From: " + b"a:" * 30_000 + b"\nTo: " + b'"' * 60_000 + b"\n\n",
    "encoded words": HEAD + b"Subject: " + b"=?utf-8?q?a?= " * 20_000 + b"\n\n",
    "folded encoded words": HEAD + b"X: y\nComments: " + b"=?utf-8?b?YQ==?=\n " * 15_000 + b"\n\n",
    "recipients": HEAD + b"To: " + b"a@b.c, " * 10_000 + b"\n\n",
    "ids": b"References: " + b"<a@b> " * 10_000 + b"\n\n",
    "strange message id": b"Message-ID: <\n\n",
    "charset idna": HEAD + b"Content-Type: text/plain; charset=idna\n\n\xff.x",
    "charset punycode": HEAD + b"Content-Type: text/plain; charset=punycode\n\n" + b"a" * 50_000 + b"-" + b"b" * 50_000,
    "charset unknown in a word": b"Subject: =?x-nonsense?q?=FF?=\n\n",
    "headers": b"a:b\n" * 200_000 + b"\nx",
    "one endless header": b"Subject: " + b"a\n " * 200_000 + b"\nx",
    "a long date": b"Date: " + b"1 " * 60_000 + b"\n\n",
    "div": HEAD + b"Content-Type: text/html\n\n" + b"<div>" * 200_000,
    "br": HEAD + b"Content-Type: text/html\n\n" + b"<br>" * 200_000,
    "open tags": HEAD + b"Content-Type: text/html\n\n" + b"<a" * 500_000,
    "open comments": HEAD + b"Content-Type: text/html\n\n" + b"<!--" * 200_000,
    "blockquotes": HEAD + b"Content-Type: text/html\n\n" + b"<blockquote>x" * 50_000,
    "heads of quotes": HEAD + b"\n" + b"On 1 May 2020 a:\n" * 4_900,
    "keys of headers": HEAD + b"\n" + b"From: x\n" * 4_900,
    "signatures": HEAD + b"\n" + b"--\n\n\n" * 1_600,
    "one long line": HEAD + b"\n" + b"On 1 From: " * 100_000,
    "padded base64": HEAD + b"Content-Transfer-Encoding: base64\n\n" + b"A=" * 300_000,
    "combining marks": HEAD + multipart(b"b") + b'--b\nContent-Disposition: attachment; filename="'
    + "e\u0301\u0323".encode() * 10_000 + b'"\n\nx\n--b--',
    "mails in mails": HEAD + b"Content-Type: message/rfc822\n\n" * 20_000,
    "zip bomb": based(b"application/zip; name=a.zip", zip_bomb()),
    "winmail of many files": based(
        b"application/ms-tnef", tnef(*[file(f"a{n}", b"x", text_property(0x3707, "n")) for n in range(10_000)])
    ),
    "signed mails in signed mails": HEAD + b"Content-Type: application/pkcs7-mime\n\n" + b"\x30\x80" * 400_000,
    "beginnings of files": HEAD + b"\n" + b"begin 644 x\n" * 100_000,
    "beginnings of yenc": HEAD + b"\n" + b"=ybegin name=x\n" * 100_000,
    "marks of quotes": HEAD + b"Content-Type: text/html\n\n" + b"<div class=gmail_quote><blockquote>" * 30_000,
    "reported recipients": DAEMON + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    b"--b\nContent-Type: message/delivery-status\n\n"
    + b"Final-Recipient: rfc822; a@b\nDiagnostic-Code: smtp; 550 user user mailbox address account name\n\n" * 2_000,
    "words of reports": DAEMON
    + b"\n"
    + b"user mailbox recipient a@b.c address account name domain host server " * 20_000,
    "recipients in text": DAEMON + b"\n" + b"<a@b.c>: user unknown\n" * 20_000,
    "lines in reports": DAEMON + b"\n" + b"-" * 300_000 + b"original",
    "comments of results": b"Authentication-Results: x; " + b"(" * 30_000 + b'"' * 30_000 + b"\n\n",
    "nul": b"\0" * 1_000_000,
    "returns": b"\r" * 1_000_000,
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_read_like_other_mails(name: str) -> None:
    started = time.process_time()
    mail = read_mail(BOMBS[name])
    spent = time.process_time() - started
    assert len(mail.text) + len(mail.quoted) <= 1_000_000
    assert len(mail.to) <= 500
    assert spent < 5  # the slowest needs half a second; the standard library's parser minutes


def large_file() -> bytes:
    """A mail of 50 MB that brings one file."""
    return based(b"application/pdf; name=a.pdf", random.Random(5).randbytes(37_000_000))


LARGE: dict[str, Callable[[], bytes]] = {
    "file": large_file,
    "text": lambda: HEAD + b"\n" + b"word and word\n" * 3_600_000,
    "html": lambda: HEAD + b"Content-Type: text/html\n\n" + b"<p>word <b>and</b> word</p>" * 1_900_000,
    "one line": lambda: HEAD + b"\n" + b"x" * 50_000_000,
    "quoted printable": lambda: HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=C3=BC=\n" * 6_000_000,
    "file in the text": lambda: HEAD + b"\nbegin 644 a\n" + (b"M" + b"A" * 60 + b"\n") * 800_000 + b"`\nend\n",
    "parts": lambda: HEAD + multipart(b"b") + (b"--b\n\n" + b"word " * 1_000 + b"\n") * 10_000,
}  # fmt: skip


def measured(raw: bytes) -> tuple[float, ParsedMail]:
    """Seconds of processor time that a mail takes, and the mail."""
    started = time.process_time()
    mail = read_mail(raw)
    return time.process_time() - started, mail


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no limit on memory that a process sets itself"
)
@pytest.mark.parametrize("name", LARGE)
def test_50_mb_are_read_in_512_mb(name: str) -> None:
    with closing(BoundedWorker(memory_bytes=512 * 1024**2)) as worker:
        spent, mail = worker.call(measured, LARGE[name](), seconds=60.0)
    assert spent < 4  # none needs more than one
    assert mail.subject == "x"
    if "file" in name:
        assert [len(file.content) for file in mail.attachments] == [
            37_000_000 if name == "file" else 36_000_000
        ]
        assert mail.problems == ()
    else:
        assert mail.text
        assert mail.problems  # says that there is more
