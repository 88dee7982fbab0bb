"""Reads what our own mail server found out about a sender: the results of SPF, DKIM and DMARC (RFC 8601).

Anybody can write such a field into a mail. Only those count that carry the name of the server that
the account trusts, and of those only the topmost: that server adds its own above what came in.
"""

import re
from collections.abc import Iterator
from typing import Final

from agent_desktop.services.mail.decoding import decode_text
from agent_desktop.services.mail.headers import Headers

METHODS: Final = ("spf", "dkim", "dmarc")
MAX_FIELDS: Final = 10
MAX_FIELD_BYTES: Final = 8_000

_RESULTS: Final = frozenset(
    "none pass fail softfail neutral policy temperror permerror hardfail bestguesspass".split()
)
_TOKEN: Final = re.compile(r'(?P<quoted>"(?:[^"\\]|\\.)*+"?)|(?P<mark>[();])|(?P<text>[^"();]++)', re.DOTALL)
_RESULT: Final = re.compile(
    r"\s*([a-z][a-z0-9-]{0,30})(?:\s*/\s*\d{1,5})?\s*=\s*([a-z]{1,20})\b", re.IGNORECASE
)


def read_authentication(headers: Headers, trusted_host: str) -> str:
    """What `trusted_host` says of the sender, such as "spf=pass dkim=none dmarc=fail"; "" if nothing.

    `trusted_host` is the name that the receiving server puts first in its Authentication-Results
    (its authserv-id). The first result of a method holds, except that one good DKIM signature
    among several is enough.
    """
    host = _host(trusted_host)
    found: dict[str, str] = {}
    for value in _trusted_values(headers, host) if host else ():
        results = list(_results(value))
        if ("dkim", "pass") in results:
            found.setdefault("dkim", "pass")
        for method, result in results:
            found.setdefault(method, result)
    return " ".join(f"{method}={found[method]}" for method in METHODS if method in found)


def _trusted_values(headers: Headers, host: str) -> Iterator[list[str]]:
    """The statements of each trusted field; what lies below the next server's mark came in with the mail."""
    taken = 0
    for name, value in headers.fields:
        if name == "received" and taken:
            return
        if name != "authentication-results":
            continue
        who, *statements = _statements(decode_text(value[:MAX_FIELD_BYTES])[0])
        if _host(who) == host and taken < MAX_FIELDS:
            taken += 1
            yield statements


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


def _results(statements: list[str]) -> Iterator[tuple[str, str]]:
    for statement in statements:
        match = _RESULT.match(statement)
        if match and match[1].lower() in METHODS and match[2].lower() in _RESULTS:
            yield match[1].lower(), match[2].lower()
