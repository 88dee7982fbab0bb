"""`agent-desktop doctor`: looks at environment, files, keyring and connection, and says what to do."""

import argparse
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator

from agent_desktop.cli.desk import open_desk
from agent_desktop.cli.findings import Finding
from agent_desktop.cli.keeping import Keeper
from agent_desktop.cli.profiles import asking_keeper, bring_up_to_date, chosen_profile
from agent_desktop.cli.server_findings import server_findings
from agent_desktop.context import Desk
from agent_desktop.domain.errors import AppError
from agent_desktop.profile import Profile
from agent_desktop.services.recovery_hint import RecoveryHint
from agent_desktop.store import crypto
from agent_desktop.store.key_file import Protection
from sync.client.account import TeamAccount
from sync.client.keychain import find_keychain

NAME = "doctor"
OLDEST_SQLITE = (3, 40, 0)
LEAST_FREE_BYTES = 500_000_000


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser(NAME, parents=[common], help="check this installation and say what to do")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print what was found; 1 when something needs attention."""
    with chosen_profile(options) as profile:
        findings = [*_environment(), *_encryption(profile), *_disk(profile), *_profile(profile)]
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
    keychain = find_keychain()
    words = "none that protects what it keeps; who works with a team signs in at each start"
    yield Finding("Keychain", True, words if keychain is None else type(keychain).__module__)


def _encryption(profile: Profile) -> Iterator[Finding]:
    yield Finding(
        "Encryption",
        crypto.is_available(),
        "SQLCipher"
        if crypto.is_available()
        else "not installed: profiles are readable by whoever gets at the disk",
        "Install Agent Desktop with all its packages.",
    )
    if not profile.exists:
        return
    protection = Keeper(profile).protection or Protection.NONE
    words = {
        Protection.KEYCHAIN: "encrypted, the key is in the keychain",
        Protection.PASSPHRASE: "encrypted, the passphrase is asked for at each start",
    }
    yield Finding(
        "Your data",
        protection in words,
        words.get(protection, "not encrypted: whoever gets at this computer's disk can read it"),
        "Open Agent Desktop: Settings, Security. A demo stays readable, for nobody in it is real.",
    )


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
        desk = open_desk(profile, background=False, keeper=asking_keeper(profile))
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
    if RecoveryHint(desk.settings, Keeper(profile)).is_missing:
        words = "not saved: without it nobody reads your data once the keychain or the passphrase is lost"
        yield Finding("Recovery key", True, f"{words} (Agent Desktop: Settings, Security)")
    if isinstance(desk.account, TeamAccount):
        yield from server_findings(desk.account.identity, desk.account.credentials, desk.clock)
    bring_up_to_date(desk)
    ((problem,),) = desk.replica.database.query("PRAGMA quick_check(1)")
    yield Finding("Replica", problem == "ok", str(problem), "Delete replica.db; it is fetched again.")
    waiting = desk.sync.status.waiting
    yield Finding(
        "Outbox", waiting == 0, f"{waiting} changes wait", "They are sent when the server can be reached."
    )
    yield Finding("Conversations", True, f"{desk.inbox.total():,} on this device")
