"""`agent-desktop-server team list|add|close|open`: where work goes."""

import argparse

from agent_desktop.cli.server.listing import add_ends, find, free_name, place, print_all, steps_of
from agent_desktop.cli.server.opening import opened, workspace_of
from agent_desktop.domain.operations.workspace import SaveTeam
from agent_desktop.domain.workspace import Team


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the commands."""
    steps = steps_of(commands, common, "team", "teams", run_list)
    add = steps.add_parser("add", parents=[common], help="add a team")
    add.add_argument("name")
    add.add_argument("--private", action="store_true", help="only its members see its conversations")
    add.set_defaults(run=run_add)
    add_ends(steps, common, "offer a team no more; it keeps what it has", run_close)


def run_list(options: argparse.Namespace) -> int:
    """Print all teams."""
    return print_all(options, Team, lambda team: place(team.name, team.private, team.active))


def run_add(options: argparse.Namespace) -> int:
    """Add a team. Raises InputError when there is one of this name."""
    with opened(options) as here:
        workspace_of(here)
        name = free_name(here, Team, options.name)
        here.backend.store.commit([SaveTeam(team_id=here.ids.new(), name=name, private=options.private)])
    print(f"The team {name} is made.")
    return 0


def run_close(options: argparse.Namespace) -> int:
    """Offer a team no more, or again."""
    opening = options.step == "open"
    with opened(options) as here:
        team = find(here, Team, options.name)
        here.backend.store.commit([SaveTeam(team_id=team.id, name=team.name, active=opening)])
    print(f"The team {team.name} is {'open' if opening else 'closed'}.")
    return 0
