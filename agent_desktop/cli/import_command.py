"""`agent-desktop import PATH...`: brings in mail, conversations, customers, articles and canned responses."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from agent_desktop.cli.profiles import opened_desk
from agent_desktop.services.importing import Importer, ImportReport, ItemKind, Progress
from agent_desktop.services.importing.report import WORDS

NAME = "import"
MOST_SHOWN = 20
_MINUTE = 60


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        NAME,
        parents=[common],
        help="bring in mail, conversations, customers, articles and canned responses",
        description="Imports mbox files, Maildirs, .eml files, JSON lines of conversations, CSV of customers, Markdown "
        "of articles, JSON of canned responses, and folders of these. Importing the same again adds nothing.",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file or a folder")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be imported")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Import, then print what was added and what was left out."""
    line = _ProgressLine()
    with opened_desk(options) as desk:
        importer = Importer(desk, desk.sync.exchange)
        report = importer.run(options.paths, dry_run=options.dry_run, progress=line.show)
        line.clear()
    if options.json:
        print(json.dumps(_as_json(report), ensure_ascii=False))
    else:
        _print(report)
    return 0


class _ProgressLine:
    """One line on a terminal that says how far it is."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._length = 0

    def show(self, progress: Progress) -> None:
        """Write the line anew."""
        if self._is_terminal:
            text = _words(progress)[:118]
            print(f"\r{text:<{self._length}}", end="", file=sys.stderr, flush=True)
            self._length = len(text)

    def clear(self) -> None:
        """Remove the line."""
        if self._length:
            print(f"\r{'':<{self._length}}\r", end="", file=sys.stderr, flush=True)


def _words(progress: Progress) -> str:
    share = 100 * progress.done_bytes // progress.total_bytes
    words = f"{share:3d} %  {progress.stage} {progress.source}: {progress.added:,} added"
    if progress.already_there:
        words += f", {progress.already_there:,} already there"
    if progress.skipped:
        words += f", {progress.skipped:,} left out"
    if progress.remaining_seconds is not None:
        words += f", {_duration(progress.remaining_seconds)} left"
    return words


def _duration(seconds: float) -> str:
    minutes = int(seconds) // _MINUTE
    return f"about {minutes} min" if minutes else f"{int(seconds)} s"


def _counted(counts: Counter[ItemKind]) -> str:
    parts = [f"{counts[kind]:,} {words[counts[kind] != 1]}" for kind, words in WORDS.items() if counts[kind]]
    return ", ".join(parts) or "nothing"


def _print(report: ImportReport) -> None:
    print(f"{'Would add' if report.dry_run else 'Added'}: {_counted(report.added)}.")
    if report.already_there:
        print(f"Already there: {_counted(report.already_there)}.")
    if report.skipped_count:
        print(f"Left out: {report.skipped_count:,}.")
    for item in report.skipped[:MOST_SHOWN]:
        place = f"{item.source}, {item.position}" if item.position else item.source
        print(f"  {place}: {item.sentence}")
    if report.skipped_count > MOST_SHOWN:
        print(f"  … and {report.skipped_count - MOST_SHOWN:,} more (--json lists them).")


def _as_json(report: ImportReport) -> dict[str, object]:
    return {
        "dry_run": report.dry_run,
        "added": {kind.value: count for kind, count in report.added.items() if count},
        "already_there": {kind.value: count for kind, count in report.already_there.items() if count},
        "skipped_count": report.skipped_count,
        "skipped": [
            {"source": item.source, "position": item.position, "sentence": item.sentence}
            for item in report.skipped
        ],
    }
