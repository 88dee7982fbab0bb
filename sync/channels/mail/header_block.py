"""Writes the headers of a mail so that no value can be more than a value.

The standard library folds long names without their quotes (seen with Python 3.11.7: `"Ada" <evil@attacker.test>, x` as
a name became a second sender), so nothing is quoted here: a word is plain, or encoded as a whole.
"""

import base64
import re
from collections.abc import Iterable
from typing import Final

_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9 !#$%&'*+/^_`{|}~-]{1,60}", re.ASCII)
_PLAIN_TEXT: Final = re.compile(r"[ -~]{0,66}", re.ASCII)
_BYTES_A_WORD: Final = 42
"""Encoded, with its marks, a word stays below 75 characters (RFC 2047, 2)."""
_FOLD: Final = "\r\n "


class HeaderBlock:
    """Headers in their order. Names are ours; values are made by the methods below."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, name: str, value: str) -> None:
        """A header with a value that was made here, or is a constant."""
        assert "\n" not in value.replace(_FOLD, ""), name
        self._lines.append(f"{name}: {value}\r\n")

    def encode(self) -> bytes:
        """The block, without the empty line that ends all headers."""
        return "".join(self._lines).encode()


def text(value: str) -> str:
    """A text for people, such as a subject."""
    return value if _PLAIN_TEXT.fullmatch(value) and "=?" not in value else _encoded(value)


def mailbox(name: str, address: str) -> str:
    """An address that was checked, with a name that may be anything."""
    if not name:
        return address
    plain = _PLAIN_NAME.fullmatch(name) and "=?" not in name and name.strip() == name
    return f"{name if plain else _encoded(name)} <{address}>"


def mailboxes(addresses: Iterable[str]) -> str:
    """Addresses that were checked, a line each."""
    return f",{_FOLD}".join(addresses)


def message_ids(names: Iterable[str]) -> str:
    """Names of mails that were checked, a line each."""
    return _FOLD.join(f"<{name}>" for name in names)


def _encoded(value: str) -> str:
    words, word = [], b""
    for character in value:
        encoded = character.encode("utf-8", "replace")
        if len(word) + len(encoded) > _BYTES_A_WORD:
            words.append(word)
            word = b""
        word += encoded
    words.append(word)
    return _FOLD.join(f"=?utf-8?b?{base64.b64encode(word).decode('ascii')}?=" for word in words)
