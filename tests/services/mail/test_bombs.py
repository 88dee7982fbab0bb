"""Mails made to stop a parser: each is read, within seconds that are far more than it needs."""

import time

import pytest

from agent_desktop.services.mail.parse import read_mail

HEAD = b"From: a@b.example\nSubject: x\n"


def multipart(boundary: bytes) -> bytes:
    """The header of a multipart."""
    return b"Content-Type: multipart/mixed; boundary=" + boundary + b"\n\n"


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
