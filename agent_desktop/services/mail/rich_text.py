"""Reads the body that Outlook packs into winmail.dat: compressed RTF (MS-OXRTFCP), as plain text."""

import re
import struct
from typing import Final

from agent_desktop.services.mail.decoding import decode_text

MAX_RTF_BYTES: Final = 1_000_000
MAX_GROUPS: Final = 1_000

_DICTIONARY: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20"
    b"\\b\\i\\u\\tab\\tx"
)
_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_WINDOW: Final = 4_096


def decompress(data: bytes, room: int = MAX_RTF_BYTES) -> bytes:
    """The RTF in a compressed body, as far as it can be read and up to `room` bytes."""
    if len(data) < 16:
        return b""
    _, size, kind = struct.unpack_from("<III", data)
    limit = min(size, room)
    if kind == _PLAIN:
        return data[16 : 16 + limit]
    if kind != _COMPRESSED:
        return b""
    out = bytearray(_DICTIONARY)  # what was written is its own dictionary; only the last 4 KB are referred to
    end = limit + len(_DICTIONARY)
    position = 16
    while position < len(data) and len(out) < end:
        control = data[position]
        position += 1
        for bit in range(8):
            if not control >> bit & 1:
                out += data[position : position + 1]
                position += 1
                continue
            reference = int.from_bytes(data[position : position + 2], "big")
            position += 2
            distance = (len(out) - (reference >> 4)) % _WINDOW
            if distance == 0 or distance > len(out):
                return bytes(out[len(_DICTIONARY) : end])
            for _ in range((reference & 15) + 2):
                out.append(out[-distance])
    return bytes(out[len(_DICTIONARY) : end])


_TOKEN: Final = re.compile(
    rb"\\([a-z]{1,32})(-?[0-9]{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)|\\",
    re.DOTALL,
)
_HIDDEN: Final = frozenset(
    {b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer", b"listtable"}
)
_BREAKS: Final = {
    b"par": b"\n",
    b"line": b"\n",
    b"row": b"\n",
    b"cell": b"\t",
    b"tab": b"\t",
    b"page": b"\n\n",
}
_SIGNS: Final = {
    b"emdash": "—",
    b"endash": "–",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
    b"bullet": "•",
}


def rtf_to_text(rtf: bytes) -> str:
    """The words of an RTF document; "" if it is none."""
    if not rtf.startswith(b"{\\rtf"):
        return ""
    writer = _Writer()
    for match in _TOKEN.finditer(rtf[:MAX_RTF_BYTES]):
        writer.take(match)
    return writer.finish()


class _Writer:
    def __init__(self) -> None:
        self._charset = "cp1252"
        self._bytes = bytearray()  # of the charset, not yet text
        self._text: list[str] = []
        self._hidden = False
        self._groups: list[bool] = []
        self._replaced = 1  # characters that stand for a Unicode one, for older readers
        self._skip = 0

    def take(self, match: re.Match[bytes]) -> None:
        """Write what one token means."""
        word, number, code, sign, brace, text = match.groups()
        if brace == b"{":
            if len(self._groups) < MAX_GROUPS:
                self._groups.append(self._hidden)
        elif brace:
            self._hidden = self._groups.pop() if self._groups else self._hidden
        elif word:
            self._command(word, int(number) if number else None)
        elif code:
            self._write(bytes((int(code, 16),)))
        elif sign == b"*":
            self._hidden = True
        elif sign:
            self._write({b"~": b" ", b"\n": b"\n", b"\r": b"\n"}.get(sign, sign if sign in b"\\{}" else b""))
        elif text:
            self._write(text)

    def finish(self) -> str:
        """Return the text."""
        self._flush()
        text = "".join(self._text)  # signs beyond the first 65,536 come in two halves
        return (
            text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "").strip()
        )

    def _command(self, word: bytes, number: int | None) -> None:
        if word in _HIDDEN:
            self._hidden = True
        elif word == b"ansicpg" and number:
            self._charset = f"cp{number}"
        elif word == b"uc" and number is not None:
            self._replaced = min(max(number, 0), 10)
        elif word == b"u" and number is not None:
            self._sign(chr(number % 0x10000))
            self._skip = self._replaced
        elif word in _SIGNS:
            self._sign(_SIGNS[word])
        elif word in _BREAKS:
            self._skip = 0
            self._write(_BREAKS[word])

    def _sign(self, sign: str) -> None:
        self._flush()
        if not self._hidden:
            self._text.append(sign)

    def _write(self, data: bytes) -> None:
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        if not self._hidden:
            self._bytes += data[skipped:]

    def _flush(self) -> None:
        self._text.append(decode_text(bytes(self._bytes), self._charset)[0])
        self._bytes.clear()
