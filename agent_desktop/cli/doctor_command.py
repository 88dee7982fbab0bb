"""`agent-desktop doctor`: looks at environment, files, keyring and connection, and says what to do."""

import argparse
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import keyring
from keyring.backends.fail import Keyring as NoKeyring

from agent_desktop.cli.desk import open_desk
from agent_desktop.cli.profiles import chosen_profile
from agent_desktop.context import Desk
from agent_desktop.domain.errors import AppError
from agent_desktop.profile import Profile

NAME = "doctor"
OLDEST_SQLITE = (3, 40, 0)
LEAST_FREE_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `advice` says what to do when it is not well."""

    title: str
    well: bool
    words: str
    advice: str = ""


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser(NAME, parents=[common], help="check this installation and say what to do")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print what was found; 1 when something needs attention."""
    with chosen_profile(options) as profile:
        findings = [*_environment(), *_disk(profile), *_profile(profile)]
    for finding in findings:
        print(f"{'ok  ' if finding.well else 'LOOK'}  {finding.title}: {finding.words}")
        if not finding.well and finding.advice:
            print(f"      {finding.advice}")
    return 0 if all(finding.well for finding in findings) else 1


def _environment() -> Iterator[Finding]:
    yield Finding(
        "Python", sys.version_info >= (3, 11), platform.python_version(), "Install Python 3.11 or newer."
    )
    yield Finding(
        "SQLite",
        sqlite3.sqlite_version_info >= OLDEST_SQLITE,
        sqlite3.sqlite_version,
        "Install a newer Python.",
    )
    with sqlite3.connect(":memory:") as connection:
        options = {row[0] for row in connection.execute("PRAGMA compile_options")}
    yield Finding(
        "Full-text search", "ENABLE_FTS5" in options, "FTS5", "Install a Python whose SQLite has FTS5."
    )
    try:
        import PySide6
    except ImportError as error:
        yield Finding(
            "Qt", False, str(error), "On Linux run “python tasks.py setup”, which names what is missing."
        )
    else:
        yield Finding("Qt", True, PySide6.__version__)
    backend = keyring.get_keyring()
    found = not isinstance(backend, NoKeyring)
    yield Finding("Keyring", True, type(backend).__module__ if found else "none here; nothing needs it yet")


def _disk(profile: Profile) -> Iterator[Finding]:
    folder = profile.folder
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    words = f"{free / 1e9:.1f} GB free for {profile.folder}"
    yield Finding("Disk", free >= LEAST_FREE_BYTES, words, "Free some space: at least 0.5 GB.")


def _profile(profile: Profile) -> Iterator[Finding]:
    if not profile.exists:
        yield Finding("Profile", True, "not set up yet; start Agent Desktop to do so")
        return
    try:
        desk = open_desk(profile, background=False)
    except AppError as error:
        yield Finding("Profile", False, error.sentence, error.detail)
        return
    try:
        yield from _content(profile, desk)
    except AppError as error:
        yield Finding("Profile", False, error.sentence, error.detail)
    finally:
        desk.close()


def _content(profile: Profile, desk: Desk) -> Iterator[Finding]:
    desk.sync.exchange()
    ((problem,),) = desk.replica.database.query("PRAGMA quick_check(1)")
    yield Finding("Replica", problem == "ok", str(problem), "Delete replica.db; it is fetched again.")
    waiting = desk.sync.status.waiting
    yield Finding(
        "Outbox", waiting == 0, f"{waiting} changes wait", "They are sent when the server can be reached."
    )
    yield Finding("Conversations", True, f"{desk.inbox.total():,} on this device")
