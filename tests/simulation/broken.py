"""All mistakes by name."""

from collections.abc import Mapping

from tests.simulation.broken_client import BROKEN_CLIENTS
from tests.simulation.broken_server import BROKEN_SERVERS
from tests.simulation.parts import Parts

BROKEN: Mapping[str, Parts] = {**BROKEN_CLIENTS, **BROKEN_SERVERS}
"""What a world is built of with one mistake in it."""
