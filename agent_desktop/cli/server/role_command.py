"""`agent-desktop-server role list|add|change|close|open`: roles of the workspace's own, and what each allows."""

import argparse
from collections.abc import Iterable

from agent_desktop.cli.server.listing import Facts, add_ends, find, free_name, print_all, steps_of
from agent_desktop.cli.server.opening import Opened, opened, workspace_of
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.operations.workspace import SaveRole
from agent_desktop.domain.permissions import BUILT_IN, GIVEN_ROLES, GRANTABLE
from agent_desktop.domain.workspace import CustomRole


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the commands."""
    steps = steps_of(commands, common, "role", "roles, and what each allows", run_list)
    add = steps.add_parser("add", parents=[common], help="add a role")
    add.add_argument("name")
    add.add_argument("--allow", action="append", default=[], metavar="PERMISSION", help=_SEVERAL)
    add.set_defaults(run=run_add)
    change = steps.add_parser("change", parents=[common], help="change what a role allows, or its name")
    change.add_argument("name")
    change.add_argument("--rename", metavar="NAME")
    change.add_argument("--allow", action="append", default=[], metavar="PERMISSION", help=_SEVERAL)
    change.add_argument("--forbid", action="append", default=[], metavar="PERMISSION", help=_SEVERAL)
    change.set_defaults(run=run_change)
    add_ends(steps, common, "have a role allow nothing any more; who has it keeps its name", run_close)


_SEVERAL = "may be given several times; `role list` shows all there are with the role admin"


def run_list(options: argparse.Namespace) -> int:
    """Print all roles."""
    built_in: list[Facts] = [
        {"name": role.value, "permissions": sorted(BUILT_IN[role])} for role in sorted(GIVEN_ROLES)
    ]
    return print_all(
        options,
        CustomRole,
        lambda role: {"name": role.name, "permissions": list(role.permissions), "active": role.active},
        built_in,
    )


def run_add(options: argparse.Namespace) -> int:
    """Add a role. Raises InputError when there is one of this name, or no such permission."""
    with opened(options) as here:
        workspace_of(here)
        name = _free_name(here, options.name)
        allowed = _permissions(options.allow)
        here.backend.store.commit(
            [SaveRole(role_id=here.ids.new(), name=name, permissions=tuple(sorted(allowed)))]
        )
    print(f"The role {name} is made.")
    return 0


def run_change(options: argparse.Namespace) -> int:
    """Change a role. Raises InputError as `run_add` does."""
    with opened(options) as here:
        role = find(here, CustomRole, options.name)
        name = role.name if options.rename is None else _free_name(here, options.rename, role)
        allowed = (set(role.permissions) | _permissions(options.allow)) - _permissions(options.forbid)
        _save(here, role, name, allowed, role.active)
    print(f"The role {name} is changed.")
    return 0


def run_close(options: argparse.Namespace) -> int:
    """Have a role allow nothing any more, or what it did."""
    opening = options.step == "open"
    with opened(options) as here:
        role = find(here, CustomRole, options.name)
        _save(here, role, role.name, role.permissions, opening)
    print(f"The role {role.name} is {'open' if opening else 'closed'}.")
    return 0


def _save(here: Opened, role: CustomRole, name: str, permissions: Iterable[str], active: bool) -> None:
    known = GRANTABLE.intersection(permissions)
    payload = SaveRole(role_id=role.id, name=name, permissions=tuple(sorted(known)), active=active)
    here.backend.store.commit([payload])


def _free_name(here: Opened, name: str, but: CustomRole | None = None) -> str:
    if name.strip().casefold() in BUILT_IN:
        raise InputError(f"There is a role {name.strip()} already, which every workspace has.")
    return free_name(here, CustomRole, name, but)


def _permissions(names: Iterable[str]) -> set[str]:
    wanted = {name.strip() for name in names}
    unknown = sorted(wanted - {permission.value for permission in GRANTABLE})
    if unknown:
        raise InputError(
            f"There is no permission {', '.join(unknown)}. `role list` shows all with the role admin."
        )
    return wanted
