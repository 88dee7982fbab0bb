"""`agent-desktop-server user …`: who may sign in, how, and from which devices.

Passwords never come from the command line, which everybody on the computer may read.
"""

import argparse
import getpass
import json
import os
import sys
from dataclasses import replace

import msgspec

from agent_desktop.cli.server.opening import Opened, opened, workspace_of
from agent_desktop.cli.server.sign_in_options import URL
from agent_desktop.domain.clock import from_microseconds, to_microseconds
from agent_desktop.domain.errors import InputError, Reason, Rejected
from agent_desktop.domain.operations.workspace import SaveUser
from agent_desktop.domain.permissions import GIVEN_ROLES
from agent_desktop.domain.workspace import CustomRole, Role, Team, User, compared
from agent_desktop.store.rows import SqlRows
from sync.protocol.administration import NewInvitation
from sync.server.answering import CONSOLE
from sync.server.database import Topic
from sync.server.oauth.invited import invite
from sync.server.sign_in.accounts import SERVER, Accounts
from sync.server.sign_in.devices import devices_of

LONGEST_INVITED = 30
ROLES = [role.value for role in GIVEN_ROLES]


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the commands."""
    parser = commands.add_parser("user", help="who may sign in")
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    add = steps.add_parser(
        "add", parents=[common], help="add somebody; the password is asked for, or read from standard input"
    )
    add.add_argument("email")
    add.add_argument("--name", required=True)
    add.add_argument("--role", choices=ROLES, default=Role.AGENT.value)
    add.add_argument("--team", action="append", default=[], metavar="NAME", help="may be given several times")
    add.add_argument(
        "--company",
        action="store_true",
        help="without a password: the company's provider vouches for the address, within two weeks",
    )
    add.set_defaults(run=run_add)
    password = steps.add_parser(
        "password", parents=[common], help="give somebody a new password; their devices have to sign in again"
    )
    password.add_argument("email")
    password.set_defaults(run=run_password)
    everybody = steps.add_parser("list", parents=[common], help="everybody, with their roles")
    everybody.add_argument("--json", action="store_true", help="one JSON object a line")
    everybody.set_defaults(run=run_list)
    for name, words in (("disable", "keep somebody out, at once"), ("enable", "let somebody in again")):
        step = steps.add_parser(name, parents=[common], help=words)
        step.add_argument("email")
        step.set_defaults(run=run_enable if name == "enable" else run_disable)
    totp = steps.add_parser("totp", parents=[common], help="the second factor of somebody")
    totp.add_argument("what", choices=["reset"], help="take it away: they sign in with their password alone")
    totp.add_argument("email")
    totp.set_defaults(run=run_totp)
    devices = steps.add_parser("devices", parents=[common], help="the devices of somebody")
    devices.add_argument("email")
    devices.add_argument("--json", action="store_true", help="one JSON object a line")
    devices.set_defaults(run=run_devices)
    invite_step = steps.add_parser(
        "invite", parents=[common], help="print a link by which somebody chooses a password, once"
    )
    invite_step.add_argument("email")
    invite_step.add_argument("--name", default="", help="of somebody who is to be added")
    invite_step.add_argument("--role", choices=ROLES, default=Role.AGENT.value)
    invite_step.add_argument("--team", action="append", default=[], metavar="NAME")
    invite_step.add_argument("--days", type=int, default=7, metavar="N", help="how long the link is good (7)")
    invite_step.add_argument(
        "--public-url", metavar="URL", default=os.environ.get(URL, ""), help=f"of the server (or set {URL})"
    )
    invite_step.set_defaults(run=run_invite)
    role = steps.add_parser("role", parents=[common], help="give somebody another role")
    role.add_argument("email")
    role.add_argument("role", metavar="ROLE", help=f"{', '.join(ROLES)}, or the name of a role of your own")
    role.set_defaults(run=run_role)
    out = steps.add_parser("sign-out", parents=[common], help="sign somebody out, of all devices or of one")
    out.add_argument("email")
    out.add_argument("--device", metavar="ID", default="", help="of this one alone")
    out.set_defaults(run=run_sign_out)


def run_add(options: argparse.Namespace) -> int:
    """Add a user with a password. Raises InputError when the address is taken or a team unknown."""
    with opened(options) as here:
        workspace_of(here)
        email = options.email.strip()
        if "@" not in email:
            raise InputError(f"{email} is no e-mail address.")
        if any(user.email.lower() == email.lower() for user in _users(here)):
            raise InputError(f"Somebody has the address {email} already. Nothing was changed.")
        teams = _teams(here, options.team)
        user_id = here.ids.new()
        accounts = _accounts(here)
        password = "" if options.company else read_password()
        if not options.company:
            accounts.check_password(password, (options.name, email, workspace_of(here).name))
        _save(
            here,
            User(id=user_id, name=options.name, email=email, role=Role(options.role), team_ids=teams),
        )
        if options.company:
            invite(here.database, user_id, here.clock.now())
        else:
            accounts.set_password(user_id, password)
    print(f"{email} can sign in{' with the account of the company' if options.company else ''}.")
    return 0


def run_password(options: argparse.Namespace) -> int:
    """Change a password and sign all devices of the user out."""
    with opened(options) as here:
        user = _user(here, options.email)
        _accounts(here).set_password(user.id, read_password())
        here.database.peers.tell(Topic.SESSIONS, "")
    print(f"{user.email} has a new password and is signed out everywhere.")
    return 0


def run_list(options: argparse.Namespace) -> int:
    """Print everybody."""
    with opened(options) as here:
        workspace_of(here)
        for user in sorted(_users(here), key=lambda user: user.email):
            facts = {"email": user.email, "name": user.name, "role": user.role.value, "active": user.active}
            if options.json:
                print(json.dumps(facts, ensure_ascii=False))
            else:
                print(
                    f"{user.email:35} {user.role.value:11} {'' if user.active else 'disabled ':9}{user.name}"
                )
    return 0


def run_disable(options: argparse.Namespace) -> int:
    """Keep somebody out: their tokens are good no longer."""
    with opened(options) as here:
        user = _user(here, options.email)
        _save(here, replace(user, active=False))
        _accounts(here).sign_out_everywhere(user.id)
        here.database.peers.tell(Topic.SESSIONS, "")
    print(f"{user.email} is signed out everywhere and cannot sign in.")
    return 0


def run_enable(options: argparse.Namespace) -> int:
    """Let somebody in again."""
    with opened(options) as here:
        user = _user(here, options.email, active=False)
        _save(here, replace(user, active=True))
    print(f"{user.email} can sign in.")
    return 0


def run_invite(options: argparse.Namespace) -> int:
    """Print a link. Raises InputError when somebody new has no name, or a team is unknown."""
    if not 1 <= options.days <= LONGEST_INVITED:
        raise InputError(f"A link is good for 1 to {LONGEST_INVITED} days.")
    with opened(options) as here:
        workspace_of(here)
        email = options.email.strip()
        known = next(iter(_called(here, email, active=True)), None)
        if known is not None and not known.active:
            raise InputError(f"{email} is disabled. `user enable` lets them in again. Nothing was made.")
        if known is None:
            if not options.name.strip() or "@" not in email:
                raise InputError(f"Nobody has the address {email} yet. Say who it is: --name NAME.")
            teams = _teams(here, options.team)
            known = User(
                id=here.ids.new(), name=options.name, email=email, role=Role(options.role), team_ids=teams
            )
            _save(here, known)
        wanted = NewInvitation(user_id=known.id, days=options.days)
        _, token = here.backend.administration.invite(CONSOLE, wanted)
    base = options.public_url.rstrip("/") or "https://ADDRESS-OF-THE-SERVER"
    print(f"{base}/invite?token={token}")
    print(f"It works once, within {options.days} days, and cannot be shown again.", file=sys.stderr)
    return 0


def run_role(options: argparse.Namespace) -> int:
    """Give somebody another role. Raises InputError when there is none of this name."""
    with opened(options) as here:
        user = _user(here, options.email)
        if options.role in ROLES:
            changed = replace(user, role=Role(options.role), custom_role_id="")
        else:
            with here.database.read() as connection:
                own = SqlRows(connection, here.schema.tables).query(CustomRole)
            wanted = options.role.strip().casefold()
            role = next((role for role in own if role.active and role.name.casefold() == wanted), None)
            if role is None:
                raise InputError(
                    f"There is no role {options.role}. `role list` shows all. Nothing was changed."
                )
            changed = replace(user, custom_role_id=role.id)
        _save(here, changed)
        here.database.peers.tell(Topic.SESSIONS, "")
    print(f"{user.email} has the role {options.role}.")
    return 0


def run_totp(options: argparse.Namespace) -> int:
    """Take the second factor of somebody away."""
    with opened(options) as here:
        user = _user(here, options.email)
        if not _accounts(here).second_factors.reset(user.id, SERVER):
            raise InputError(f"{user.email} has no second factor. Nothing was changed.")
    print(f"{user.email} has no second factor any more.")
    return 0


def run_devices(options: argparse.Namespace) -> int:
    """Print the devices of somebody."""
    with opened(options) as here:
        user = _user(here, options.email)
        for device in devices_of(here.database, user.id, None, to_microseconds(here.clock.now())):
            if options.json:
                facts = {
                    **msgspec.structs.asdict(device),
                    "created_at": from_microseconds(device.created_at).isoformat(),
                    "seen_at": from_microseconds(device.seen_at).isoformat(),
                }
                del facts["this"]
                print(json.dumps(facts, ensure_ascii=False))
                continue
            waits = "" if device.pending is None else f"{device.pending:,} waiting"
            seen = from_microseconds(device.seen_at).strftime("%Y-%m-%d %H:%M")
            state = "signed in" if device.signed_in else "signed out"
            print(f"{device.id} {state:11} {seen} {device.version:8} {waits:12} {device.name} {device.os}")
    return 0


def run_sign_out(options: argparse.Namespace) -> int:
    """Sign somebody out."""
    with opened(options) as here:
        user, accounts = _user(here, options.email), _accounts(here)
        if not options.device:
            accounts.sign_out_everywhere(user.id)
        elif not accounts.revoke_device(user.id, options.device, by=SERVER):
            raise InputError(f"{user.email} has no such device. Nothing was changed.")
        here.database.peers.tell(Topic.SESSIONS, "")
    print(f"{user.email} is signed out{' of this device' if options.device else ' everywhere'}.")
    return 0


def read_password() -> str:
    """Ask for it twice at a terminal; else the first line of standard input. Raises InputError when both differ."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise InputError("The two were not the same. Nothing was changed.")
    return password


