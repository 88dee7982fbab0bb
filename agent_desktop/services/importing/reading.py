"""Reads files of any size and encoding piece by piece: compressed or not, damaged or not."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from agent_desktop.domain.errors import InputError

GZIP_MAGIC = b"\x1f\x8b"
LONGEST_LINE = 64 * 1024 * 1024
LARGEST_DOCUMENT = 64 * 1024 * 1024
HEAD = 64 * 1024
_BLOCK = 1024 * 1024
DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)


class SourceFile:
    """An open file that knows how far it has been read on the disk, also when it is compressed."""

    def __init__(self, raw: IO[bytes], content: IO[bytes] | gzip.GzipFile) -> None:
        self._raw = raw
        self._content = content

    @property
    def position(self) -> int:
        """How many bytes of the file on the disk were read."""
        return self._raw.tell()

    def line(self, limit: int = _BLOCK) -> bytes:
        """The next line, or a piece of it when it is longer than the limit; b"" at the end.

        Raises InputError when the file is damaged from here on.
        """
        try:
            return self._content.readline(limit)
        except DAMAGED as error:
            raise InputError(
                "The file is damaged or cut off here; what came before was read.", str(error)
            ) from error
        except OSError as error:
            raise InputError("The file could not be read any further.", str(error)) from error

    def whole(self, limit: int) -> bytes:
        """The rest of the file. Raises InputError when it is damaged or longer than the limit."""
        try:
            content = self._content.read(limit + 1)
        except (*DAMAGED, OSError) as error:
            raise InputError("The file is damaged and could not be read.", str(error)) from error
        if len(content) > limit:
            raise InputError(f"The file is larger than {limit // 1024 // 1024} MB and was left out.")
        return content


@contextmanager
def opened(path: Path) -> Iterator[SourceFile]:
    """The file, unpacked while reading if it is compressed. Raises InputError when it cannot be opened."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise InputError("The file could not be opened.", str(error)) from error
    with raw:
        packed = raw.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        raw.seek(0)
        if packed:
            with gzip.GzipFile(fileobj=raw) as content:
                yield SourceFile(raw, content)
        else:
            yield SourceFile(raw, raw)


def head_of(path: Path) -> bytes:
    """The first 64 KB of a file, unpacked. Raises InputError when not even these can be read."""
    with opened(path) as file:
        pieces, size = [], 0
        while size < HEAD:
            try:
                piece = file.line(HEAD - size)
            except InputError:
                if size:
                    break
                raise
            if not piece:
                break
            pieces.append(piece)
            size += len(piece)
        return b"".join(pieces)


def lines_of(file: SourceFile) -> Iterator[tuple[int, bytes | None]]:
    """The lines with their numbers from 1; None for one that is too long to be taken into memory."""
    number = 0
    while True:
        line = file.line(LONGEST_LINE + 1)
        if not line:
            return
        number += 1
        if len(line) <= LONGEST_LINE:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = file.line()
        yield number, None


_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(content: bytes) -> str:
    """The encoding of a text: by its mark, by zeros (UTF-16), as UTF-8 where it is that, else Windows Latin."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    sample = content[: HEAD - HEAD % 4]
    if len(sample) >= 4 and b"\0" in sample:
        if sample[1::2].count(0) > len(sample) // 3:
            return "utf-16-le"
        if sample[::2].count(0) > len(sample) // 3:
            return "utf-16-be"
    try:
        # The sample may end in the middle of a letter.
        codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def decoded(content: bytes) -> str:
    """The text of a file: never fails, line ends made alike, zeros left out."""
    text = content.decode(encoding_of(content), "replace")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
