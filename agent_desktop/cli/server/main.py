"""The program `agent-desktop-server`: reads the command line and starts what was asked for."""

import argparse
import logging
import sys
from collections.abc import Sequence

from agent_desktop.cli.ending import ended
from agent_desktop.cli.server import (
    backup_command,
    migrate_command,
    openapi_command,
    seed_command,
    serve_command,
    user_command,
    verify_command,
    workspace_command,
)
from agent_desktop.cli.server.opening import add_database

COMMANDS = (
    serve_command,
    migrate_command,
    workspace_command,
    user_command,
    seed_command,
    backup_command,
    verify_command,
    openapi_command,
)
"""In the order of the help. Each adds itself to the command line."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog="agent-desktop-server", description="The server of a team that works with Agent Desktop."
    )
    common = argparse.ArgumentParser(add_help=False)
    add_database(common)
    commands = result.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(commands, common)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code: 0, 1 (failed) or 2 (usage). Errors are one sentence on standard error."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    options = parser().parse_args(arguments)
    return ended(lambda: int(options.run(options)))


if __name__ == "__main__":
    sys.exit(main())
