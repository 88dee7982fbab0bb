"""Runs the simulation from the command line."""

import sys

from tests.simulation import main

sys.exit(main())
