"""`agent-desktop-server user add|password|list|disable|enable`: who may sign in.

Passwords never come from the command line, which everybody on the computer may read.
"""

import argparse
import getpass
import json
import sys
from dataclasses import replace

from agent_desktop.cli.server.opening import Opened, opened, workspace_of
from agent_desktop.domain.errors import InputError, Rejected
from agent_desktop.domain.operations.workspace import SaveUser
from agent_desktop.domain.permissions import GIVEN_ROLES
from agent_desktop.domain.workspace import Role, Team, User
from agent_desktop.store.rows import SqlRows
from sync.server.accounts import Accounts
from sync.server.database import Topic

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
        password = read_password()
        user_id = here.ids.new()
        accounts = _accounts(here)
        accounts.check_password(password)
        _save(
            here,
            User(id=user_id, name=options.name, email=email, role=Role(options.role), team_ids=teams),
        )
        accounts.set_password(user_id, password)
    print(f"{email} can sign in.")
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
        user = _user(here, options.email)
        _save(here, replace(user, active=True))
    print(f"{user.email} can sign in.")
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


def _user(here: Opened, email: str) -> User:
    for user in _users(here):
        if user.email.lower() == email.strip().lower():
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
    )
    try:
        here.backend.store.commit([payload])
    except Rejected as error:
        raise InputError("A user needs a name. Nothing was changed.", error.note) from error
