"""Reads rows from the pages of a SQLite file that SQLite itself can no longer find its way through.

Every leaf page of a table stands on its own: it names its cells, and each cell holds one row. Which table a page
belongs to is not written on it; whoever asks tells by what the rows look like. Deleted pages may show what was deleted.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from agent_desktop.store.crypto import HEADER

_LEAF = 0x0D
_USUAL_SIZE = 4_096
_LONGEST = 50_000_000
"""Bytes of a row; more than that is a damaged length."""
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_WAL_MAGIC = (0x377F0682, 0x377F0683)

Cell = tuple[int, list[str | int | None]]
"""The number of a row, and its values; values that are neither text nor whole numbers are None."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of a file by their number, as its last commit left them. `usable`: how much of each SQLite uses."""

    content: Mapping[int, bytes]
    size: int
    usable: int


def rows_of_pages(path: Path) -> Iterator[Cell]:
    """All rows that any leaf page of a table holds, with what its journal holds on top. Raises OSError."""
    return rows_of(plain_pages(path))


def plain_pages(path: Path) -> Pages:
    """The pages of a file that is not encrypted. Raises OSError."""
    content = path.read_bytes()
    size = int.from_bytes(content[16:18], "big")
    if not content.startswith(HEADER) or size not in {1 << power for power in range(9, 16)}:
        size = _USUAL_SIZE
    return Pages(split(content, size) | journal_pages(path, size), size, size)


def split(content: bytes, size: int) -> dict[int, bytes]:
    """The content of a file as its pages, the last of which may be cut."""
    return {at // size + 1: content[at : at + size] for at in range(0, len(content), size)}


def journal_pages(path: Path, size: int) -> dict[int, bytes]:
    """What the journal beside a file holds of newer pages, encrypted or not as the file is. Raises OSError."""
    journal = path.with_name(f"{path.name}-wal")
    return _committed(journal.read_bytes(), size) if journal.exists() else {}


def rows_of(pages: Pages) -> Iterator[Cell]:
    """All rows that any of these holds."""
    for number, page in pages.content.items():
        yield from _rows(pages.content, page, 100 if number == 1 else 0, pages.usable)


def _committed(journal: bytes, size: int) -> dict[int, bytes]:
    """The pages in a journal as its last commit left them."""
    if len(journal) < 32 or int.from_bytes(journal[:4], "big") not in _WAL_MAGIC:
        return {}
    salt, pages, open_pages = journal[16:24], dict[int, bytes](), dict[int, bytes]()
    for at in range(32, len(journal) - 24 - size + 1, 24 + size):
        number, commit = struct.unpack_from(">II", journal, at)
        if journal[at + 8 : at + 16] != salt:
            break
        open_pages[number] = journal[at + 24 : at + 24 + size]
        if commit:
            pages.update(open_pages)
            open_pages.clear()
    return pages


def _rows(pages: Mapping[int, bytes], page: bytes, start: int, usable: int) -> Iterator[Cell]:
    if len(page) < start + 8 or page[start] != _LEAF:
        return
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    for place in range(start + 8, min(start + 8 + 2 * count, len(page) - 1), 2):
        try:
            yield _cell(pages, page, int.from_bytes(page[place : place + 2], "big"), usable)
        except (IndexError, KeyError, ValueError):
            continue  # this one is damaged; the others of the page may not be


def _cell(pages: Mapping[int, bytes], page: bytes, at: int, usable: int) -> Cell:
    length, at = _varint(page, at)
    row, at = _varint(page, at)
    if not 0 < length < _LONGEST:
        raise ValueError("the length of a row")
    most = usable - 35
    if length <= most:
        return row, _values(page[at : at + length])
    least = (usable - 12) * 32 // 255 - 23
    here = least + (length - least) % (usable - 4)
    here = here if here <= most else least
    parts, left = [page[at : at + here]], length - here
    number = int.from_bytes(page[at + here : at + here + 4], "big")
    while left > 0:
        following = pages[number]
        parts.append(following[4 : 4 + min(left, usable - 4)])
        left -= usable - 4
        number = int.from_bytes(following[:4], "big")
    return row, _values(b"".join(parts))


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(9):
        byte = data[at + place]
        if place == 8:
            return (value << 8) | byte, at + 9
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            return value, at + place + 1
    raise ValueError("a number without an end")


def _values(record: bytes) -> list[str | int | None]:
    end, at = _varint(record, 0)
    kinds = []
    while at < end:
        kind, at = _varint(record, at)
        kinds.append(kind)
    values: list[str | int | None] = []
    for kind in kinds:
        if kind in _INTEGERS:
            size = _INTEGERS[kind]
            values.append(int.from_bytes(record[at : at + size], "big", signed=True))
        elif kind in (8, 9):
            size = 0
            values.append(kind - 8)
        elif kind >= 13 and kind % 2:
            size = (kind - 13) // 2
            values.append(record[at : at + size].decode("utf-8", "replace"))
        else:
            size = 8 if kind == 7 else (kind - 12) // 2 if kind >= 12 else 0
            values.append(None)
        at += size
        if at > len(record):
            raise ValueError("a row that is cut")
    return values
