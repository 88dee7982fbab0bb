"""`agent-desktop takeover DIR`: brings over what waits in a profile that was put aside when its key was lost."""

import argparse
import sys
from contextlib import closing
from pathlib import Path

from agent_desktop.cli.connect_command import open_page, typed
from agent_desktop.cli.desk import USER_ID
from agent_desktop.cli.keeping import Keeper
from agent_desktop.cli.profiles import opened_desk
from agent_desktop.context import Desk
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.key_trouble import KeyProblem
from agent_desktop.profile import Profile
from agent_desktop.services.taking_over import TakenOver, take_over
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.client import open_client_files
from agent_desktop.store.lock import ProfileLock
from agent_desktop.store.settings import SettingStore

NAME = "takeover"


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        NAME,
        parents=[common],
        help="bring over what waits in a profile that was put aside",
        description="Takes unsent changes and drafts over into the profile in use. The key comes from the keychain, or"
        " from the server with --browser or --email, or is the recovery key; password and recovery key are asked for,"
        " or read from standard input.",
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="such as default.sealed-2026-03-12")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--email", metavar="ADDRESS", help="sign in at the server, which has the key")
    how.add_argument("--browser", action="store_true", help="the same, signing in with the browser")
    how.add_argument("--recovery-key", action="store_true", help="use the recovery key")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Take over, and say how much that was."""
    aside = Profile(options.folder)
    if not aside.exists:
        raise InputError(f"There is no profile in {options.folder}.")
    keeper = Keeper(aside)
    if options.browser:
        keeper.sign_in_with_browser("", open_page)
    elif options.email:
        keeper.sign_in(options.email, typed("Password: "))
    elif options.recovery_key:
        keeper.use_recovery_key(typed("Recovery key: "))
    try:
        with opened_desk(options) as desk:
            taken = bring_over(aside, keeper, desk)
    except KeyProblem as problem:
        raise InputError(f"{problem.sentence} Try --browser, --email or --recovery-key.") from problem
    print(
        f"{taken.changes:,} changes and {taken.drafts:,} drafts were taken over; {aside.folder} stays as it is."
    )
    if taken.unreadable:
        print(f"{taken.unreadable:,} changes could not be read.", file=sys.stderr)
    return 0


def bring_over(aside: Profile, keeper: Keeper, desk: Desk) -> TakenOver:
    """Take over into an open desk of the same user. Raises InputError for somebody else's profile."""
    lock = ProfileLock(aside.lock)
    lock.take()
    try:
        key = keeper.key()
        with closing(open_client_files(aside.work_db, aside.replica_db, key)) as files:
            if SettingStore(files.work).get(USER_ID) != desk.user_id:
                raise InputError("This profile belongs to somebody else. Nothing was taken over.")
            return take_over(
                files,
                BlobStore(aside.blobs, key),
                desk.replica,
                desk.drafts,
                desk.blobs,
            )
    finally:
        lock.release()
