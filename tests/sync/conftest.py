"""A server and two clients on real files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import ADMIN, ANNA
from tests.sync.cluster import Client, Cluster


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A server with a small workspace, and nobody yet."""
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.close()


@pytest.fixture
def anna(cluster: Cluster) -> Client:
    """Anna's computer, in step with the server."""
    client = cluster.add_client(ANNA)
    assert client.exchange()
    return client


@pytest.fixture
def ada(cluster: Cluster) -> Client:
    """The administrator's computer, in step with the server."""
    client = cluster.add_client(ADMIN)
    assert client.exchange()
    return client
