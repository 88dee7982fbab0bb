"""Garbage is collected on the GUI thread alone, and what was there at the start is never looked through."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from ui.garbage_collector import GarbageCollector


@pytest.fixture
def collector(qtbot: QtBot) -> Iterator[GarbageCollector]:
    before = gc.get_threshold()
    yield GarbageCollector()
    gc.set_threshold(*before)  # what is frozen stays so: nearly all of it was before
    gc.enable()


class Ring:
    """Only a collector ends it."""

    def __init__(self) -> None:
        self.itself = self


def test_what_came_after_the_start_is_collected(collector: GarbageCollector, qtbot: QtBot) -> None:
    frozen = weakref.ref(Ring())
    assert not gc.isenabled()
    collector.begin()
    rings = [weakref.ref(Ring()) for _ in range(2_000)]
    qtbot.waitUntil(lambda: all(ring() is None for ring in rings))
    assert frozen() is not None
