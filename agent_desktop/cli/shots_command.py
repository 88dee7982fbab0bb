"""`agent-desktop shots DIR`: pictures of every screen, from the demo workspace."""

import argparse
import re
import shutil
import tempfile
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from agent_desktop.cli.demo_profile import CONVERSATIONS, SEED, make_demo
from agent_desktop.cli.desk import open_desk
from agent_desktop.cli.meddling import meddle
from agent_desktop.cli.open_command import require_screen
from agent_desktop.context import Desk
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.profile import Profile

NAME = "shots"
SIZES = ("1440x900", "1100x700")
DEVICE = "Desk 11aa"
NOW = datetime(2026, 3, 12, 9, 49, tzinfo=UTC)
"""Pictures show the demo at this moment, so that taking them again gives the same ones."""


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser(NAME, help="take pictures of every screen")
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to put the pictures")
    parser.add_argument("--theme", choices=("light", "dark"), help="one theme (both)")
    parser.add_argument("--size", metavar="WxH", help=f"one size ({' and '.join(SIZES)})")
    parser.add_argument("--screen", metavar="NAME", action="append", help="one screen; may be repeated (all)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Take the pictures and print their names."""
    require_screen()
    from PySide6.QtCore import QSize

    from ui.launch import make_application
    from ui.shots import NAMES, take_shots
    from ui.theme import ThemeMode

    unknown = sorted(set(options.screen or ()) - set(NAMES))
    if unknown:
        raise InputError(f"There is no screen named {unknown[0]}. There are: {', '.join(NAMES)}.")
    sizes = [QSize(*_size(text)) for text in ([options.size] if options.size else SIZES)]
    modes = [ThemeMode(options.theme)] if options.theme else [ThemeMode.LIGHT, ThemeMode.DARK]
    application = make_application([NAME])
    clock = ManualClock(NOW)
    ids = TimeOrderedIds(clock)
    with tempfile.TemporaryDirectory(prefix="agent-desktop-shots-") as temporary:
        profile = Profile(Path(temporary) / "demo")
        make_demo(profile, CONVERSATIONS, SEED, clock, ids)
        copies = count()

        def open_copy() -> Desk:
            """A desk of its own for each window, so that no picture shows what was done for another."""
            folder = Path(temporary) / f"copy-{next(copies)}"
            shutil.copytree(profile.folder, folder)
            return open_desk(Profile(folder), clock, ids, device=DEVICE)

        for size in sizes:
            wanted = options.screen or NAMES
            take_shots(application, open_copy, meddle, options.folder, modes, size, wanted, print)
    return 0


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{3,4})x(\d{3,4})", text)
    if match is None:
        raise InputError(f"“{text}” is not a size. Write it like 1440x900.")
    return int(match[1]), int(match[2])
