"""What the commands of teams, channels and roles share: finding one by its name, and printing all."""

import argparse
import json
from collections.abc import Callable, Iterable
from typing import TypeVar

from agent_desktop.cli.server.opening import Opened, opened, workspace_of
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.rows import E
from agent_desktop.domain.workspace import Channel, CustomRole, Team
from agent_desktop.store.rows import SqlRows

Facts = dict[str, object]
Named = TypeVar("Named", Team, Channel, CustomRole)


def steps_of(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    common: argparse.ArgumentParser,
    name: str,
    words: str,
    run_list: Callable[[argparse.Namespace], int],
) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    """A command whose first step is to list."""
    steps = commands.add_parser(name, help=words).add_subparsers(dest="step", metavar="STEP", required=True)
    listed = steps.add_parser("list", parents=[common], help=f"all {words}")
    listed.add_argument("--json", action="store_true", help="one JSON object a line")
    listed.set_defaults(run=run_list)
    return steps


def add_ends(
    steps: "argparse._SubParsersAction[argparse.ArgumentParser]",
    common: argparse.ArgumentParser,
    closing: str,
    run: Callable[[argparse.Namespace], int],
) -> None:
    """The steps that take something out of use, and back."""
    for step, words in (("close", closing), ("open", "offer it again")):
        parser = steps.add_parser(step, parents=[common], help=words)
        parser.add_argument("name")
        parser.set_defaults(run=run)


def all_of(here: Opened, entity: type[E]) -> list[E]:
    """All rows."""
    with here.database.read() as connection:
        return SqlRows(connection, here.schema.tables).query(entity)


def find(here: Opened, entity: type[Named], name: str) -> Named:
    """The one of this name. Raises InputError when there is none, or several have it."""
    wanted, what = name.strip().casefold(), _word(entity)
    found = [row for row in all_of(here, entity) if row.name.casefold() == wanted]
    if not found:
        raise InputError(f"There is no {what} {name}. `{what} list` shows all.")
    if len(found) > 1:
        raise InputError(
            f"Several have the name {name}. Rename one in the window first. Nothing was changed."
        )
    return found[0]


def free_name(here: Opened, entity: type[Named], name: str, but: Named | None = None) -> str:
    """A name that none has but `but`. Raises InputError."""
    name = name.strip()
    others = (row for row in all_of(here, entity) if but is None or row.id != but.id)
    if not name or any(row.name.casefold() == name.casefold() for row in others):
        raise InputError(
            f"There is a {_word(entity)} {name} already, or it has no name. Nothing was changed."
        )
    return name


def place(name: str, private: bool, active: bool) -> Facts:
    """What is printed of a team or channel."""
    return {"name": name, "private": private, "active": active}


def print_all(
    options: argparse.Namespace, entity: type[E], facts_of: Callable[[E], Facts], before: Iterable[Facts] = ()
) -> int:
    """Print all, by name."""
    with opened(options) as here:
        workspace_of(here)
        rows = [*before, *sorted(map(facts_of, all_of(here, entity)), key=lambda facts: str(facts["name"]))]
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


def _word(entity: type[Named]) -> str:
    return {Team: "team", Channel: "channel", CustomRole: "role"}[entity]
