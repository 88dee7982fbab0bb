"""Takes files out of the text of a mail, where programs older than MIME put them: uuencode and yEnc."""

import binascii
import re
from dataclasses import dataclass, field
from typing import Final

MAX_FILES: Final = 100


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """A file that stood in a text."""

    name: bytes
    content: bytes = field(repr=False)


_BEGIN: Final = re.compile(
    rb"^(?:begin(?P<base64>-base64)? [0-7]{3,4} (?P<uu>[^\r\n]{0,200})|"
    rb"=ybegin [^\r\n]{0,200}?name=(?P<yenc>[^\r\n]{1,200}))\r?\n",
    re.MULTILINE,
)
_UU_LINE: Final = re.compile(rb"[ -`]{1,90}\r?")
_UU_END: Final = frozenset({b"end", b"END"})


def take_files(text: bytes) -> tuple[bytes, list[EmbeddedFile]]:
    """Part a text from the files in it; a beginning without its end is text."""
    if b"begin" not in text:
        return text, []
    rest: list[bytes] = []
    files: list[EmbeddedFile] = []
    position = 0
    while len(files) < MAX_FILES and (begin := _BEGIN.search(text, position)):
        content, end = _yenc(text, begin.end()) if begin["yenc"] else _uuencoded(text, begin)
        if content is None:
            if end >= len(text):
                break  # no later file can have an end either
            rest.append(text[position:end])
        else:
            rest.append(text[position : begin.start()])
            files.append(EmbeddedFile((begin["yenc"] or begin["uu"]).strip(), content))
        position = end
    rest.append(text[position:])
    return b"".join(rest), files


def _uuencoded(text: bytes, begin: re.Match[bytes]) -> tuple[bytes | None, int]:
    """The content of a uuencoded file and where it ends; None and how far was looked if it is none."""
    pieces: list[bytes] = []
    position = begin.end()
    while position < len(text):
        after = text.find(b"\n", position) + 1 or len(text)
        line = text[position:after].strip(b"\r\n")
        if line in _UU_END or (begin["base64"] and line == b"===="):
            return b"".join(pieces), after
        try:
            pieces.append(binascii.a2b_base64(line) if begin["base64"] else _uu_line(line))
        except binascii.Error:
            return None, position
        position = after
    return None, len(text)


def _uu_line(line: bytes) -> bytes:
    if not line or line == b"`":
        return b""
    if _UU_LINE.fullmatch(line) is None:
        raise binascii.Error
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        needed = (((line[0] - 32) & 63) * 4 + 5) // 3  # some programs write more at the end than is needed
        return binascii.a2b_uu(line[:needed])


_YENC_ESCAPED: Final = re.compile(rb"=(.)", re.DOTALL)
_YENC_SHIFT: Final = bytes((value - 42) % 256 for value in range(256))


def _yenc(text: bytes, start: int) -> tuple[bytes | None, int]:
    end = text.find(b"\n=yend", start)
    if end < 0:
        return None, len(text)
    after = text.find(b"\n", end + 1) + 1 or len(text)
    lines = text[start:end].splitlines()
    if lines and lines[0].startswith(b"=ypart"):
        del lines[0]
    body = _YENC_ESCAPED.sub(lambda match: bytes(((match[1][0] - 64) % 256,)), b"".join(lines))
    return body.translate(_YENC_SHIFT), after
