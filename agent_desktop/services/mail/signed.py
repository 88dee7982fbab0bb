"""Opens opaquely signed S/MIME mails: the signed mail inside is taken out of its DER or BER wrapping.

The signature itself is not checked; who sent a mail is judged by our mail server's results.
"""

from dataclasses import dataclass
from typing import Final

MAX_DEPTH: Final = 8
MAX_PIECES: Final = 100_000
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
_SEQUENCE, _SET, _OCTETS, _OCTET_PIECES, _TAGGED = 0x30, 0x31, 0x04, 0x24, 0xA0


class _NotSigned(ValueError):
    """The bytes are not what was expected."""


@dataclass(frozen=True, slots=True)
class _Element:
    """One value: its tag and where its content is. An indefinite one ends at two zero bytes somewhere before `end`."""

    tag: int
    start: int
    end: int
    indefinite: bool


def signed_content(data: bytes) -> bytes | None:
    """The mail inside an opaquely signed one (CMS SignedData); None when there is none."""
    try:
        return _content(data)
    except (_NotSigned, IndexError):
        return None


def _content(data: bytes) -> bytes:
    outer = _expect(data, 0, _SEQUENCE)
    if data[outer.start : outer.start + len(_SIGNED_DATA)] != _SIGNED_DATA:
        raise _NotSigned
    tagged = _expect(data, outer.start + len(_SIGNED_DATA), _TAGGED)
    signed = _expect(data, tagged.start, _SEQUENCE)
    version = _element(data, signed.start)
    algorithms = _expect(data, version.end, _SET)
    wrapped = _expect(data, _after(data, algorithms, 0), _SEQUENCE)
    kind = _element(data, wrapped.start)
    inner = _expect(data, kind.end, _TAGGED)
    octets = _element(data, inner.start)
    if octets.tag == _OCTETS:
        return data[octets.start : octets.end]
    if octets.tag != _OCTET_PIECES:
        raise _NotSigned
    pieces: list[bytes] = []
    _collect(data, octets, pieces, 0)
    return b"".join(pieces)


def _collect(data: bytes, element: _Element, pieces: list[bytes], depth: int) -> int:
    """Gather the pieces of a string that is written in several; return where it ends."""
    position = element.start
    while position < element.end:
        if element.indefinite and data[position : position + 2] == b"\0\0":
            return position + 2
        if depth > MAX_DEPTH or len(pieces) > MAX_PIECES:
            raise _NotSigned
        piece = _element(data, position)
        if piece.tag == _OCTETS:
            pieces.append(data[piece.start : piece.end])
            position = piece.end
        elif piece.tag == _OCTET_PIECES:
            position = _collect(data, piece, pieces, depth + 1)
        else:
            raise _NotSigned
    return position


def _after(data: bytes, element: _Element, depth: int) -> int:
    """Where an element ends, indefinite ones included."""
    if not element.indefinite:
        return element.end
    position = element.start
    while data[position : position + 2] != b"\0\0":
        if depth > MAX_DEPTH or position >= len(data):
            raise _NotSigned
        position = _after(data, _element(data, position), depth + 1)
    return position + 2


def _expect(data: bytes, position: int, tag: int) -> _Element:
    element = _element(data, position)
    if element.tag != tag:
        raise _NotSigned
    return element


def _element(data: bytes, position: int) -> _Element:
    tag, length = data[position], data[position + 1]
    start = position + 2
    if length == 0x80:
        return _Element(tag, start, len(data), indefinite=True)
    if length > 0x80:
        size = length & 0x7F
        if size > 8:
            raise _NotSigned
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    if start + length > len(data):
        raise _NotSigned
    return _Element(tag, start, start + length, indefinite=False)
