"""`agent-desktop-server backup|restore FILE`: the workspace as one file, and back."""

import argparse
from pathlib import Path

from agent_desktop.cli.server.opening import opened, workspace_of
from agent_desktop.domain.audit import AuditAction
from sync.server.backup import back_up, restore


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe both commands."""
    out = commands.add_parser("backup", parents=[common], help="write the workspace into a new file")
    out.add_argument("file", type=Path, metavar="FILE")
    out.set_defaults(run=run_backup)
    back = commands.add_parser("restore", parents=[common], help="fill an empty database from a backup")
    back.add_argument("file", type=Path, metavar="FILE")
    back.set_defaults(run=run_restore)


def run_backup(options: argparse.Namespace) -> int:
    """Write it."""
    with opened(options) as here:
        name = workspace_of(here).name
        here.tell(AuditAction.BACKED_UP)
        rows = back_up(here.database, here.schema, options.file)
    print(f"{rows:,} rows of {name} are in {options.file}. Copy the folder of attachments now, too.")
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """Fill the database."""
    with opened(options) as here:
        rows = restore(here.database, here.schema, here.clock, here.ids, options.file)
        here.tell(AuditAction.RESTORED)
        name = workspace_of(here).name
    print(f"{rows:,} rows of {name} are back. Clients hand over again what the backup does not have.")
    return 0
