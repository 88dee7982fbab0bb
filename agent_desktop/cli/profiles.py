"""Which profile a command works with."""

import argparse
import sys
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
        desk = open_desk(profile, background=False)
        try:
            sentence = bring_up_to_date(desk)
            if sentence:
                print(sentence, file=sys.stderr)
            yield desk
        finally:
            desk.close()


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
