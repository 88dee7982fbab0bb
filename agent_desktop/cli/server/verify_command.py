"""`agent-desktop-server verify`: looks whether everything that must agree agrees."""

import argparse

from agent_desktop.cli.ending import FAILED
from agent_desktop.cli.server.opening import add_files, opened
from sync.server.blobs import Uploads
from sync.server.limits import Limits
from sync.server.verify import verify


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser("verify", parents=[common], help="look whether the workspace is whole")
    add_files(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print a line per check; 1 when something is wrong."""
    wrong = 0
    files = Uploads(options.blobs, Limits().blob) if options.blobs is not None else None
    with opened(options) as here:
        for check in verify(here.database, here.schema, files):
            print(f"{'ok  ' if not check.wrong else 'FAIL'} {check.title}")
            for sentence in check.wrong:
                print(f"     {sentence}")
            wrong += len(check.wrong)
    return FAILED if wrong else 0
