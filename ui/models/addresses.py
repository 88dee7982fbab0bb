"""Addresses as people type and paste them."""

import re

_APART = re.compile(r"[,;\n\t]")
_IN_BRACKETS = re.compile(r"<([^<>]*)>")


def addresses_in(text: str) -> tuple[str, ...]:
    """The addresses in a text, each once: of `Name <address>` the address alone."""
    found = []
    for part in _APART.split(text):
        inner = _IN_BRACKETS.search(part)
        address = (inner[1] if inner else part).strip()
        if address:
            found.append(address)
    return tuple(dict.fromkeys(found))
