"""The server is tested on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.cluster import Cluster


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cluster]:
    """A server with a small workspace, and nobody yet."""
    address = request.getfixturevalue("postgres") if request.param == "postgresql" else ""
    cluster = Cluster(tmp_path, address=address)
    yield cluster
    cluster.close()
