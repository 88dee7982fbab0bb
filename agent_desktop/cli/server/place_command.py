"""`agent-desktop-server team|channel|role list`, `team add|close|open`: where work goes, and who may do what."""

import argparse
import json
from collections.abc import Callable, Iterable

from agent_desktop.cli.server.opening import Opened, opened, workspace_of
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.operations.workspace import SaveTeam
from agent_desktop.domain.permissions import BUILT_IN, GIVEN_ROLES
from agent_desktop.domain.rows import E
from agent_desktop.domain.workspace import Channel, CustomRole, Team
from agent_desktop.store.rows import SqlRows

Facts = dict[str, object]


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the commands."""
    for name, words, run in (
        ("team", "teams", run_teams),
        ("channel", "channels", run_channels),
        ("role", "roles, and what each allows", run_roles),
    ):
        parser = commands.add_parser(name, help=words)
        steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
        listed = steps.add_parser("list", parents=[common], help=f"all {words}")
        listed.add_argument("--json", action="store_true", help="one JSON object a line")
        listed.set_defaults(run=run)
        if name == "team":
            _add_team_steps(steps, common)


def _add_team_steps(
    steps: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    add = steps.add_parser("add", parents=[common], help="add a team")
    add.add_argument("name")
    add.add_argument("--private", action="store_true", help="only its members see its conversations")
    add.set_defaults(run=run_add)
    for step, words in (("close", "offer a team no more; it keeps what it has"), ("open", "offer it again")):
        parser = steps.add_parser(step, parents=[common], help=words)
        parser.add_argument("name")
        parser.set_defaults(run=run_close)


def run_teams(options: argparse.Namespace) -> int:
    """Print all teams."""
    return _print(options, Team, lambda team: _place(team.name, team.private, team.active))


def run_channels(options: argparse.Namespace) -> int:
    """Print all channels."""
    return _print(
        options,
        Channel,
        lambda channel: {
            **_place(channel.name, channel.private, channel.active),
            "kind": channel.kind.value,
            "address": channel.address,
        },
    )


def run_roles(options: argparse.Namespace) -> int:
    """Print all roles."""
    built_in: list[Facts] = [
        {"name": role.value, "permissions": sorted(BUILT_IN[role])} for role in sorted(GIVEN_ROLES)
    ]
    return _print(
        options,
        CustomRole,
        lambda role: {"name": role.name, "permissions": list(role.permissions), "active": role.active},
        built_in,
    )


def run_add(options: argparse.Namespace) -> int:
    """Add a team. Raises InputError when there is one of this name."""
    name = options.name.strip()
    with opened(options) as here:
        workspace_of(here)
        if not name or any(team.name.casefold() == name.casefold() for team in _all(here, Team)):
            raise InputError(f"There is a team {name} already, or it has no name. Nothing was changed.")
        here.backend.store.commit([SaveTeam(team_id=here.ids.new(), name=name, private=options.private)])
    print(f"The team {name} is made.")
    return 0


def run_close(options: argparse.Namespace) -> int:
    """Offer a team no more, or again."""
    opening = options.step == "open"
    with opened(options) as here:
        wanted = options.name.strip().casefold()
        team = next((team for team in _all(here, Team) if team.name.casefold() == wanted), None)
        if team is None:
            raise InputError(f"There is no team {options.name}. `team list` shows all.")
        here.backend.store.commit([SaveTeam(team_id=team.id, name=team.name, active=opening)])
    print(f"The team {team.name} is {'open' if opening else 'closed'}.")
    return 0


def _place(name: str, private: bool, active: bool) -> Facts:
    return {"name": name, "private": private, "active": active}


def _all(here: Opened, entity: type[E]) -> list[E]:
    with here.database.read() as connection:
        return SqlRows(connection, here.schema.tables).query(entity)


def _print(
    options: argparse.Namespace, entity: type[E], facts_of: Callable[[E], Facts], before: Iterable[Facts] = ()
) -> int:
    with opened(options) as here:
        workspace_of(here)
        rows = [*before, *sorted(map(facts_of, _all(here, entity)), key=lambda facts: str(facts["name"]))]
    for facts in rows:
        if options.json:
            print(json.dumps(facts, ensure_ascii=False))
            continue
        words = [str(facts.get("kind", "")), str(facts.get("address", ""))]
        words += ["private" if facts.get("private") else "", "" if facts.get("active", True) else "closed"]
        permissions = facts.get("permissions")
        if isinstance(permissions, list):
            words.append(", ".join(map(str, permissions)))
        print(f"{facts['name']!s:25} {' '.join(filter(None, words))}".rstrip())
    return 0
