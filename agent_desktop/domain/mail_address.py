"""What an e-mail address is for us: one mailbox, written so that every mail program reads the same one."""

import re
import unicodedata

_LOCAL = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64}")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*+", re.ASCII)
_LONGEST_DOMAIN = 253


def mail_address(written: str) -> str | None:
    """The address with its domain in ASCII, as it goes into a mail; None when it is none.

    What is quoted, has a comment or several addresses is none: programs differ about whom those reach.
    """
    local, _, domain = written.strip().rpartition("@")
    if len(local) > 64 or len(domain) > _LONGEST_DOMAIN or any(_is_hidden(character) for character in local):
        return None
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if not _LOCAL.fullmatch(local) or ".." in f".{local}." or not _DOMAIN.fullmatch(domain):
        return None
    return f"{local}@{domain}" if len(domain) <= _LONGEST_DOMAIN else None


def address_in(sender: str) -> str:
    """The address of somebody who is written as "Name <address>", or as one of these alone; "" where there is none."""
    address = sender.rpartition("<")[2].removesuffix(">") if sender.endswith(">") else sender
    return address if "@" in address else ""


def _is_hidden(character: str) -> bool:
    """Whether a character is not seen, or turns what is around it."""
    return not character.isascii() and unicodedata.category(character)[0] in "CZ"
