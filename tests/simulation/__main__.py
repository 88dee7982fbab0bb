"""Runs the simulation from the command line."""

import sys

from tests.simulation.command import main

sys.exit(main())
