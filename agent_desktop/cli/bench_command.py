"""`agent-desktop bench`: measures the program against limits and peers, each figure in one run."""

import argparse
import json
import sys
import time

from agent_desktop.domain.errors import InputError

NAME = "bench"
CONVERSATIONS = 20_000
_EVERY_SECONDS = 1.0


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser(NAME, parents=[common], help="measure the program against its limits")
    parser.add_argument("names", nargs="*", metavar="NAME", help="the figures to measure (all)")
    parser.add_argument("--json", action="store_true", help="print one JSON object for each figure")
    parser.add_argument(
        "--conversations",
        type=int,
        default=CONVERSATIONS,
        metavar="N",
        help=f"size of the workspace to measure on ({CONVERSATIONS:,}); it is made once and kept in the cache folder",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measure and print, a figure at a time. Raises InputError for a name that is none of a figure."""
    if getattr(
        sys, "frozen", False
    ):  # it starts modules of the checkout, which an installed program does not have
        raise InputError("Benchmarks are run from a checkout: python tasks.py bench.")
    # Only this command needs all of the program, Qt included; the others start without.
    from agent_desktop.cli.bench.figure import as_plain, as_text
    from agent_desktop.cli.bench.figures import FIGURES
    from agent_desktop.cli.bench.workspace import chosen_workspace

    known = {figure.name: figure for figure in FIGURES}
    for name in options.names:
        if name not in known:
            raise InputError(f"There is no figure “{name}”. There are: {', '.join(known)}.")
    with chosen_workspace(options, _Progress()) as workspace:
        for name in options.names or known:
            figure = known[name]
            reading = figure.measure(workspace)
            print(
                json.dumps(as_plain(figure, reading)) if options.json else as_text(figure, reading),
                flush=True,
            )
    return 0


class _Progress:
    """Says on standard error how far the making of the workspace is, about once a second."""

    def __init__(self) -> None:
        self._said_at = 0.0

    def __call__(self, words: str) -> None:
        now = time.monotonic()
        if now - self._said_at >= _EVERY_SECONDS:
            self._said_at = now
            print(words, file=sys.stderr, flush=True)
