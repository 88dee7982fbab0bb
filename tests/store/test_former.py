"""Rows stay while everything is fetched anew: those that come, in whichever way, for good, the others until the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.rows import INBOX_SCOPE
from agent_desktop.store.client import ClientFiles, open_client_files
from agent_desktop.store.replica import Delta, Replica
from agent_desktop.store.row_file import row_file
from tests.factories import an_id, make_conversation

NAMES = ("first", "second", "third")


@pytest.fixture
def files(tmp_path: Path) -> Iterator[ClientFiles]:
    files = open_client_files(tmp_path / "work.db", tmp_path / "replica.db")
    yield files
    files.close()


def received(
    replica: Replica,
    names: tuple[str, ...],
    *,
    in_a_file: bool,
    scan: str | None,
    ver: int,
    scope: str = INBOX_SCOPE,
    lost: tuple[str, ...] = (),
) -> None:
    mapping = replica.schema.tables[Conversation]
    rows = [mapping.values(make_conversation(id=an_id(name), ver=ver, scope=scope)) for name in names]
    tables = {"conversation": (mapping.columns, rows), "planet": (("name",), (("Mars",),))} if rows else {}
    state = replica.state()
    replica.receive(
        Delta(
            epoch=state.epoch or "before",
            cursor=ver,
            ack=0,
            rows={} if in_a_file else tables,
            row_file=row_file(tables) if in_a_file else b"",
            scan=scan,
            lost=lost,
        )
    )


def versions(files: ClientFiles) -> dict[object, object]:
    return dict(files.replica.query("SELECT id, ver FROM conversation"))


@pytest.mark.parametrize("in_a_file", [False, True])
def test_what_comes_stays_and_the_rest_goes_when_nothing_is_left_to_scan(
    files: ClientFiles, in_a_file: bool
) -> None:
    replica = Replica(files.replica, files.replica_schema, files.outbox, an_id("user"))
    received(replica, NAMES, in_a_file=in_a_file, scan=None, ver=9)
    replica.receive(Delta(epoch="after", cursor=0, ack=0, scan="begun", renews=True))
    received(replica, NAMES[:1], in_a_file=in_a_file, scan="on its way", ver=2)
    assert versions(files) == {an_id("first"): 2, an_id("second"): 9, an_id("third"): 9}
    received(replica, NAMES[1:2], in_a_file=in_a_file, scan=None, ver=3)
    assert versions(files) == {an_id("first"): 2, an_id("second"): 3}
    received(replica, (), in_a_file=in_a_file, scan=None, ver=4)
    assert versions(files) == {an_id("first"): 2, an_id("second"): 3}


def test_begun_once_more_what_had_come_has_to_come_again(files: ClientFiles) -> None:
    replica = Replica(files.replica, files.replica_schema, files.outbox, an_id("user"))
    received(replica, NAMES, in_a_file=False, scan=None, ver=9)
    for _ in range(2):
        replica.receive(Delta(epoch="after", cursor=0, ack=0, scan="begun", renews=True))
        received(replica, NAMES[:1], in_a_file=False, scan="on its way", ver=2)
    received(replica, NAMES[2:], in_a_file=False, scan="on its way", ver=2)
    replica.receive(Delta(epoch="after", cursor=0, ack=0, scan="begun", renews=True))
    received(replica, NAMES[1:2], in_a_file=False, scan=None, ver=2)
    assert versions(files) == {an_id("second"): 2}


@pytest.mark.parametrize("in_a_file", [False, True])
def test_a_row_of_a_scope_that_is_lost_stays_where_it_comes_in_another(
    files: ClientFiles, in_a_file: bool
) -> None:
    replica = Replica(files.replica, files.replica_schema, files.outbox, an_id("user"))
    received(replica, NAMES, in_a_file=in_a_file, scan=None, ver=9, scope="t:team")
    replica.receive(Delta(epoch="after", cursor=0, ack=0, scan="begun", renews=True))
    received(replica, NAMES[:1], in_a_file=in_a_file, scan="on its way", ver=10, lost=("t:team",))
    assert versions(files) == {an_id("first"): 10}
