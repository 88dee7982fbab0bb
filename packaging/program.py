"""Where the installed program begins; from a checkout it is `agent_desktop.__main__` itself."""

import multiprocessing
import os
import sys

_SEARCHED, _BEFORE = "LD_LIBRARY_PATH", "LD_LIBRARY_PATH_ORIG"


def leave_others_their_libraries() -> None:
    """Have programs that are started from here, such as the browser, load their own libraries.

    On Linux the program's own stand in front of them, in a variable that this process has read already. Our workers
    are given it anew.
    """
    before = os.environ.pop(_BEFORE, None)
    os.environ.pop(_SEARCHED, None)
    if before is not None:
        os.environ[_SEARCHED] = before


if __name__ == "__main__":
    # A worker is this very program, started again: it becomes one here, before anything reads the command line.
    multiprocessing.freeze_support()
    if sys.platform == "linux":
        leave_others_their_libraries()
    from agent_desktop.__main__ import main

    sys.exit(main())
