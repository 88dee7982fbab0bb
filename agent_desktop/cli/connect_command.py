"""`agent-desktop connect URL`: makes a profile of a team's server, signing in with the browser or with a password."""

import argparse
import getpass
import sys
import webbrowser
from contextlib import suppress
from dataclasses import replace

from agent_desktop.cli.profiles import chosen_profile
from agent_desktop.cli.team import BrowserWay, DeviceTokens, Login, connect
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.services.server_account import CodeNeeded

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
        help="make a profile of a team's server: sign in with the browser, or with --email and a password",
    )
    parser.add_argument("address", metavar="URL", help="where the server is, such as desk.example.com")
    parser.add_argument(
        "--email",
        default="",
        metavar="ADDRESS",
        help="who signs in with a password, asked for or read from standard input, as is a code where one is needed",
    )
    parser.add_argument("--device", default="", metavar="NAME", help="what the server calls this computer")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Sign in and fetch what a first window shows. Raises InputError in words when that did not work."""
    clock = SystemClock()
    browser = None if options.email else BrowserWay(open_page)
    login = Login(
        address=options.address,
        email=options.email,
        password=typed("Password: ") if options.email else "",
        device=options.device,
    )
    with chosen_profile(options) as profile:

        def make(login: Login) -> bool:
            return connect(profile, login, clock, TimeOrderedIds(clock), DeviceTokens(), print, browser)

        try:
            kept = make(login)
        except CodeNeeded as needed:
            print(needed.sentence)
            kept = make(replace(login, code=typed("Code: ")))
        print(f"Connected. The profile is in {profile.folder}; open it with `agent-desktop`.")
    if not kept:
        print(ASKED_AGAIN)
    return 0


def open_page(address: str) -> None:
    """Open a page in the browser, and say where it is, for a browser that this program does not find."""
    print(f"Sign in with your browser. If no page opens, open this address:\n{address}", flush=True)
    with suppress(webbrowser.Error):
        webbrowser.open(address)


def typed(question: str) -> str:
    """Ask at a terminal; else the next line of standard input. Never from the command line."""
    if sys.stdin.isatty():
        return getpass.getpass(question)
    return sys.stdin.readline().rstrip("\r\n")
