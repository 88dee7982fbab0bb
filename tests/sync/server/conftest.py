"""The server is tested on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.cluster import Cluster
from tests.sync.files import TEMPLATES
from tests.sync.server.mailroom import Mailroom
from tests.sync.server.office import Office
from tests.sync.server.post import Post


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cluster]:
    """A server with a small workspace, and nobody yet."""
    address = request.getfixturevalue("postgres") if request.param == "postgresql" else ""
    cluster = Cluster(tmp_path, address=address)
    yield cluster
    cluster.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """Accounts with nobody signed in."""
    if request.param == "sqlite":
        office = Office(TEMPLATES.server(tmp_path / "server.db"))
    else:
        office = Office(TEMPLATES.postgres(request.getfixturevalue("postgres")))
    yield office
    office.database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Post]:
    """A server that sends through a provider of the test's."""
    on_postgresql = request.param == "postgresql"
    post = Post(request.getfixturevalue("postgres") if on_postgresql else tmp_path / "server.db")
    yield post
    post.server.stop()


@pytest.fixture
def sqlite_mailroom(tmp_path: Path) -> Iterator[Mailroom]:
    """A server that receives mail, in one file."""
    room = Mailroom(TEMPLATES.server(tmp_path / "server.db"), tmp_path)
    yield room
    room.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def mailroom(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mailroom]:
    """A server that receives mail."""
    if request.param == "sqlite":
        room = Mailroom(TEMPLATES.server(tmp_path / "server.db"), tmp_path)
    else:
        room = Mailroom(TEMPLATES.postgres(request.getfixturevalue("postgres")), tmp_path)
    yield room
    room.close()
