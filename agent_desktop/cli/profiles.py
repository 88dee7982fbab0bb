"""Which profile a command works with."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agent_desktop.cli.desk import open_desk
from agent_desktop.context import Desk
from agent_desktop.profile import Profile, default_folder

if TYPE_CHECKING:
    from agent_desktop.cli.keeping import Keeper


@contextmanager
def chosen_profile(options: argparse.Namespace, name: str = "default") -> Iterator[Profile]:
    """The profile that the options name; one of `--temp-profile` is removed at the end."""
    if options.temp_profile:
        # A profile that stays needs neither.
        import shutil
        import tempfile

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
        desk = open_desk(profile, background=False, keeper=asking_keeper(profile))
        try:
            sentence = bring_up_to_date(desk)
            if sentence:
                print(sentence, file=sys.stderr)
            yield desk
        finally:
            desk.close()


def asking_keeper(profile: Profile) -> "Keeper":
    """What has the key of a profile; a passphrase is asked for at the terminal, or read from standard input."""
    # The window, which finds its profile here, too, brings a keeper of its own.
    from agent_desktop.cli.connect_command import typed
    from agent_desktop.cli.keeping import Keeper
    from agent_desktop.store.key_file import Protection

    keeper = Keeper(profile)
    if keeper.protection is Protection.PASSPHRASE:
        keeper.type_passphrase(typed("Passphrase: "))
    return keeper


def bring_up_to_date(desk: Desk) -> str:
    """Exchange with the server once; a sentence where that is not possible now, for what is here can be used anyhow."""
    # The window, which finds its profile here, too, is not to wait for the messages of the protocol.
    from sync.protocol.transport import Refused, Unreachable

    try:
        desk.sync.exchange()
    except Unreachable as error:
        return error.sentence or "The server cannot be reached now; this is what is on this computer."
    except Refused as error:
        return error.sentence
    return ""
