"""`agent-desktop demo`: a sample workspace on the embedded backend, ready to be used."""

import argparse
import sys
import time

from agent_desktop.cli.demo_profile import CONVERSATIONS, SEED, make_demo
from agent_desktop.cli.open_command import open_window, require_screen
from agent_desktop.cli.profiles import chosen_profile
from agent_desktop.context import Desk
from agent_desktop.demo.live_office import LiveOffice
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.profile import Profile

NAME = "demo"
MOST = 1_000_000


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        NAME, parents=[common], help="open a sample workspace; nothing leaves this computer"
    )
    parser.add_argument("--conversations", type=int, metavar="N", help=f"how many ({CONVERSATIONS:,})")
    parser.add_argument(
        "--seed", type=int, metavar="S", help="another seed gives another company's customers"
    )
    parser.add_argument(
        "--live", action="store_true", help="customers keep writing, and a colleague looks in"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make the demo where there is none yet, or where another size or seed is asked for, and open it."""
    require_screen()
    seed = SEED if options.seed is None else options.seed
    count = CONVERSATIONS if options.conversations is None else options.conversations
    if not 1 <= count <= MOST:
        raise InputError(f"The demo has 1 to {MOST:,} conversations.")
    with chosen_profile(options, f"demo-{seed}-{count}") as profile:
        if not profile.exists:
            _make(profile, count, seed)
        if not options.live:
            return open_window(profile)
        office = LiveOffice(seed)

        def join(desk: Desk) -> None:
            office.hear = desk.presence.heard

        return open_window(profile, arrivals=office.next_event, opened=join)


def _make(profile: Profile, count: int, seed: int) -> None:
    clock = SystemClock()
    started = time.monotonic()
    print(f"Making a demo workspace with {count:,} conversations …", file=sys.stderr)
    terminal = sys.stderr.isatty()

    def progress(words: str) -> None:
        if terminal:
            print(f"\r{words}", end="", file=sys.stderr)

    make_demo(profile, count, seed, clock, TimeOrderedIds(clock), progress)
    print(f"{chr(13) if terminal else ''}Ready after {time.monotonic() - started:.0f} s.", file=sys.stderr)
