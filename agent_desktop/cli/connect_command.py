"""`agent-desktop connect URL --email ADDRESS`: makes a profile of a team's server."""

import argparse
import getpass
import sys

from agent_desktop.cli.profiles import chosen_profile
from agent_desktop.cli.team import DeviceTokens, Login, connect
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import TimeOrderedIds

NAME = "connect"
ASKED_AGAIN = (
    "This computer has no keychain that the program could keep the sign-in in, so you are asked for your password"
    " again when you open it."
)


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        NAME,
        parents=[common],
        help="make a profile of a team's server; the password is asked for, or read from standard input",
    )
    parser.add_argument("address", metavar="URL", help="where the server is, such as desk.example.com")
    parser.add_argument("--email", required=True, metavar="ADDRESS", help="who signs in")
    parser.add_argument("--device", default="", metavar="NAME", help="what the server calls this computer")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Sign in and fetch what a first window shows. Raises InputError in words when that did not work."""
    clock = SystemClock()
    login = Login(
        address=options.address, email=options.email, password=read_password(), device=options.device
    )
    with chosen_profile(options) as profile:
        kept = connect(profile, login, clock, TimeOrderedIds(clock), DeviceTokens(), print)
        print(f"Connected. The profile is in {profile.folder}; open it with `agent-desktop`.")
    if not kept:
        print(ASKED_AGAIN)
    return 0


def read_password() -> str:
    """Ask for it at a terminal; else the first line of standard input. Never from the command line."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\r\n")
