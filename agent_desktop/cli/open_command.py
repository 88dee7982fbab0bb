"""`agent-desktop` and `agent-desktop open`: opens the program's window."""

import argparse
import os
import sys
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from agent_desktop.cli.desk import Person, open_desk, set_up
from agent_desktop.cli.keeping import Keeper
from agent_desktop.cli.profiles import chosen_profile
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.profile import Profile

if TYPE_CHECKING:
    from agent_desktop.cli.team import DeviceTokens
    from agent_desktop.context import Desk
    from sync.client.browser import BrowserSignIn
    from sync.server.background import NextArrivals
    from ui.launch import Launch
    from ui.screens.connect_page import ServerLogin
    from ui.screens.first_run import NewProfile

NAME = "open"
LINK = "agentdesk://"


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser(NAME, parents=[common], help="open the program (also without a command)")
    parser.add_argument("link", nargs="?", default="", help=f"a link such as {LINK}conversation/48213")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Open the profile's window and stay until it is closed."""
    with chosen_profile(options) as profile:
        return open_window(profile, options.link)


def open_window(
    profile: Profile,
    link: str = "",
    arrivals: "NextArrivals | None" = None,
    opened: "Callable[[Desk], None] | None" = None,
) -> int:
    """Show the window of a profile, or the first run where there is none; the exit code."""
    require_screen()
    keeper = Keeper(profile, asks=True)
    keeper.begin()
    # Qt is loaded here, so that the other commands work where it cannot be.
    from ui.application import run_application

    return run_application(launch_of(profile, arrivals, opened, keeper), link)


def require_screen() -> None:
    """Raise InputError where no window can be shown, for Qt would end the process instead."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in screens):
        raise InputError(
            "There is no screen here to open a window on. Start Agent Desktop in a desktop session."
        )


def launch_of(
    profile: Profile,
    arrivals: "NextArrivals | None" = None,
    opened: "Callable[[Desk], None] | None" = None,
    keeper: Keeper | None = None,
) -> "Launch":
    """What the window needs to open a profile, or to set one up. `opened` is given the desk that was opened."""
    from ui.launch import Launch, OpenPage, Progress

    clock = SystemClock()
    ids = TimeOrderedIds(clock)
    keys = keeper or Keeper(profile, asks=True)

    def local(new: "NewProfile") -> None:
        set_up(profile, Person(name=new.name, company=new.company, email=new.email), clock, ids, keys)

    def demo(progress: Progress) -> None:
        # Only a first run needs the invented company.
        from agent_desktop.cli.demo_profile import CONVERSATIONS, SEED, make_demo

        make_demo(profile, CONVERSATIONS, SEED, clock, ids, progress)

    @cache
    def tokens() -> "DeviceTokens":
        # Only who works with a team needs HTTP and a keychain.
        from agent_desktop.cli.team import DeviceTokens

        return DeviceTokens()

    waiting: list[BrowserSignIn] = []

    def connect(login: "ServerLogin", progress: Progress, open_page: OpenPage) -> str:
        from agent_desktop.cli import team
        from sync.client.tokens import NO_KEYCHAIN

        typed = team.Login(address=login.address, email=login.email, password=login.password, code=login.code)
        browser = team.BrowserWay(open_page, waiting.append) if login.browser else None
        try:
            kept = team.connect(profile, typed, clock, ids, tokens(), progress, browser, keeper=keys)
        finally:
            waiting.clear()
        return "" if kept else NO_KEYCHAIN

    def cancel_connect() -> None:
        for attempt in tuple(waiting):
            attempt.cancel()

    def opened_desk() -> "Desk":
        desk = open_desk(profile, clock, ids, arrivals=arrivals, tokens=tokens, keeper=keys)
        desk.notice = desk.notice or keys.notice
        desk.keys = keys
        desk.is_open_to_all = not desk.is_encrypted and not keys.is_demo
        if keys.signed_in is not None:
            signed_in, keys.signed_in = keys.signed_in, None
            from sync.client.account import TeamAccount

            if isinstance(desk.account, TeamAccount):
                desk.account.take(signed_in)
        if opened is not None:
            opened(desk)
        return desk

    return Launch(
        folder=profile.folder,
        logs=profile.logs,
        version=_version,
        is_set_up=profile.exists or keys.is_wiping,
        open_desk=opened_desk,
        set_up=local,
        set_up_demo=demo,
        connect=connect,
        cancel_connect=cancel_connect,
        keys=keys,
    )


def _version() -> str:
    # To read it takes as long as to load all widgets of Qt.
    from importlib.metadata import version

    return version("agent-desktop")