def _accounts(here: Opened) -> Accounts:
    return Accounts(here.database, here.schema, here.clock, here.ids)


def _users(here: Opened) -> list[User]:
    with here.database.read() as connection:
        return SqlRows(connection, here.schema.tables).query(User)


def _called(here: Opened, email: str, *, active: bool) -> list[User]:
    """Who has this address, which may go on to somebody else: first who may sign in, or with `active` False may not."""
    found = [user for user in _users(here) if compared(user.email) == compared(email)]
    return sorted(found, key=lambda user: user.active is not active)


def _user(here: Opened, email: str, *, active: bool = True) -> User:
    for user in _called(here, email, active=active):
        return user
    raise InputError(f"Nobody has the address {email.strip()}. `user list` shows everybody.")


def _teams(here: Opened, names: list[str]) -> tuple[str, ...]:
    with here.database.read() as connection:
        known = {team.name.lower(): team.id for team in SqlRows(connection, here.schema.tables).query(Team)}
    unknown = [name for name in names if name.lower() not in known]
    if unknown:
        raise InputError(f"There is no team {unknown[0]}. Nothing was changed.")
    return tuple(known[name.lower()] for name in names)


def _save(here: Opened, user: User) -> None:
    payload = SaveUser(
        user_id=user.id,
        name=user.name,
        email=user.email,
        role=user.role,
        team_ids=user.team_ids,
        signature=user.signature,
        active=user.active,
        custom_role_id=user.custom_role_id,
    )
    try:
        here.backend.store.commit([payload])
    except Rejected as error:
        taken = error.reason is Reason.EXISTS
        words = "Somebody else signs in with this address" if taken else "A user needs a name"
        raise InputError(f"{words}. Nothing was changed.", error.note) from error
