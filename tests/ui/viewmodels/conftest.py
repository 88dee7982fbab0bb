"""A conversation for view-models."""

import pytest

from tests.ui.amelia import Amelia
from tests.ui.conftest import Room


@pytest.fixture
def amelia(room: Room) -> Amelia:
    """A customer who has written by e-mail."""
    return Amelia(room.world)
