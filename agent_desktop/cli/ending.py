"""How every program of ours ends: with an exit code, and an error in one sentence on standard error."""

import os
import sys
from collections.abc import Callable

from agent_desktop.domain.errors import AppError

FAILED = 1


def ended(run: Callable[[], int]) -> int:
    """Run a command; its exit code."""
    try:
        return run()
    except AppError as error:
        print(error.sentence, file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more can be written there, not even at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        print("Stopped. What was finished until then is kept.", file=sys.stderr)
        return FAILED
