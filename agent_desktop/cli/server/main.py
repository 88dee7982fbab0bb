"""The program `agent-desktop-server`: reads the command line and starts what was asked for."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module

from agent_desktop import logs
from agent_desktop.cli import streams
from agent_desktop.cli.ending import ended
from agent_desktop.cli.server.opening import add_database

COMMANDS = {
    "serve": "serve_command",
    "migrate": "migrate_command",
    "workspace": "workspace_command",
    "user": "user_command",
    "team": "team_command",
    "channel": "channel_command",
    "role": "role_command",
    "device": "device_command",
    "audit": "audit_command",
    "customer": "customer_command",
    "retention": "customer_command",
    "mail": "mail_command",
    "held": "held_command",
    "receive": "receive_command",
    "seed": "seed_command",
    "backup": "backup_command",
    "restore": "backup_command",
    "verify": "verify_command",
    "openapi": "openapi_command",
}
"""The module of each command, in the order of the help."""


def parser(names: Iterable[str] = COMMANDS) -> argparse.ArgumentParser:
    """The command line with these commands: all of them take longer to load than most take to run."""
    result = argparse.ArgumentParser(
        prog="agent-desktop-server", description="The server of a team that works with Agent Desktop."
    )
    common = argparse.ArgumentParser(add_help=False)
    add_database(common)
    commands = result.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in dict.fromkeys(COMMANDS[name] for name in names):
        import_module(f"agent_desktop.cli.server.{module}").add_to(commands, common)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code: 0, 1 (failed) or 2 (usage). Errors are one sentence on standard error."""
    streams.set_up()
    logs.set_up()
    given = list(sys.argv[1:] if arguments is None else arguments)
    named = [name for name in COMMANDS if name in given]
    options = parser(named or COMMANDS).parse_args(given)
    return ended(lambda: int(options.run(options)))


if __name__ == "__main__":
    sys.exit(main())
