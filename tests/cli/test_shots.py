"""`agent-desktop shots`: every picture is of the screen that its name says, whatever was shown before."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.end_to_end


def size_of(picture: Path) -> tuple[int, int]:
    """Width and height, as a PNG says them first."""
    header = picture.read_bytes()[16:24]
    return int.from_bytes(header[:4]), int.from_bytes(header[4:])


def test_what_asks_before_it_closes_is_not_on_the_next_pictures(tmp_path: Path) -> None:
    screens = ["--screen", "mailbox-failed", "--screen", "settings"]
    command = [sys.executable, "-m", "agent_desktop", "shots", str(tmp_path), "--size", "1100x700", *screens]
    subprocess.run(command, cwd=ROOT, env=os.environ, check=True, capture_output=True)
    taken = {path.stem.removesuffix("-1100x700"): size_of(path) for path in tmp_path.iterdir()}
    assert taken.keys() == {"mailbox-failed-light", "mailbox-failed-dark", "settings-light", "settings-dark"}
    assert taken["settings-dark"] == taken["settings-light"] != taken["mailbox-failed-dark"]
