"""Opens winmail.dat, in which some mail servers pack what was attached (the format MS-OXTNEF).

Nothing in it is larger than the file itself except the body, which is left to the mail's own text;
every length is checked against what is there, and whatever follows a broken one is left out.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from agent_desktop.services.mail.decoding import decode_text
from agent_desktop.services.mail.rich_text import MAX_RTF_BYTES, decompress, rtf_to_text

SIGNATURE: Final = b"\x78\x9f\x3e\x22"
MAX_FILES: Final = 200
MAX_ATTRIBUTES: Final = 5_000
MAX_PROPERTIES: Final = 5_000
MAX_DEPTH: Final = 5

_SUBJECT, _BODY, _MESSAGE_PROPERTIES, _CODEPAGE = 0x8004, 0x800C, 0x9003, 0x9007
_RENDERING, _TITLE, _DATA, _ATTACHMENT_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_P_SUBJECT, _P_BODY, _P_RTF, _P_HTML = 0x0037, 0x1000, 0x1009, 0x1013
_P_OBJECT, _P_SHORT_NAME, _P_LONG_NAME, _P_MEDIA_TYPE, _P_CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712
_STRING8, _UNICODE, _BINARY, _OBJECT, _MANY = 0x001E, 0x001F, 0x0102, 0x000D, 0x1000
_FIXED: Final = {
    0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 4, 0x0014: 8,
    0x0040: 8, 0x0048: 16,
}  # fmt: skip
_EMBEDDED_MESSAGE: Final = bytes.fromhex("0703020000000000c000000000000046")
_COMPOUND_FILE: Final = b"\xd0\xcf\x11\xe0"


@dataclass(slots=True)
class PackedFile:
    """One file of a winmail.dat."""

    name: str = ""
    media_type: str = ""
    content_id: str = ""
    content: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class Packed:
    """What a winmail.dat holds; texts are "" where there are none."""

    subject: str = ""
    text: str = ""
    html: str = ""
    files: list[PackedFile] = field(default_factory=list)
    whole: bool = True
    room: int = field(default=MAX_RTF_BYTES, repr=False)
    """How much compressed text may still be unpacked, attached mails included."""


class _Broken(ValueError):
    """A length points beyond the end."""


def read_tnef(content: bytes) -> Packed | None:
    """Unpack a winmail.dat; None when it is none. What cannot be read is left out and `whole` is False."""
    return _read(content, 0, MAX_RTF_BYTES)


def _read(content: bytes, depth: int, room: int) -> Packed | None:
    if content[:4] != SIGNATURE or depth > MAX_DEPTH:
        return None
    packed = Packed(room=room)
    charset = "cp1252"
    current: PackedFile | None = None
    try:
        for number, value in _attributes(content):
            if number == _CODEPAGE:
                charset = f"cp{int.from_bytes(value[:4], 'little')}"
            elif number == _SUBJECT:
                packed.subject = packed.subject or _text(value, charset)
            elif number == _BODY:
                packed.text = packed.text or _text(value, charset)
            elif number == _MESSAGE_PROPERTIES:
                _take_message(packed, value, charset)
            elif number == _RENDERING:
                current = None
                if len(packed.files) >= MAX_FILES:
                    raise _Broken
                current = PackedFile()
                packed.files.append(current)
            elif current is None:
                continue
            elif number == _TITLE:
                current.name = current.name or _text(value, charset)
            elif number == _DATA:
                current.content = value
            elif number == _ATTACHMENT_PROPERTIES:
                _take_file(packed, current, value, charset, depth)
    except (_Broken, struct.error):
        packed.whole = False
    packed.files = [file for file in packed.files if file.content or file.name]
    return packed


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    position = 6
    for _ in range(MAX_ATTRIBUTES):
        if position + 9 > len(content):
            return
        number, _, length = struct.unpack_from("<xHHI", content, position)
        position += 9
        if position + length > len(content):
            raise _Broken
        yield number, content[position : position + length]
        position += length + 2  # a checksum follows, which careless programs get wrong
    raise _Broken


def _take_message(packed: Packed, value: bytes, charset: str) -> None:
    for number, kind, data in _properties(value):
        if number == _P_SUBJECT:
            packed.subject = _string(kind, data, charset)
        elif number == _P_BODY:
            packed.text = _string(kind, data, charset) or packed.text
        elif number == _P_RTF:
            rtf = b"" if packed.text else decompress(data, packed.room)
            packed.room -= len(rtf)
            packed.text = packed.text or rtf_to_text(rtf)
        elif number == _P_HTML:
            packed.html = decode_text(data)[0] if kind == _BINARY else _string(kind, data, charset)


def _take_file(packed: Packed, file: PackedFile, value: bytes, charset: str, depth: int) -> None:
    for number, kind, data in _properties(value):
        if number == _P_LONG_NAME or (number == _P_SHORT_NAME and not file.name):
            file.name = _string(kind, data, charset) or file.name
        elif number == _P_MEDIA_TYPE:
            file.media_type = _string(kind, data, charset).strip().lower()
        elif number == _P_CONTENT_ID:
            file.content_id = _string(kind, data, charset)
        elif number == _P_OBJECT:
            _take_object(packed, file, data, depth)


def _take_object(packed: Packed, file: PackedFile, data: bytes, depth: int) -> None:
    """A mail that was attached: its text becomes a file, its own files stand beside it; or a document."""
    inner = _read(data[16:], depth + 1, packed.room) if data[:16] == _EMBEDDED_MESSAGE else None
    if inner is None:
        document = data[16:] if data[16:20] == _COMPOUND_FILE else data
        file.content = file.content or document
        return
    packed.room = inner.room
    formatted = bool(inner.html and not inner.text)
    file.name = f"{inner.subject or file.name or 'message'}.{'html' if formatted else 'txt'}"
    file.media_type = "text/html" if formatted else "text/plain"
    file.content = (inner.html if formatted else inner.text).encode("utf-8", "replace")
    packed.files += inner.files[: MAX_FILES - len(packed.files)]
    packed.whole = packed.whole and inner.whole


def _properties(value: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The properties of a list: number, type and the bytes of its first value."""
    (count,) = struct.unpack_from("<I", value)
    position = 4
    for _ in range(min(count, MAX_PROPERTIES)):
        kind, number = struct.unpack_from("<HH", value, position)
        position += 4
        if number >= 0x8000:
            position = _after_name(value, position)
        many = bool(kind & _MANY)
        kind &= ~_MANY
        values = 1
        if many or kind not in _FIXED:
            (values,) = struct.unpack_from("<I", value, position)
            position += 4
        first = b""
        for index in range(min(values, MAX_PROPERTIES)):
            data, position = _value(value, position, kind)
            first = data if index == 0 else first
        yield number, kind, first


def _after_name(value: bytes, position: int) -> int:
    """Skip the GUID and the name that properties of other programs have instead of a number."""
    (named,) = struct.unpack_from("<I", value, position + 16)
    position += 20
    if named == 0:
        return position + 4
    (length,) = struct.unpack_from("<I", value, position)
    return _within(value, position + 4 + _padded(length))


def _value(value: bytes, position: int, kind: int) -> tuple[bytes, int]:
    length = _FIXED.get(kind)
    if length is None:
        if kind not in {_STRING8, _UNICODE, _BINARY, _OBJECT}:
            raise _Broken
        (length,) = struct.unpack_from("<I", value, position)
        position += 4
    end = _within(value, position + length)
    return value[position:end], position + _padded(length)


def _padded(length: int) -> int:
    return (length + 3) & ~3


def _within(value: bytes, position: int) -> int:
    if position > len(value):
        raise _Broken
    return position


def _string(kind: int, data: bytes, charset: str) -> str:
    return _text(data, "utf-16-le" if kind == _UNICODE else charset)


def _text(data: bytes, charset: str) -> str:
    return decode_text(data, charset)[0].rstrip("\0").replace("\0", "")
