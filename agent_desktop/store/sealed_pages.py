"""Decrypts the pages of a file that SQLCipher refuses to open, one by one, and mends those with one wrong bit.

Each page carries a code by which it is known to be what was written. A page that fails it is never read from: what
looks sound in it may be somebody else's words. But with that code one wrong bit can be found by trying all.
"""

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

from agent_desktop.store.crypto import HEADER, database_key
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.pages import Pages, journal_pages, split

_SIZE = 4_096
_CODE = 64
_VECTOR = 16
_RESERVED = _CODE + _VECTOR
_SALT = len(HEADER)
"""The first page has the salt of the file where others begin."""
_CODE_MASK = 0x3A
_CODE_ROUNDS = 2
_MOST_MENDED = 12
"""Pages for which all bits are tried, a quarter of a second each: a file with more damage has lost more than bits."""


def decrypted_pages(path: Path, key: DataKey) -> Pages:
    """The pages that are as they were written, or could be made so. Raises OSError."""
    content = path.read_bytes()
    pages = split(content, _SIZE) | journal_pages(path, _SIZE)
    secret = database_key(key)
    code_key = _code_key(secret, content[:_SALT], pages)
    sound: dict[int, bytes] = {}
    tries = _MOST_MENDED
    for number, page in pages.items():
        if len(page) != _SIZE:
            continue
        whole: bytes | None = page
        if not _is_sound(code_key, number, page):
            whole = _mended(code_key, number, page) if tries > 0 else None
            tries -= 1
        if whole is not None:
            sound[number] = _decrypted(secret, number, whole)
    return Pages(sound, _SIZE, _SIZE - _RESERVED)


def image(pages: Pages) -> bytes:
    """A plain database file of these pages, for memory alone. What is missing is empty; without the first none is."""
    count = max(pages.content, default=0)
    first = bytearray(pages.content.get(1, bytes(pages.size)))
    first[18:20] = b"\x01\x01"  # no journal: a file in memory has none
    first[28:32] = count.to_bytes(4, "big")
    first[92:96] = first[24:28]
    rest = (pages.content.get(number, bytes(pages.size)) for number in range(2, count + 1))
    return b"".join((bytes(first), *rest))


def _code_key(secret: bytes, salt: bytes, pages: dict[int, bytes]) -> bytes:
    """What the codes are made with; where a bit of the salt is wrong, no page fits until it is right again."""
    candidates = [salt, *_flipped(salt)]
    for candidate in candidates if len(salt) == _SALT else ():
        key = _code_key_of(secret, candidate)
        if any(len(page) == _SIZE and _is_sound(key, number, page) for number, page in _some(pages)):
            return key
    return _code_key_of(secret, salt)


def _some(pages: dict[int, bytes]) -> list[tuple[int, bytes]]:
    return list(pages.items())[:8]


def _code_key_of(secret: bytes, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", secret, bytes(byte ^ _CODE_MASK for byte in salt), _CODE_ROUNDS, 32)


def _is_sound(key: bytes, number: int, page: bytes) -> bool:
    return _code(key, number, page[:-_CODE]) == page[-_CODE:]


def _code(key: bytes, number: int, protected: bytes) -> bytes:
    begin = _SALT if number == 1 else 0
    return hmac.digest(key, protected[begin:] + number.to_bytes(4, "little"), "sha512")


def _mended(key: bytes, number: int, page: bytes) -> bytes | None:
    """The page with one bit turned, so that its code fits; None when more is wrong."""
    protected, code = page[:-_CODE], page[-_CODE:]
    wrong = int.from_bytes(_code(key, number, protected), "big") ^ int.from_bytes(code, "big")
    if wrong.bit_count() == 1:
        return page  # it is the code that is wrong
    for turned in _flipped(protected, _SALT if number == 1 else 0):
        if _code(key, number, turned) == code:
            return turned + code
    return None


def _flipped(content: bytes, begin: int = 0) -> Iterator[bytes]:
    changed = bytearray(content)
    for at in range(begin, len(content)):
        for bit in range(8):
            changed[at] ^= 1 << bit
            yield bytes(changed)
            changed[at] ^= 1 << bit


def _decrypted(secret: bytes, number: int, page: bytes) -> bytes:
    # Needed for damaged files alone.
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES256
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    begin = _SALT if number == 1 else 0
    vector = page[-_RESERVED:-_CODE]
    decryptor = Cipher(AES256(secret), CBC(vector)).decryptor()
    plain = decryptor.update(page[begin:-_RESERVED]) + decryptor.finalize()
    return (HEADER if number == 1 else b"") + plain + bytes(_RESERVED)
