"""Where the installed program begins; from a checkout it is `agent_desktop.__main__` itself."""

import multiprocessing
import sys

if __name__ == "__main__":
    # A worker is this very program, started again: it becomes one here, before anything reads the command line.
    multiprocessing.freeze_support()
    from agent_desktop.__main__ import main

    sys.exit(main())
