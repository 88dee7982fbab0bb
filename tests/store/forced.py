"""What is forced to the disk, in the order in which it is: what comes later may be gone after a power cut."""

import os
import stat
from pathlib import Path

import pytest


def forced_in(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that grows: "content" of a file, its "name", and the path of each folder below this one."""
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(handle: int) -> None:
        found = os.fstat(handle)
        folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
        is_folder = stat.S_ISDIR(found.st_mode)
        done.extend(
            path.relative_to(root).as_posix()
            for path in folders
            if is_folder and os.path.samestat(path.stat(), found)
        )
        done.extend(() if is_folder else ("content",))
        fsync(handle)

    def replaced(self: Path, target: Path) -> Path:
        done.append("name")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    return done
