"""Each principal is given what the table says, by every way to read: what is planted elsewhere is in no byte of it."""

from collections.abc import Iterator

import pytest

from agent_desktop.domain.customer import Customer, Identity
from agent_desktop.domain.entities import ENTITIES
from agent_desktop.domain.message import Message
from sync.server.members import Members
from tests.security.matrix.people import PEOPLE
from tests.security.matrix.reading import CONVERSATIONS, NAME, PARTS, SMALL, WAYS, Library, sha, word
from tests.security.matrix.tables import Cell, cells

TABLE = cells("sight")
BY_WAY = [(cell, way) for way, parts in PARTS.items() for cell in TABLE if cell.what in parts]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A workspace with something planted at every place."""
    library = Library(tmp_path_factory.mktemp("library"))
    yield library
    library.cluster.close()


@pytest.fixture(scope="module")
def given(library: Library) -> dict[tuple[str, str], str]:
    """What each principal is given, by each way."""
    return {(way, who): read(library, who) for way, read in WAYS.items() for who in PEOPLE}


def planted(cell: Cell) -> list[str]:
    """The words that tell of what a cell is about."""
    if cell.what in ("customer", "export_customer"):
        return [word(cell.where, "customer")]
    if cell.what == "small":
        return [word(cell.where)]
    return [word(cell.where, what) for what in ("said", "subject", "file")] + [sha(cell.where)]


def test_the_table_knows_every_place_principal_and_way() -> None:
    places = {("conversation", place) for place in CONVERSATIONS}
    for what in ("customer", "export", "export_customer"):
        places |= {(what, place) for place in CONVERSATIONS}
    places |= {("small", place) for place in SMALL}
    assert {(cell.what, cell.where, cell.who) for cell in TABLE} == {
        (what, where, who) for what, where in places for who in PEOPLE
    }
    assert set(WAYS) == set(PARTS)


@pytest.mark.parametrize(("cell", "way"), BY_WAY, ids=lambda part: str(part))
def test_it_is_given_so(given: dict[tuple[str, str], str], cell: Cell, way: str) -> None:
    text = given[way, cell.who]
    found = [one in text for one in planted(cell)]
    assert any(found) == (cell.expected == "+")
    if way in ("pull", "scan", "stream", "replica", "announcements", "export"):
        assert all(found) == (cell.expected == "+")


@pytest.mark.parametrize("who", PEOPLE)
def test_the_digest_counts_what_a_first_sync_gives(library: Library, who: str) -> None:
    rows = library._client(who).confirmed()
    counted = library.digest(who)
    for entity in ENTITIES:
        assert counted[entity.table] == len(rows.query(entity))


def test_names_of_those_who_wrote_are_part_of_the_conversation(library: Library) -> None:
    """Without `customer.read` there are no customers, but what these wrote says by whom it is."""
    rows = library._client("custom").visible()
    assert not rows.query(Customer)
    assert not rows.query(Identity)
    written = {message.author_name for message in rows.query(Message)}
    assert written == {NAME}
    assert NAME in library.export("custom")


def test_what_is_given_to_somebody_who_sees_everything_is_noticed(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with the predicate switched off, the same looks find what must not be there."""

    def everything(self: Members, connection: object, held: object) -> frozenset[str]:
        found = connection.execute("SELECT DISTINCT scope FROM scope_digest")  # type: ignore[attr-defined]  # as the real one
        return frozenset(scope for (scope,) in found)

    monkeypatch.setattr(Members, "visible", everything)
    leaks = [
        cell
        for cell in TABLE
        if cell.expected == "-" and any(one in library.scan(cell.who) for one in planted(cell))
    ]
    assert len(leaks) > 30


def test_an_export_by_somebody_who_may_not_is_noticed(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent_desktop.domain.access.Actor.may", lambda self, permission, scope=None: True)
    assert word("inbox") in library.export("agent")


def test_a_stream_that_is_told_everything_is_noticed(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.deltas.Changes.seen_by", lambda self, held: frozenset(self.scopes))
    assert any(word("private") in library.stream(who) for who in ("field", "agent", "reviewer"))


def test_a_judge_that_asks_for_no_right_to_a_file_is_noticed(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.judge.sent", lambda sql, names, user_id: set(names))
    assert word("private") in library.naming("field")
    assert word("vault") in library.naming("supervisor")


def test_a_file_of_everybody_is_noticed(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.server.file_rights.FileAccess.may_read", lambda self, sha256, user_id: True)
    monkeypatch.setattr("sync.server.presence.sees", lambda held, scope: True)
    assert word("private") in library.files("field")
    assert word("private") in library.typing("field")
    assert word("private") in library.presence("field")
