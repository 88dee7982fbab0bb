"""What a disk may hold after a power cut: what was synced for sure, anything else in parts and in any order.

Made from a trace of the system calls of a real process, so the code that is tested is the code that ships.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
TRACED = "pwrite64,write,fsync,fdatasync,ftruncate,unlink"
_CALL = re.compile(r"^(?:\d+ +)?(\w+)\((?:(\d+)<([^>]*)>|\"([^\"]*)\")(?:, (.*?))?\) += (-?\d+)")
_WRITTEN = re.compile(r'^"((?:\\x[0-9a-f]{2})*)"(?:, \d+(?:, (\d+))?)?$')


@dataclass(frozen=True, slots=True)
class Event:
    """One call: a write of bytes at an offset, a sync, a truncation, a removal, or words on standard output."""

    kind: str
    path: str
    offset: int = 0
    content: bytes = b""


def events(trace: Path, folder: Path) -> Iterator[Event]:
    """The calls of a trace that concern files of the folder, and what was said (kind "said")."""
    with trace.open("r", encoding="ascii") as lines:
        for line in lines:
            match = _CALL.match(line)
            if match is None or int(match[6]) < 0:
                continue
            call, descriptor, raw_path = match[1], match[2], _text(match[3] or match[4] or "")
            if call == "write" and descriptor == "1":
                yield Event("said", "", content=_written(match[5] or "")[0])
            elif Path(raw_path).parent == folder and not raw_path.endswith("-shm"):
                name = Path(raw_path).name
                if call in ("pwrite64", "write"):
                    content, offset = _written(match[5] or "")
                    yield Event("write", name, offset, content)
                elif call in ("fsync", "fdatasync"):
                    yield Event("sync", name)
                elif call == "ftruncate":
                    yield Event("truncate", name, int(match[5] or 0))
                elif call == "unlink":
                    yield Event("remove", name)


def _text(raw: str) -> str:
    return bytes.fromhex(raw.replace("\\x", "")).decode() if raw.startswith("\\x") else raw


def _written(arguments: str) -> tuple[bytes, int]:
    match = _WRITTEN.match(arguments)
    assert match is not None, "a write in the trace cannot be read"
    return bytes.fromhex(match[1].replace("\\x", "")), int(match[2] or 0)


@dataclass
class File:
    """A file as it is for sure, and what was done to it since it was last synced."""

    synced: bytearray = field(default_factory=bytearray)
    waiting: list[Event] = field(default_factory=list)

    def sync(self) -> None:
        """Everything that waited is on the disk."""
        for event in self.waiting:
            _do(self.synced, event)
        self.waiting.clear()

    def after_cut(self, chance: random.Random) -> bytes:
        """The file as it may be found: each sector that waited arrived or did not."""
        content = bytearray(self.synced)
        arrives = chance.random()
        for event in self.waiting:
            if event.kind == "truncate":
                if chance.random() < arrives:
                    _do(content, event)
                continue
            for start in range(0, len(event.content), SECTOR):
                if chance.random() < arrives:
                    part = event.content[start : start + SECTOR]
                    _do(content, Event("write", event.path, event.offset + start, part))
        return bytes(content)


def _do(content: bytearray, event: Event) -> None:
    if event.kind == "truncate":
        del content[event.offset :]
        content.extend(bytes(event.offset - len(content)))
        return
    end = event.offset + len(event.content)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[event.offset : end] = event.content


class Disk:
    """The files of a folder, event after event."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}

    def take(self, event: Event) -> None:
        """The next call."""
        if event.kind == "remove":
            self.files.pop(event.path, None)
            return
        file = self.files.setdefault(event.path, File())
        if event.kind == "sync":
            file.sync()
        else:
            file.waiting.append(event)

    def cut(self, target: Path, chance: random.Random) -> None:
        """Write the files as they may be found into a folder."""
        for old in target.iterdir():
            old.unlink()
        for name, file in self.files.items():
            (target / name).write_bytes(file.after_cut(chance))
