"""Mails as a support desk gets them, made: no real mail is needed to measure.

Sizes of texts follow what public archives have: 1.0, 3.9 and 32 KB at the 50th, 90th and 99th of a hundred. Half of the
mails say it in HTML as well, a tenth brings files, four of ten answer an earlier one and quote it.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import pairwise
from random import Random

_BEGAN = datetime(2026, 3, 2, 8, tzinfo=UTC)
_QUANTILES = ((0.0, 150), (0.5, 1_000), (0.9, 3_900), (0.99, 32_000), (1.0, 100_000))
"""How large texts are, in bytes."""
_FILES = ((0.0, 4_000), (0.5, 60_000), (0.9, 400_000), (1.0, 2_000_000))
_SYLLABLES = (
    "an be cor da el fi gro hun il ker lo mi nu or pa que ra schlü ta un ver wo zen fé für ing tion".split()
)
_STYLE = 'style="font-family:Arial,sans-serif;font-size:11pt;color:#1f1f1f;margin:0"'


class MadeMails:
    """A stream of mails to one address, the same for the same seed."""

    def __init__(self, address: str, seed: int = 1) -> None:
        self._address = address
        self._random = Random(seed)  # noqa: S311 - nothing secret
        self._words = ["".join(self._random.choices(_SYLLABLES, k=k)) for k in (1, 1, 2, 2, 2, 3, 3, 4)] + [
            "".join(self._random.choices(_SYLLABLES, k=self._random.randint(1, 4))) for _ in range(4_000)
        ]
        self._earlier: list[tuple[str, tuple[str, ...], str, int, str]] = []

    def take(self, count: int) -> Iterator[bytes]:
        """The next mails."""
        for _ in range(count):
            yield self._next()

    def _next(self) -> bytes:
        random = self._random
        number = len(self._earlier)
        name = f"{random.getrandbits(96):x}.{number}@mail.customer{number % 40}.example"
        text = self._text(_size(random, _QUANTILES))
        if self._earlier and random.random() < 0.4:
            answered, references, subject, customer, quoted = random.choice(self._earlier[-400:])
            references = (*references, answered)[-20:]
            text += "\n\nOn Mon, 2 Mar 2026 at 09:12, Support wrote:\n"
            text += "\n".join(f"> {line}" for line in quoted.splitlines()[:40]) + "\n"
        else:
            references, subject, customer = (), " ".join(random.choices(self._words, k=5)).title(), number
        mail = self._head(number, name, customer, subject, references)
        charset = random.choice(("utf-8", "utf-8", "iso-8859-1"))
        mail.set_content(text, charset=charset, cte="quoted-printable")
        if random.random() < 0.5:
            mail.add_alternative(_html(text), subtype="html", cte="quoted-printable")
        if random.random() < 0.1:
            content = random.randbytes(int(_size(random, _FILES)))
            mail.add_attachment(content, maintype="image", subtype="jpeg", filename=f"photo {number}.jpg")
        self._earlier.append((name, references, subject, customer, text[:1_500]))
        return mail.as_bytes()

    def _head(
        self, number: int, name: str, customer: int, subject: str, references: tuple[str, ...]
    ) -> EmailMessage:
        random, mail = self._random, EmailMessage()
        at = _BEGAN + timedelta(minutes=number)
        for hop in range(3):
            token = f"{random.getrandbits(80):x}"
            mail["Received"] = (
                f"from mx{hop}.relay{number % 40}.example (mx{hop}.relay{number % 40}.example [192.0.2.{hop + 1}])"
                f" by mx{hop + 1}.lighthouse.example with ESMTPS id {token}; {format_datetime(at)}"
            )
        mail["DKIM-Signature"] = (
            f"v=1; a=rsa-sha256; c=relaxed/relaxed; d=customer{number % 40}.example; s=s1;"
            f" h=from:to:subject:date:message-id; bh={random.getrandbits(256):x}; b={random.getrandbits(2048):x}"
        )
        mail["From"] = f"Käthe Customer{customer} <customer{customer}@customer{customer % 40}.example>"
        mail["To"] = f"Support <{self._address}>"
        mail["Subject"] = f"Re: {subject}" if references else subject
        mail["Date"] = format_datetime(at)
        mail["Message-ID"] = f"<{name}>"
        if references:
            mail["In-Reply-To"] = f"<{references[-1]}>"
            mail["References"] = " ".join(f"<{one}>" for one in references)
        mail["X-Mailer"] = "Made Mail 16.0"
        return mail

    def _text(self, size: float) -> str:
        pieces: list[str] = []
        length = 0
        while length < size:
            line = " ".join(self._random.choices(self._words, k=self._random.randint(6, 16)))
            pieces.append(line.capitalize() + ("." if self._random.random() < 0.7 else ".\n"))
            length += len(line) + 2
        return "\n".join(pieces) + "\n"


def _size(random: Random, quantiles: tuple[tuple[float, int], ...]) -> float:
    """A size between two of the quantiles, evenly by its logarithm."""
    place = random.random()
    for (low, small), (high, large) in pairwise(quantiles):
        if place <= high:
            share = (place - low) / (high - low)
            return math.exp(math.log(small) + share * (math.log(large) - math.log(small)))
    return quantiles[-1][1]


def _html(text: str) -> str:
    paragraphs = "".join(f"<p {_STYLE}>{line}<br></p>\n" for line in text.splitlines())
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><style>p { margin: 0 } a { color: #06c }</style></head>\n'
        f'<body><div class="mail">{paragraphs}<p><a href="https://www.lighthouse.example/orders">Orders</a></p>'
        "</div></body></html>\n"
    )
