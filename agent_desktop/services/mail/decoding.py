"""Turns bytes of a mail into text and content: charsets, transfer encodings, encoded words.

Everything here accepts any input, never raises and takes time proportional to the input. Charsets
come from an allow-list, because `codecs.lookup` also knows punycode, idna and unicode_escape, which
are not charsets of mail and are slow or misleading on hostile bytes.
"""

import binascii
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

_CODECS: Final = frozenset(
    "utf-8 utf-7 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be "
    "iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-10 "
    "iso8859-13 iso8859-14 iso8859-15 iso8859-16 "
    "cp437 cp850 cp852 cp855 cp858 cp862 cp866 cp874 cp932 cp949 cp950 "
    "cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 "
    "koi8-r koi8-u mac-roman mac-cyrillic tis-620 ptcp154 kz1048 "
    "gb18030 hz big5hkscs euc_jp euc_kr iso2022_jp_2 iso2022_jp_3 iso2022_kr johab".split()
)

_NOT_ASCII: Final = frozenset(
    name for name in _CODECS if name[:6] in {"utf-7", "utf-16", "utf-32"}
) | frozenset(name for name in _CODECS if name[:7] in {"iso2022"} or name == "hz")
"""Charsets in which the bytes of ASCII may mean something else."""

# Labels that mean another codec than their name says, as the WHATWG encoding standard has it:
# who writes "iso-8859-1" or "gb2312" uses the larger set that contains it.
_SAME_AS: Final = {
    "latin1": "cp1252", "iso88591": "cp1252", "l1": "cp1252", "ansi": "cp1252",
    "cp819": "cp1252", "utf8": "utf-8", "unicode11utf8": "utf-8", "utf8mb4": "utf-8",
    "latin2": "iso8859-2", "latin9": "iso8859-15", "iso88599": "cp1254", "iso885911": "tis-620",
    "iso88598i": "iso8859-8", "iso88598e": "iso8859-8", "gb2312": "gb18030", "gbk": "gb18030",
    "gb231280": "gb18030", "cp936": "gb18030", "windows936": "gb18030", "xgbk": "gb18030",
    "big5": "big5hkscs", "xxbig5": "big5hkscs", "shiftjis": "cp932", "sjis": "cp932",
    "xsjis": "cp932", "windows31j": "cp932", "mskanji": "cp932", "eucjp": "euc_jp",
    "euckr": "cp949", "ksc56011987": "cp949", "ksc5601": "cp949", "ks_c_5601": "cp949",
    "iso2022jp": "iso2022_jp_2", "iso2022jp2": "iso2022_jp_2", "iso2022jp3": "iso2022_jp_3",
    "iso2022kr": "iso2022_kr", "hzgb2312": "hz", "macintosh": "mac-roman",
    "xmaccyrillic": "mac-cyrillic", "tis620": "tis-620", "koi8r": "koi8-r", "koi8u": "koi8-u",
    "koi8": "koi8-r", "unicode11utf7": "utf-7", "ucs2": "utf-16", "utf16": "utf-16", "unicode": "utf-16",
}  # fmt: skip

_ASCII_LABELS: Final = frozenset(
    {"", "ascii", "usascii", "unknown", "unknown8bit", "8bit", "7bit", "ansix341968", "default"}
)


def _key(label: str) -> str:
    return re.sub(r"[^a-z0-9]", "", label[:60].lower())


def _codec_table() -> dict[str, str]:
    table = {_key(name): name for name in _CODECS}
    table |= {f"windows{number}": f"cp{number}" for number in range(1250, 1259)}
    table |= {f"iso{name[3:].replace('-', '')}": name for name in _CODECS if name[:7] == "iso8859"}
    return table | {_key(label): codec for label, codec in _SAME_AS.items()}


_TABLE: Final = _codec_table()


@lru_cache(maxsize=500)
def codec_for(label: str) -> str | None:
    """Name the Python codec for a charset label of a mail: "" for plain ASCII, None if unknown."""
    key = _key(label)
    return "" if key in _ASCII_LABELS else _TABLE.get(key)


def decode_text(data: bytes, charset: str = "") -> tuple[str, bool]:
    """Decode text of a mail by its declared charset, or by what the bytes themselves say.

    Returns the text and whether it can be trusted: False when the charset was unknown or bytes had
    to be replaced. Bytes that are not of the declared charset are tried as UTF-8 and then
    windows-1252.
    """
    codec = codec_for(charset[:60]) if charset else ""
    if codec not in _NOT_ASCII and data.isascii():
        return data.decode("ascii"), codec is not None
    if codec and codec != "utf-8":
        text = _strict(data, codec)
        if text is not None:
            return text, True
    text = _strict(data, "utf-8")
    if text is not None:
        return text, codec is not None and codec in {"", "utf-8"}
    if codec not in {"", None, "utf-8"}:
        assert codec is not None
        return _loose(data, codec), False
    loose = data.decode("utf-8", "replace")
    if any(char > "\x7f" and char != "\ufffd" for char in loose[:100_000]):
        return loose, False  # really UTF-8, only damaged somewhere
    return _loose(data, "cp1252"), False


