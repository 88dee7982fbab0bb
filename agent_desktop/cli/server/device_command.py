"""`agent-desktop-server device …`: what a workspace demands of devices, and wiping one that was lost."""

import argparse
import json

from agent_desktop.cli.server.opening import opened, workspace_of
from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.clock import from_microseconds, to_microseconds
from agent_desktop.domain.errors import InputError, Rejected
from agent_desktop.domain.operations.policy import SaveWorkspace
from agent_desktop.domain.policy import LONGEST_LEASE
from agent_desktop.domain.workspace import User
from agent_desktop.store.rows import SqlRows
from sync.protocol.administration import ManagedDevice, Rules
from sync.server.answering import CONSOLE
from sync.server.audit import AuditLog
from sync.server.database import Topic
from sync.server.sign_in import managed_devices
from sync.server.sign_in.accounts import SERVER
from sync.server.sign_in.device_orders import DeviceRules

AT_ONCE, AFTER_SENDING = "at-once", "after-sending"


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the commands."""
    parser = commands.add_parser(
        "device", help="everybody's devices, what is demanded of them, and wiping one"
    )
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    listed = steps.add_parser(
        "list", parents=[common], help="everybody's: last contact, and what waits there"
    )
    listed.add_argument("--json", action="store_true", help="one JSON object a line")
    listed.set_defaults(run=run_list)
    out = steps.add_parser("sign-out", parents=[common], help="sign a device out; nothing on it is lost")
    out.add_argument("device", metavar="ID", help="as `device list` names it")
    out.set_defaults(run=run_sign_out)
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


def run_list(options: argparse.Namespace) -> int:
    """Print all devices."""
    with opened(options) as here:
        workspace_of(here)
        devices = here.backend.administration.devices(CONSOLE).devices
        with here.database.read() as connection:
            users = SqlRows(connection, here.schema.tables).query(User)
    emails = {user.id: user.email for user in users}
    for device in devices:
        email, seen = emails.get(device.user_id, ""), from_microseconds(device.seen_at)
        if options.json:
            facts = {
                "id": device.id,
                "email": email,
                "name": device.name,
                "os": device.os,
                "version": device.version,
                "seen_at": seen.isoformat(),
                "pending": device.pending,
                "state": state_of(device),
            }
            print(json.dumps(facts, ensure_ascii=False))
            continue
        waits = "" if device.pending is None else f"{device.pending:,} waiting"
        print(f"{device.id} {state_of(device):11} {seen:%Y-%m-%d %H:%M} {waits:12} {email:30} {device.name}")
    return 0


def run_sign_out(options: argparse.Namespace) -> int:
    """Sign a device out."""
    with opened(options) as here:
        try:
            here.backend.administration.sign_out(CONSOLE, options.device)
        except Rejected as error:
            raise InputError("There is no such device. `device list` shows all.") from error
        here.database.peers.tell(Topic.SESSIONS, "")
    print("The device is signed out. What is on it stays until its user signs in again.")
    return 0


def state_of(device: ManagedDevice) -> str:
    """How a device stands, in a word or two."""
    if device.wiped_at is not None:
        return "wiped"
    if device.wipe_requested_at is not None:
        return "to be wiped"
    return "signed in" if device.signed_in else "signed out"


def run_rules(options: argparse.Namespace) -> int:
    """Change what was given, and print what holds."""
    with opened(options) as here:
        rules = DeviceRules(here.database)
        if options.lease_days is not None:
            payload = SaveWorkspace(workspace_id=workspace_of(here).id, lease_days=options.lease_days)
            try:
                here.backend.store.commit([payload])
            except Rejected as error:
                raise InputError(f"A lease has 1 to {LONGEST_LEASE} days, or 0 for none.") from error
        if options.wipe is not None:
            here.backend.administration.set_rules(CONSOLE, Rules(wipe_at_once=options.wipe == AT_ONCE))
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
