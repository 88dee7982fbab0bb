"""The program `agent-desktop`: reads the command line and starts what was asked for."""

import argparse
import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from agent_desktop import logs
from agent_desktop.cli import streams
from agent_desktop.cli.ending import ended

COMMANDS = (
    "open", "connect", "demo", "import", "export", "takeover", "renew", "search", "shots", "doctor", "bench",
)  # fmt: skip
"""Each is a module `agent_desktop.cli.NAME_command`."""
OPEN = COMMANDS[0]


def parser(names: Sequence[str] = COMMANDS) -> argparse.ArgumentParser:
    """The command line with these commands: all of them take longer to load than a window takes to open."""
    result = argparse.ArgumentParser(
        prog="agent-desktop", description="The workstation for customer service."
    )
    common = argparse.ArgumentParser(add_help=False)
    where = common.add_mutually_exclusive_group()
    where.add_argument("--profile", type=Path, metavar="DIR", help="the folder of the profile to use")
    where.add_argument("--temp-profile", action="store_true", help="use a profile that is removed at the end")
    commands = result.add_subparsers(dest="command", metavar="COMMAND")
    for name in names:
        import_module(f"agent_desktop.cli.{name}_command").add_to(commands, common)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code: 0, 1 (failed) or 2 (usage). Errors are one sentence on standard error."""
    streams.set_up()
    logs.set_up()
    given = list(sys.argv[1:] if arguments is None else arguments)
    named = [name for name in COMMANDS if name in given]
    if not named and not {"-h", "--help"} & set(given):
        named = [OPEN]
        given = [OPEN, *given]
    if named == [OPEN]:
        gc.disable()  # what is loaded for the window stays; `GarbageCollector` collects once that is there
    options = parser(named or COMMANDS).parse_args(given)
    return ended(lambda: int(options.run(options)))


if __name__ == "__main__":
    sys.exit(main())
