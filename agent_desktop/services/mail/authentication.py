"""Reads what our own mail server found out about a sender: the results of SPF, DKIM and DMARC (RFC 8601).

Anybody can write such a field into a mail. Only those count that carry the name of the server that
the account trusts, and of those only the topmost: that server adds its own above what came in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from agent_desktop.domain.trust import UNPROVEN
from agent_desktop.services.mail.decoding import decode_text
from agent_desktop.services.mail.headers import Headers

METHODS: Final = ("spf", "dkim", "dmarc")
NAMELESS: Final = "protection.outlook.com"
"""Microsoft's servers leave their name out, and give another name to the fields that a mail brings along. Whoever
trusts them trusts the topmost field that begins with a result."""
MAX_FIELDS: Final = 10
MAX_FIELD_BYTES: Final = 8_000

_RESULTS: Final = frozenset(
    "none pass fail softfail neutral policy temperror permerror hardfail bestguesspass".split()
)
_TOKEN: Final = re.compile(r'(?P<quoted>"(?:[^"\\]|\\.)*+"?)|(?P<mark>[();])|(?P<text>[^"();]++)', re.DOTALL)
_RESULT: Final = re.compile(
    r"\s*([a-z][a-z0-9-]{0,30})(?:\s*/\s*\d{1,5})?\s*=\s*([a-z]{1,20})\b", re.IGNORECASE
)


_ABOUT: Final = {
    method: re.compile(rf"\b(?:{names})\s*=\s*(?:[^\s@]{{0,200}}@)?([^\s@]{{1,260}})", re.IGNORECASE)
    for method, names in (
        ("spf", r"smtp\.mailfrom"),
        ("dkim", r"header\.[di]"),
        ("dmarc", r"header\.from"),
    )
}
"""Where the domain stands that a result is about. The first counts: what follows may repeat what a stranger wrote."""


def read_authentication(headers: Headers, trusted_host: str, sender: str) -> str:
    """What `trusted_host` says of a mail that is shown as one of `sender`, an address: such as
    "spf=pass dkim=none dmarc=fail", "" if nothing. It ends with UNPROVEN where nothing that passed is about the very
    domain that readers see, be it that this domain demands nothing (no DMARC), but signs its mails or says who sends
    them.

    `trusted_host` is the name that the receiving server puts first in its Authentication-Results
    (its authserv-id). The first result of a method holds, except that one good DKIM signature
    among several is enough. DMARC's verdict on another domain, of a mail that names several senders, is none.
    """
    host, domain = _host(trusted_host), _domain(sender.rpartition("@")[2])
    found: dict[str, str] = {}
    looked = vouched = False
    for value in _trusted_values(headers, host) if host else ():
        all_results = list(_results(value))
        looked = looked or bool(all_results)
        results = [one for one in all_results if one.method != "dmarc" or one.may_be_about(domain)]
        if any((one.method, one.result) == ("dkim", "pass") for one in results):
            found.setdefault("dkim", "pass")
        for one in results:
            found.setdefault(one.method, one.result)
            vouched = vouched or one.proves(domain)
    words = [f"{method}={found[method]}" for method in METHODS if method in found]
    if looked and not vouched and found.get("dmarc") not in ("pass", "fail"):
        words.append(UNPROVEN)
    return " ".join(words)


@dataclass(frozen=True, slots=True)
class _Result:
    method: str
    result: str
    about: str

    def may_be_about(self, domain: str) -> bool:
        return not self.about or _same(self.about, domain)

    def proves(self, domain: str) -> bool:
        return self.result in ("pass", "bestguesspass") and bool(self.about) and _same(self.about, domain)


def _same(one: str, other: str) -> bool:
    """Whether two domains are of the same owner: the same, or one below the other, as DMARC has it by default."""
    return one == other or f".{one}".endswith(f".{other}") or f".{other}".endswith(f".{one}")


def _domain(text: str) -> str:
    name = text.strip().strip(".").lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    return name if "." in name else ""


def _trusted_values(headers: Headers, host: str) -> Iterator[list[str]]:
    """The statements of each trusted field; what lies below the next server's mark came in with the mail."""
    taken = 0
    limit = 1 if host == NAMELESS else MAX_FIELDS
    for name, value in headers.fields:
        if name == "received" and taken:
            return
        if name != "authentication-results":
            continue
        who, *statements = _statements(decode_text(value[:MAX_FIELD_BYTES])[0])
        nameless = host == NAMELESS and _RESULT.match(who) is not None
        if taken < limit and (nameless or _host(who) == host):
            taken += 1
            yield [who, *statements] if nameless else statements


def _statements(value: str) -> list[str]:
    """Split at the semicolons that are neither quoted nor in comments; the first piece names the server."""
    pieces = [""]
    depth = 0
    for match in _TOKEN.finditer(value):
        mark = match["mark"]
        if mark in {"(", ")"}:
            depth = max(0, depth + (1 if mark == "(" else -1))
        elif depth:
            continue
        elif mark == ";":
            pieces.append("")
        elif match["text"]:
            pieces[-1] += match["text"]
        elif len(pieces) == 1:
            pieces[0] += match["quoted"].strip('"')
        else:
            pieces[-1] += '""'
    return pieces


def _host(text: str) -> str:
    """The name without the version number that may follow it."""
    words = text.split()
    return words[0].rstrip(".").lower() if words else ""


def _results(statements: list[str]) -> Iterator[_Result]:
    for statement in statements:
        match = _RESULT.match(statement)
        if match and match[1].lower() in METHODS and match[2].lower() in _RESULTS:
            method = match[1].lower()
            about = _ABOUT[method].search(statement, match.end())
            yield _Result(method, match[2].lower(), _domain(about[1]) if about else "")
