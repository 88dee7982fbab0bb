"""Which profile a command works with."""

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent_desktop.cli.desk import open_desk
from agent_desktop.context import Desk
from agent_desktop.profile import Profile, default_folder


@contextmanager
def chosen_profile(options: argparse.Namespace, name: str = "default") -> Iterator[Profile]:
    """The profile that the options name; one of `--temp-profile` is removed at the end."""
    if options.temp_profile:
        folder = Path(tempfile.mkdtemp(prefix="agent-desktop-"))
        try:
            yield Profile(folder / name)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    else:
        yield Profile(options.profile or default_folder(name))


@contextmanager
def opened_desk(options: argparse.Namespace) -> Iterator[Desk]:
    """The desk of the chosen profile, brought up to date, without anything running in the background."""
    with chosen_profile(options) as profile:
        desk = open_desk(profile, background=False)
        try:
            desk.sync.exchange()
            yield desk
        finally:
            desk.close()