def _strict(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
        if codec == "utf-7":
            text.encode("utf-8")  # it can spell half characters, which no store would take
    except ValueError:
        return None
    return text


def _loose(data: bytes, codec: str) -> str:
    return data.decode(codec, "replace").encode("utf-8", "replace").decode("utf-8")


_NOT_BASE64: Final = bytes(
    value
    for value in range(256)
    if value not in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
)


def decode_base64(data: bytes) -> tuple[bytes, bool]:
    """Decode base64 as far as it goes; False when something had to be left out.

    Several padded pieces one after another are decoded one by one, as careless gateways write them.
    """
    padding = data.find(b"=")
    if padding < 0 or not data[padding:].strip(b"=\r\n\t "):
        try:
            return binascii.a2b_base64(data), True
        except binascii.Error:
            pass  # it ends in the middle
    kept = data.translate(None, _NOT_BASE64)
    whole = True
    pieces: list[bytes] = []
    for piece in _PADDING.split(kept):
        if len(piece) % 4 == 1:  # six bits make no byte
            piece, whole = piece[:-1], False
        pieces.append(binascii.a2b_base64(piece + b"=" * (-len(piece) % 4)))
    return b"".join(pieces), whole


_PADDING: Final = re.compile(rb"=+")


_BASE64_LINES: Final = re.compile(
    rb"\s*+(?:[A-Za-z0-9+/]++=*+[ \t]*+(?:\r?\n\s*+|\Z))*+(?:[A-Za-z0-9+/]++=++(?=[ \t]))?+"
)
_MORE_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]{60}")


def decode_base64_text(data: bytes) -> tuple[bytes, bool]:
    """Decode the base64 of a text like `decode_base64`, and keep the words that somebody wrote below it.

    Lists and virus scanners add their lines to texts without asking how these are encoded.
    """
    match = _BASE64_LINES.match(data)
    end = match.end() if match else 0
    words = data[end:].strip()
    if not words or _MORE_BASE64.search(words):
        return decode_base64(data)
    try:
        decode_base64(words)[0].decode("utf-8")
    except UnicodeDecodeError:
        text, whole = decode_base64(data[:end])
        return (text.rstrip() + b"\n\n" + words if text else words), whole
    return decode_base64(data)


def _decode_quoted_printable(data: bytes) -> tuple[bytes, bool]:
    return binascii.a2b_qp(data), True


def _decode_uuencode(data: bytes) -> tuple[bytes, bool]:
    lines = iter(data.splitlines())
    for line in lines:
        if line.startswith(b"begin "):
            break
    pieces: list[bytes] = []
    for line in lines:
        if line.strip() in {b"end", b"`"}:
            break
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            return b"".join(pieces), False
    return b"".join(pieces), bool(pieces)


_TRANSFER: Final[dict[str, Callable[[bytes], tuple[bytes, bool]]]] = {
    "base64": decode_base64,
    "quoted-printable": _decode_quoted_printable,
    "x-uuencode": _decode_uuencode,
    "uuencode": _decode_uuencode,
    "x-uue": _decode_uuencode,
    "uue": _decode_uuencode,
}


def decode_transfer(data: bytes, encoding: str) -> tuple[bytes, bool]:
    """Undo a Content-Transfer-Encoding; unknown ones leave the bytes as they are."""
    decoder = _TRANSFER.get(encoding)
    return decoder(data) if decoder else (data, True)


_WORD_HEAD: Final = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?")


def decode_words(value: str) -> str:
    """Replace the encoded words of RFC 2047 in a header value by what they mean.

    Neighbouring words of one charset are joined before decoding, because many programs cut in the
    middle of a character. What does not look like an encoded word stays as it is. One pass: every
    `find` starts where the last one ended, so 20,000 words cost no more than their length.
    """
    if "=?" not in value:
        return value
    out: list[str] = []
    run = bytearray()  # decoded bytes of neighbouring words, not yet text
    run_charset = ""
    after_word = False
    position = 0
    while (start := value.find("=?", position)) >= 0:
        head = _WORD_HEAD.match(value, start)
        end = value.find("?=", head.end() if head else start + 2)
        if end < 0:
            break  # nothing after this can be a complete word either
        gap = value[position:start]
        charset = head[1].partition("*")[0].lower() if head else ""
        if not (head and after_word and not gap.strip() and charset == run_charset):
            out.append(decode_text(bytes(run), run_charset)[0])
            run.clear()
        if head is None:
            out.append(value[position : start + 2])
            position, after_word = start + 2, False
            continue
        if gap.strip() or not after_word:
            out.append(gap)
        run += _word_bytes(value[head.end() : end], head[2])
        run_charset, position, after_word = charset, end + 2, True
    out.append(decode_text(bytes(run), run_charset)[0])
    out.append(value[position:])
    return "".join(out)


def _word_bytes(encoded: str, kind: str) -> bytes:
    data = encoded.encode("utf-8", "replace")
    return decode_base64(data)[0] if kind in "bB" else binascii.a2b_qp(data, header=True)
