"""`agent-desktop-server migrate`: brings the tables up to this program; every other command does so, too."""

import argparse

from agent_desktop.cli.server.opening import opened


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser("migrate", parents=[common], help="make or upgrade the tables")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Open the database, which does it."""
    with opened(options) as here:
        print(f"The tables are those of schema {here.schema.version().number}.")
    return 0
