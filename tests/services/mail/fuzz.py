"""Changes mails at random and reads them: no mail may raise, take long or lose what must be kept.

Run `python -m tests.services.mail.fuzz --count 20000 --seed 1`. Seeds are the mails below, and, where the
folder of real material lies beside the project (or is named by --mails), every mail in it.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator
from gzip import open as open_gzip
from pathlib import Path

from agent_desktop.services.mail.authentication import read_authentication
from agent_desktop.services.mail.parse import ParsedMail, read_mail
from tests.services.mail.test_embedded import SIGNATURES, uuencoded, yencoded
from tests.services.mail.test_tnef import FILES, mail

MOST_BYTES = 200_000
SECONDS = 2.0
"""Of processor time, for one mail; a mail of this size takes a hundredth."""

PERSONAL = b"""From: a@b
To: c@d, =?utf-8?b?w6Q=?= <e@f>
Subject: =?iso-8859-1?q?=E4?= x
Date: Thu, 1 Jan 2026 00:00:00 +0000
Message-ID: <1@b>
References: <0@b> <2@b>

Hello

On 1 May 2026, A <a@b> wrote:
> old
--\x20
signature
"""
ALTERNATIVE = b"""From: a@b
Content-Type: multipart/alternative; boundary="x"

--x
Content-Type: text/plain; charset=utf-7
Content-Transfer-Encoding: quoted-printable

+AOQ-=
x
--x
Content-Type: text/html; charset=gb18030
Content-Transfer-Encoding: base64

PHA+eDxkaXYgY2xhc3M9Z21haWxfcXVvdGU+eTxibG9ja3F1b3RlPno=
--x--
"""
REPORT = b"""From: MAILER-DAEMON@b
Subject: failure notice
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x

failed: <a@b> 550 5.1.1 user unknown
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; b

Final-Recipient: rfc822; a@b
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 no
--x
Content-Type: message/rfc822

Message-ID: <9@b>
To: a@b

x
--x--
"""
JAPANESE = b"""From: a@b
Content-Type: text/plain; charset=iso-2022-jp; name*0*=utf-8''%E4; name*1="b"; format=flowed

\x1b$B$\"\x1b(B\x20
x
"""
ENRICHED = b"""From: a@b
Content-Type: text/enriched
Authentication-Results: x (c); dmarc=pass

<bold>x</bold><<y
"""
OWN = (
    mail(FILES),
    PERSONAL,
    ALTERNATIVE,
    REPORT,
    JAPANESE,
    ENRICHED,
    b"From: a@b\nContent-Type: application/pkcs7-mime\n\n" + SIGNATURES["in pieces"],
    b"From: a@b\n\ntext\n" + uuencoded(b"a.txt", b"abc" * 30) + yencoded(b"b.txt", b"\0=abc"),
)
PIECES = (
    b"\r\n", b"\n\n", b"\r", b"\0", b"--x\n", b"--x--", b"Content-Type: message/rfc822\n\n",
    b"Content-Type: text/html\n", b"Content-Transfer-Encoding: base64\n", b"charset=utf-16", b"charset=utf-7",
    b"charset=idna", b"boundary=x", b"=?utf-8?q?", b"?=", b"=?x?b?", b"'", b'"', b"\\", b"(", b"<", b">", b";", b",",
    b":", b"=", b"%", b"begin 644 x\n", b"\xff\xfe", b"\xed\xa0\x80", b"+2AA-", b"\x1b$B", b"<blockquote>",
    b"<div class=gmail_quote>", b"<!--", b"&#xD800;", b"On 1 May 2026 a wrote:\n> ", b"-- \n",
    b"From: a\nSent: b\nSubject: c\n", b"\x78\x9f\x3e\x22", b"\xe2\x80\xae", b"*0*=", b"message/delivery-status",
    b"user unknown ",
)  # fmt: skip


def mails_of(folder: Path) -> Iterator[bytes]:
    """Every mail below a folder: files of one mail, and lists of them as JSON lines."""
    for path in sorted(folder.rglob("*.eml")):
        yield path.read_bytes()
    for path in sorted(folder.rglob("mails.jsonl.gz")):
        with open_gzip(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)["raw"].encode("latin-1", "replace")


def mutated(raw: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """The mail with one to eight changes."""
    data = bytearray(raw[:MOST_BYTES])
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
        place = chance.randrange(len(data) + 1)
        if chance.random() < 0.5:  # where the headers are, most can go wrong
            place = min(place, chance.randrange(2_000))
        length = chance.choice((1, 1, 2, 10, 80, 1_000))
        match chance.randrange(8):
            case 0:
                data[place : place + length] = b""
            case 1:
                data[place:place] = chance.choice(PIECES)
            case 2:
                data[place : place + length] = chance.randbytes(length)
            case 3:
                data[place:place] = data[place : place + length] * chance.choice((2, 10, 100))
            case 4:
                other = chance.choice(others)
                start = chance.randrange(len(other) + 1)
                data[place:place] = other[start : start + length * 10]
            case 5:
                data[place : place + 1] = (
                    bytes((data[place] ^ (1 << chance.randrange(8)),)) if place < len(data) else b""
                )
            case 6:
                del data[place:]
            case _:
                data = data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n"))) if length > 10 else data
        del data[2 * MOST_BYTES :]
    return bytes(data)


def check(raw: bytes) -> float:
    """Read a mail and check what always holds of it; returns the seconds of processor time that it took."""
    started = time.process_time()
    read = read_mail(raw)
    read_authentication(read.headers, "x", read.from_.address)
    spent = time.process_time() - started
    for text in texts_of(read):
        text.encode("utf-8")
        assert "\0" not in text
    assert read.text or read.quoted or read.html or read.attachments or read.problems
    assert spent < SECONDS, spent
    return spent


def texts_of(read: ParsedMail) -> Iterator[str]:
    """Everything in a mail that is stored as text."""
    yield from (
        read.subject,
        read.text,
        read.quoted,
        read.html or "",
        read.message_id,
        read.in_reply_to,
        read.list_id,
    )
    yield from (*read.references, *read.problems, *read.loop_marks)
    for address in (read.from_, *read.to, *read.cc, *read.reply_to):
        yield from (address.name, address.address)
    for file in read.attachments:
        yield from (file.name, file.media_type, file.content_id)
    for report in read.delivery_reports:
        yield from (report.recipient, report.diagnostic, report.status, report.original_message_id)


def main(arguments: list[str] | None = None) -> int:
    """Change and read mails; the last line says how many, the first failure is shown whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--mails", type=Path, help="a folder of real mails to change too")
    options = parser.parse_args(arguments)
    seeds = list(OWN) + (list(mails_of(options.mails)) if options.mails else [])
    chance = random.Random(options.seed)
    slowest = 0.0
    for number in range(options.count):
        raw = mutated(chance.choice(seeds), seeds, chance)
        try:
            slowest = max(slowest, check(raw))
        except Exception:
            print(f"mail {number} of seed {options.seed}: {raw!r}", file=sys.stderr)
            raise
    print(f"{options.count} mails changed from {len(seeds)}: all were read; the slowest took {slowest:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
