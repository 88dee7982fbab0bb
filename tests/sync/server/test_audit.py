"""The audit log finds every change that was made to it, and an untouched one passes."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from agent_desktop.domain.audit import TITLES, AuditAction, AuditHead, chained
from agent_desktop.domain.clock import to_microseconds
from sync.server.audit import AuditFilter, AuditLog
from sync.server.database import ServerDatabase
from sync.server.verify import verify
from tests.factories import ADMIN, ANNA
from tests.fakes import START
from tests.sync.files import TEMPLATES

LOG = AuditLog()
ENTRIES, TAMPERINGS = 60, 1_000
COLUMNS = ("number", "at", "actor_id", "device_id", "action", "about", "details", "hash")

Rows = list[list[Any]]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerDatabase]:
    if request.param == "sqlite":
        database: ServerDatabase = TEMPLATES.server(tmp_path / "server.db")
    else:
        database = TEMPLATES.postgres(request.getfixturevalue("postgres"))
    yield database
    database.close()


def fill(database: ServerDatabase, entries: int = ENTRIES) -> None:
    actions = list(AuditAction)
    for number in range(entries):
        with database.write() as connection:
            LOG.record(
                connection,
                START + timedelta(seconds=number),
                (ADMIN.id, ANNA.id)[number % 2],
                f"device-{number % 3}" if number % 3 else None,
                actions[number % len(actions)],
                f"row-{number % 5}" if number % 4 else None,
                {"step": number, "role": "agent"},
            )


def wrong(database: ServerDatabase, kept: AuditHead | None = None) -> list[str]:
    with database.snapshot() as connection:
        return LOG.wrong(connection, kept)


def test_an_untouched_log_passes(database: ServerDatabase) -> None:
    assert wrong(database) == []
    fill(database)
    with database.read() as connection:
        head = LOG.head(connection)
    assert head.count == ENTRIES
    assert wrong(database, head) == []
    checks = {check.title: check.wrong for check in verify(database, TEMPLATES.server_schema, None, head)}
    assert checks["audit log"] == ()


def test_the_database_itself_refuses_to_change_an_entry(database: ServerDatabase) -> None:
    fill(database, 3)
    for statement in ("UPDATE audit SET actor_id = 'nobody'", "DELETE FROM audit"):
        with pytest.raises(Exception, match="new entries alone"), database.write() as connection:
            connection.execute(statement)
    assert wrong(database) == []


def test_entries_are_found_by_what_they_say(database: ServerDatabase) -> None:
    fill(database)
    with database.read() as connection:
        everything = LOG.page(connection, AuditFilter())
        assert [entry.number for entry in everything] == list(range(ENTRIES, 0, -1))
        assert [entry.number for entry in LOG.all(connection)] == list(range(1, ENTRIES + 1))
        mine = LOG.page(connection, AuditFilter(actor_id=ANNA.id, about="row-1"))
        assert mine
        assert all(entry.actor_id == ANNA.id and entry.about == "row-1" for entry in mine)
        some = LOG.page(connection, AuditFilter(actions=(AuditAction.WIPED, AuditAction.SIGNED_IN)))
        assert {entry.action for entry in some} == {"device.wiped", "session.signed_in"}
        span = AuditFilter(since=START + timedelta(seconds=10), until=START + timedelta(seconds=20))
        assert [entry.number for entry in LOG.page(connection, span)] == list(range(20, 10, -1))
        assert [entry.number for entry in LOG.page(connection, AuditFilter(), before=10, limit=3)] == [
            9,
            8,
            7,
        ]


def test_an_entry_is_taken_back_with_what_it_tells_of(database: ServerDatabase) -> None:
    fill(database, 2)

    class Stop(Exception):
        pass

    def fail_after() -> None:
        with database.write() as connection:
            LOG.record(connection, START, ADMIN.id, None, AuditAction.EXPORTED)
            raise Stop

    with pytest.raises(Stop):
        fail_after()
    with database.read() as connection:
        assert LOG.head(connection).count == 2
    assert wrong(database) == []


def test_every_action_can_be_named_to_people() -> None:
    assert set(TITLES) == set(AuditAction)


# ----- tampering


def _edited(rows: Rows, random: Random) -> Rows:
    row, column = random.choice(rows), random.randrange(len(COLUMNS))
    before = row[column]
    if isinstance(before, int):
        row[column] = before + random.choice((-1, 1, 1_000_000))
    elif before is None:
        row[column] = random.choice(("", "row-9"))
    else:
        at = random.randrange(len(before) + 1)
        row[column] = random.choice(
            (before[:at] + random.choice("abz09 ") + before[at:], before[:at] + before[at + 1 :], "")
        )
        if row[column] == before:
            row[column] = before + "x"
    return rows


def _deleted(rows: Rows, random: Random) -> Rows:
    first = random.randrange(len(rows))
    del rows[first : first + random.choice((1, 1, 1, 5))]
    return rows


def _closed_up(rows: Rows, random: Random) -> Rows:
    """Left out, and those that follow numbered anew."""
    del rows[random.randrange(len(rows))]
    for number, row in enumerate(rows, 1):
        row[0] = number
    return rows


def _swapped(rows: Rows, random: Random) -> Rows:
    one, other = random.sample(range(len(rows)), 2)
    rows[one][1:], rows[other][1:] = rows[other][1:], rows[one][1:]
    return rows


def _cut(rows: Rows, random: Random) -> Rows:
    return rows[: random.randrange(len(rows))]


def _added(rows: Rows, random: Random) -> Rows:
    copy = list(random.choice(rows))
    copy[0] = random.choice((0, -1, len(rows) + 1, len(rows) + 7))
    if random.random() < 0.5:
        copy[-1] = chained(rows[-1][-1], copy[:-1])
    return [*rows, copy]


def _rehashed(rows: Rows, random: Random) -> Rows:
    """Edited by somebody who knows how the chain is made, and goes on with it to the end."""
    row = random.randrange(len(rows))
    rows[row][2] = "somebody"
    previous = rows[row - 1][-1] if row else "0" * 64
    for later in rows[row:]:
        later[-1] = previous = chained(previous, later[:-1])
    return rows


TAMPER: tuple[Callable[[Rows, Random], Rows], ...] = (
    _edited,
    _deleted,
    _closed_up,
    _swapped,
    _cut,
    _added,
    _rehashed,
)


def test_a_thousand_tamperings_are_a_thousand_found(tmp_path: Path) -> None:
    database = TEMPLATES.server(tmp_path / "server.db")
    try:
        fill(database)
        with database.read() as connection:
            original = [list(row) for row in connection.execute("SELECT * FROM audit ORDER BY number")]
        copy = sqlite3.connect(":memory:", isolation_level=None)
        with database.read() as connection:
            for (sql,) in connection.execute(
                "SELECT sql FROM sqlite_master WHERE name IN ('audit', 'audit_head')"
            ):
                copy.execute(sql)
            head = LOG.head(connection)
    finally:
        database.close()

    def found(rows: Rows, end: AuditHead) -> bool:
        copy.execute("DELETE FROM audit")
        copy.execute("DELETE FROM audit_head")
        copy.executemany(f"INSERT INTO audit VALUES ({', '.join('?' * len(COLUMNS))})", rows)
        copy.execute("INSERT INTO audit_head VALUES (1, ?, ?)", (end.count, end.hash))
        return bool(LOG.wrong(copy))

    assert not found([list(row) for row in original], head), "the control: nothing was changed"
    random, missed = Random(4), []
    done = 0
    while done < TAMPERINGS:
        tamper = TAMPER[done % len(TAMPER)]
        rows = tamper([list(row) for row in original], random)
        numbers = [row[0] for row in rows]
        if len(set(numbers)) < len(numbers) or rows == original:
            continue  # no table takes it, or it is no change
        done += 1
        if not found(rows, head):
            missed.append((done, tamper.__name__))
    copy.close()
    assert missed == []


def test_a_log_that_was_written_anew_is_found_by_an_end_that_was_kept(tmp_path: Path) -> None:
    """Who may write everything may make a chain that fits: what was written down elsewhere does not fit to it."""
    database = TEMPLATES.server(tmp_path / "server.db")
    fill(database)
    with database.read() as connection:
        kept = LOG.head(connection)
        rows = [list(row) for row in connection.execute("SELECT * FROM audit ORDER BY number")]
    for forged in (_rehashed(rows, Random(1)), rows[:-1], []):
        with database.write() as connection:
            statements = connection
            statements.execute("DROP TRIGGER IF EXISTS audit_no_delete")
            statements.execute("DELETE FROM audit")
            statements.executemany(f"INSERT INTO audit VALUES ({', '.join('?' * len(COLUMNS))})", forged)
            count, digest = len(forged), forged[-1][-1] if forged else "0" * 64
            statements.execute("UPDATE audit_head SET count = ?, hash = ?", (count, digest))
        assert wrong(database) == [], "it fits together"
        assert wrong(database, kept)
        assert wrong(database, AuditHead.parse(str(kept)))
    database.close()


def test_a_head_is_read_as_it_is_written() -> None:
    head = AuditHead(12, chained("0" * 64, (1, to_microseconds(START), "a", None, "b", None, "{}")))
    assert AuditHead.parse(f" {head}\n") == head
    for text in ("", "12", "x:" + "0" * 64, "12:" + "G" * 64, "12:00"):
        with pytest.raises(ValueError, match=r"head|int"):
            AuditHead.parse(text)
