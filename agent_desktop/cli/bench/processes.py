"""Starts a window in a process of its own and reads from it when it was painted and what memory it took."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass

from agent_desktop.cli.bench import child
from agent_desktop.cli.bench.paint_watch import PAINTED, USABLE
from agent_desktop.domain.errors import InputError
from agent_desktop.profile import Profile

_PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Started:
    """How long a process took until its window was painted, and until all of it was there, and its memory then."""

    milliseconds: float
    megabytes: float
    usable_milliseconds: float


def start(profile: Profile | None, settles_in: float) -> Started:
    """Start the program with a profile, or a bare window without one; it ends so many seconds after it was painted.

    Raises InputError when it shows no window.
    """
    wait = str(round(settles_in * 1_000))
    command = [sys.executable, "-m", child.__name__, wait, *([str(profile.folder)] if profile else [])]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    # An installed program has its bytecode, so this one may keep it, too.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        said: dict[str, float] = {}
        for line in process.stdout:
            said[line.strip()] = (time.perf_counter() - started) * 1_000
        process.wait(timeout=_PATIENCE_SECONDS)
    memory = next((int(words) for words in said if words.isdecimal()), 0)
    if PAINTED not in said or not memory:
        raise InputError("The window could not be shown, so its start was not measured.")
    return Started(said[PAINTED], memory / 1_048_576, said.get(USABLE, 0.0))
