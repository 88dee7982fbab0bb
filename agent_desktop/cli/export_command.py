"""`agent-desktop export PATH`: writes everything in scope as JSON lines, one SQLite file, or a folder."""

import argparse
import sys
from pathlib import Path

from agent_desktop.cli.profiles import bring_up_to_date, opened_desk
from agent_desktop.services.exporting import FORMATS, Exporter, ExportProgress

NAME = "export"


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser(NAME, parents=[common], help="write everything to a file or folder")
    parser.add_argument("path", type=Path, metavar="PATH", help=FORMATS)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Export, then print what was written."""
    with opened_desk(options) as desk:
        report = Exporter(desk).run(
            options.path, progress=_show if sys.stderr.isatty() else lambda progress: None
        )
        bring_up_to_date(desk)  # the audit log hears of it now, or at the next contact
    counts = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in report.written.items())
    print(f"Wrote {report.path}: {counts or 'nothing'}.")
    if report.missing_files:
        print(f"{report.missing_files:,} files are not on this device, so their content is not in it.")
    return 0


def _show(progress: ExportProgress) -> None:
    share = 100 * progress.done // max(1, progress.total)
    print(f"\r{share:3d} %  {progress.done:,} of {progress.total:,}", end="\r", file=sys.stderr, flush=True)
