"""`agent-desktop-server device …`: what a workspace demands of devices, and wiping one that was lost."""

import argparse

from agent_desktop.cli.server.opening import opened
from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.errors import InputError
from sync.server import managed_devices
from sync.server.accounts import SERVER
from sync.server.audit import AuditLog
from sync.server.database import Topic
from sync.server.device_orders import LONGEST_LEASE, DeviceRules

AT_ONCE, AFTER_SENDING = "at-once", "after-sending"


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the commands."""
    parser = commands.add_parser("device", help="what is demanded of devices, and wiping one")
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    rules = steps.add_parser("rules", parents=[common], help="show the rules, or change those that are given")
    rules.add_argument(
        "--lease-days",
        type=int,
        metavar="DAYS",
        help=f"so long a device may be used without being here: 1 to {LONGEST_LEASE}, or 0 for ever",
    )
    rules.add_argument(
        "--wipe",
        choices=(AT_ONCE, AFTER_SENDING),
        help="whether what waits on a device is sent before it is wiped",
    )
    rules.set_defaults(run=run_rules)
    wipe = steps.add_parser("wipe", parents=[common], help="have a device destroy what it holds")
    wipe.add_argument("device", metavar="ID", help="as `user devices` names it")
    wipe.set_defaults(run=run_wipe)


def run_rules(options: argparse.Namespace) -> int:
    """Change what was given, and print what holds."""
    with opened(options) as here:
        rules = DeviceRules(here.database)
        if options.lease_days is not None:
            try:
                rules.set_lease_days(options.lease_days)
            except ValueError as error:
                raise InputError(f"A lease has 1 to {LONGEST_LEASE} days, or 0 for none.") from error
        if options.wipe is not None:
            rules.set_wipe_at_once(options.wipe == AT_ONCE)
        days = rules.lease_days()
        print(f"lease: {f'{days} days' if days else 'none'}")
        print(f"wipe: {AT_ONCE if rules.wipes_at_once() else AFTER_SENDING}")
    return 0


def run_wipe(options: argparse.Namespace) -> int:
    """Ask for it; the device does it when it is here next."""
    with opened(options) as here:
        now = here.clock.now()
        with here.database.write() as sql:
            if managed_devices.owner_of(sql, options.device) is None:
                raise InputError("There is no such device. `user devices` lists those of a user.")
            managed_devices.request_wipe(sql, options.device, to_microseconds(now))
            AuditLog().record(sql, now, SERVER, None, AuditAction.WIPE_REQUESTED, options.device)
        here.database.peers.tell(Topic.SESSIONS, "")
    print("It is wiped when it is here next.")
    return 0
