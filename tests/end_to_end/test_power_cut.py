"""Power cuts at any moment, with torn and reordered writes: what was acknowledged is there.

The writes are those of the real outbox and drafts, recorded by strace. The same run with `synchronous=NORMAL` loses
acknowledged work: so the check can fail.
"""

import random
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent_desktop.store.database import Durability
from tests.end_to_end.power import TRACED, Disk, Event, events
from tests.project.tree import ROOT

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="strace records system calls of Linux"),
]

CUTS = 2_000


@dataclass
class Found:
    """What the images showed."""

    images: int = 0
    damaged: int = 0
    lost: int = 0
    checkpoints: int = 0
    acknowledged: list[str] = field(default_factory=list)


def record(folder: Path, durability: Durability) -> list[Event]:
    folder.mkdir()
    trace = folder.parent / f"{durability.value}.trace"
    arguments = ["-f", "-y", "-xx", "-s", "1000000", "-e", f"trace={TRACED}", "-o", str(trace)]
    writer = [sys.executable, "-m", "tests.end_to_end.power_writer", str(folder), durability.value]
    subprocess.run(["strace", *arguments, *writer], cwd=ROOT, check=True, capture_output=True, timeout=300)
    return list(events(trace, folder))


def cut(recorded: list[Event], images: Path, cuts: int) -> Found:
    """Cut the power at random moments after the writer was ready, and look at what is left."""
    images.mkdir()
    chance = random.Random(len(recorded))
    ready = next(n for n, event in enumerate(recorded) if event.content == b"ready\n")
    moments = sorted(chance.randrange(ready + 1, len(recorded)) for _ in range(cuts))
    disk, found = Disk(), Found()
    for number, event in enumerate(recorded):
        if event.kind == "said":
            found.acknowledged.append(event.content.decode("ascii").strip())
        else:
            found.checkpoints += event.kind == "write" and event.path == "work.db"
            disk.take(event)
        while moments and moments[0] == number:
            moments.pop(0)
            disk.cut(images, chance)
            look(images, found)
    return found


def look(images: Path, found: Found) -> None:
    found.images += 1
    connection = sqlite3.connect(images / "work.db")
    # Looking need not be durable: without it each look would wait for the real disk.
    connection.execute("PRAGMA synchronous = OFF")
    try:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            found.damaged += 1
            return
        operations = {row[0] for row in connection.execute("SELECT operation_id FROM outbox")}
        drafts = connection.execute("SELECT json_extract(content, '$.text') FROM draft").fetchone()
    except sqlite3.DatabaseError:
        found.damaged += 1
        return
    finally:
        connection.close()
    step = int(drafts[0]) if drafts else -1
    for words in found.acknowledged:
        kind, _, what = words.partition(" ")
        if (kind == "operation" and what not in operations) or (kind == "draft" and int(what) > step):
            found.lost += 1
            return


def test_what_was_acknowledged_survives_a_power_cut(tmp_path: Path) -> None:
    found = cut(record(tmp_path / "full", Durability.FULL), tmp_path / "images", CUTS)
    assert found.images == CUTS
    assert found.checkpoints > 0, "the log was never written back: the run is too short"
    assert (found.damaged, found.lost) == (0, 0)


def test_the_check_notices_what_normal_loses(tmp_path: Path) -> None:
    found = cut(record(tmp_path / "normal", Durability.NORMAL), tmp_path / "images", CUTS // 10)
    assert found.lost > 0
