"""`agent-desktop renew`: gives the profile a new key."""

import argparse
import sys

from agent_desktop.cli.profiles import asking_keeper, chosen_profile
from agent_desktop.domain.errors import InputError
from agent_desktop.store.lock import ProfileLock

NAME = "renew"
_READABLE = "This profile is not encrypted, so there is no key. Nothing was changed."


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        NAME, parents=[common], help="give the profile a new key, and write everything anew with it"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write everything anew. Raises InputError where that is not possible now: everything is as it was then."""
    with chosen_profile(options) as profile:
        if not profile.exists:
            raise InputError("There is no profile in this folder.")
        lock = ProfileLock(profile.lock)
        lock.take()
        try:
            keeper = asking_keeper(profile)
            keeper.progress = lambda words: print(words, file=sys.stderr)
            if keeper.key() is None:
                raise InputError(_READABLE)
            keeper.renew_at_once()
            print(keeper.notice)
        finally:
            lock.release()
    return 0
