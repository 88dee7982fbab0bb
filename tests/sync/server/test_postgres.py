"""What only PostgreSQL does: its guard of versions, signals between processes, and going on after it was away."""

import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.operations.conversation import ChangeTags
from sync.server import stream
from sync.server.backend import Backend
from sync.server.database import ServerDatabase, Topic
from sync.server.opening import open_database
from sync.server.schema import ServerSchema
from tests.factories import make_conversation
from tests.postgres import PostgresServer
from tests.sync.cluster import Cluster
from tests.sync.files import TEMPLATES
from tests.sync.server.team import running

pytestmark = pytest.mark.peer
SCHEMA = TEMPLATES.server_schema
TAG = ChangeTags(conversation_id=make_conversation().id, add=("vip",))


@pytest.fixture
def database(postgres: str) -> Iterator[ServerDatabase]:
    database = TEMPLATES.postgres(postgres)
    yield database
    database.close()


@pytest.fixture
def other(postgres: str, database: ServerDatabase) -> Iterator[ServerDatabase]:
    """The same workspace as another process has it."""
    other = open_database(postgres, SCHEMA)
    yield other
    other.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE \"user\" SET name = 'Eve'",
        "UPDATE conversation SET ver = ver + 1",
        "DELETE FROM conversation",
        "INSERT INTO tag (id, ver, scope, name) VALUES ('1', 2, 'w', 'vip')",
    ],
)
def test_rows_change_only_with_the_version_of_their_transaction(
    database: ServerDatabase, statement: str
) -> None:
    with pytest.raises(psycopg.Error, match="taken its version"), database.write() as connection:
        connection.execute(statement)
    # What one transaction was allowed holds for no other on the same connection.
    with database.write() as connection:
        database.begin_version(connection, "2")
        connection.execute("INSERT INTO tag (id, ver, scope, name) VALUES ('2', 2, 'w', 'gold')")
    with pytest.raises(psycopg.Error, match="taken its version"), database.write() as connection:
        connection.execute(statement)


def test_an_error_that_was_passed_over_is_not_taken_for_a_commit(database: ServerDatabase) -> None:
    def passes_over() -> None:
        with database.write() as connection:
            connection.execute("UPDATE head SET version = 7")
            with suppress(psycopg.Error):
                connection.execute("SELECT 1 / 0")

    with pytest.raises(RuntimeError):
        passes_over()
    with database.read() as connection:
        assert connection.execute("SELECT version FROM head").fetchone() == (1,)


def test_tables_are_made_once_by_whoever_is_first(empty_postgres: str) -> None:
    opened: list[ServerDatabase] = []
    threads = [
        threading.Thread(target=lambda: opened.append(open_database(empty_postgres, ServerSchema())))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4
    for database in opened:
        database.close()


def test_tables_of_a_newer_program_are_left_alone(postgres: str, database: ServerDatabase) -> None:
    with database.write() as connection:
        connection.execute("UPDATE schema_version SET number = 999, oldest_compatible = 998")
    with pytest.raises(StoreError, match="newer version"):
        open_database(postgres, SCHEMA)


def test_processes_hear_each_other_and_not_themselves(
    database: ServerDatabase, other: ServerDatabase
) -> None:
    heard: list[str] = []
    listening, done = threading.Event(), threading.Event()

    def hear(text: str) -> None:
        heard.append(text)
        if text == "end":
            done.set()

    other.peers.hear(Topic.COMMIT, lambda version: listening.set())
    other.peers.hear(Topic.PRESENCE, hear)
    assert listening.wait(30)
    other.peers.tell(Topic.PRESENCE, "own")
    database.peers.tell(Topic.PRESENCE, "somebody types")
    with database.write() as connection:
        database.peers.tell(Topic.PRESENCE, "with a commit", connection)
        database.peers.tell(Topic.SESSIONS, "for others")
    database.peers.tell(Topic.PRESENCE, "end")
    assert done.wait(30)
    assert heard == ["somebody types", "with a commit", "end"]


def test_what_another_process_commits_is_streamed_as_soon_as_it_is_told(
    database: ServerDatabase, other: ServerDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LOOK_SECONDS", 3_600)  # nobody looks by themselves
    monkeypatch.setattr(stream, "PING_SECONDS", 3_600)  # so that waiting in vain ends
    with running(other, tmp_path / "blobs") as team:
        listener = team.client().listen(team.backend.hello().head)
        Backend(database, team.schema, team.clock, team.ids).store.commit([TAG])
        assert listener.next()[0] == "delta"
        listener.close()


def test_it_goes_on_after_postgresql_was_away(
    postgres_server: PostgresServer, postgres: str, tmp_path: object
) -> None:
    cluster = Cluster(tmp_path, address=postgres)  # type: ignore[arg-type]  # a path
    heard = [threading.Event(), threading.Event()]
    versions: list[int] = []

    def hear(version: str) -> None:
        versions.append(int(version))
        heard[len(versions) > 1].set()

    cluster.database.peers.hear(Topic.COMMIT, hear)
    assert heard[0].wait(30)
    assert cluster.commit(TAG)
    postgres_server.stop(signal.SIGQUIT)
    try:
        with pytest.raises(StoreError, match="cannot be reached"):
            cluster.backend.hello()
        with pytest.raises(StoreError, match="cannot be reached"):
            cluster.commit(TAG)
    finally:
        postgres_server.start()
    assert cluster.commit(ChangeTags(conversation_id=TAG.conversation_id, add=("again",)))
    assert heard[1].wait(30)  # what was committed meanwhile is told once it is heard again
    conversation = cluster.rows().get(type(make_conversation()), TAG.conversation_id)
    assert conversation is not None
    assert conversation.tags == ("vip", "again")
    cluster.close()
