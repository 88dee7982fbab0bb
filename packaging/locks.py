"""What the locks say: which version of which package, and on which systems."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_ENTRY = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<where>[^\\]+))?", re.MULTILINE
)


@dataclass(frozen=True, slots=True, order=True)
class Locked:
    """One entry of a lock. `where` is the marker of the systems that it is for; "" for all."""

    name: str
    version: str
    where: str = ""


def locked(lock: Path) -> list[Locked]:
    """The entries of a lock, in its order: a package has several where systems need different versions."""
    return [
        Locked(found["name"], found["version"], (found["where"] or "").strip())
        for found in _ENTRY.finditer(lock.read_text("utf-8"))
    ]


def version_of_program() -> str:
    """The version that the project says it is."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])
