"""What a search shows, and in which order, is what reading everything would give: it only stops sooner."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent_desktop.context import Desk
from agent_desktop.domain.conversation import Status
from agent_desktop.domain.excerpts import excerpt_of, pattern_of
from agent_desktop.domain.operations.conversation import SetStatus
from agent_desktop.domain.operations.customer import MergeCustomers
from agent_desktop.domain.operations.merging import MergeConversations
from agent_desktop.domain.search_query import COLUMNS, Field, SearchQuery, parse, to_fts
from tests.desk_fixture import opened_office

WORDS = ("kettle", "kettles", "refund", "late", "order", "again")
NAMES = ("Leo Berg", "Anna Lund", "Leonie Late", "Mia Roth", "Kettle Smith", "Ann Order")
CONVERSATIONS = 20
NEWEST = 500
FOR_EACH = 3


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, desk_template: Path) -> Iterator[Desk]:
    """A desk whose conversations share few words, subjects and people, some of them merged."""
    random = Random(7)
    with opened_office(tmp_path_factory.mktemp("order"), desk_template) as office:
        world, desk = office.world, office.desk
        # Addresses have this word, too, and no message has.
        world.customer_writes("Olu Ade", "An example", "refund")
        made = []
        for _ in range(CONVERSATIONS):
            said = [" ".join(random.choices(WORDS, k=3)) for _ in range(random.randint(2, 4))]
            tags = ("vip",) if random.random() < 0.4 else ()
            made.append(world.customer_writes(random.choice(NAMES), said[0], said[1], tags=tags))
            for text in said[2:]:
                world.customer_adds(random.choice(made), text)
        desk.sync.exchange()
        for number in (1, 4, 9, 12, 13):
            desk.apply(SetStatus(conversation_id=made[number], status=Status.SOLVED))
        for part, whole in ((3, 5), (5, 8), (10, 2), (17, 16)):
            desk.apply(MergeConversations(conversation_id=made[part], into_id=made[whole]))
        for part, whole in ((0, 6), (6, 7)):
            merge = MergeCustomers(
                customer_id=world.customers[made[whole]], merged_id=world.customers[made[part]]
            )
            desk.apply(merge)
        desk.sync.exchange()
        yield desk


class Everything:
    """All rows, and searches that look at every one of them before anything is left out."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.thread_of = dict(connection.execute("SELECT id, pk FROM conversation"))
        self.merged = dict(connection.execute("SELECT id, merged_into FROM conversation"))
        self.about = {
            pk: (status, json.loads(tags), preview)
            for pk, status, tags, preview in connection.execute(
                "SELECT pk, status, tags, preview FROM conversation"
            )
        }
        self.ids = {pk: row_id for row_id, pk in self.thread_of.items()}
        self.belongs = dict(connection.execute("SELECT pk, conversation_id FROM message"))
        self.merged_people = dict(connection.execute("SELECT id, merged_into FROM customer"))

    def search(self, typed: str, desk: Desk, limit: int) -> tuple[list[tuple[str, str]], bool]:
        """The ids and excerpts that are shown, and whether there are more."""
        query = parse(typed, desk.clock.now().astimezone().date())
        match = to_fts(query.terms, {Field.FROM: COLUMNS[Field.FROM]})
        narrows = bool(query.statuses or query.tags or query.without_tags)
        messages = self._messages(match, query) if narrows else self._looked_at(match, limit)
        by_message = {key: pk for pk, key in reversed(messages)}
        found: dict[int, int | None] = {}
        for key in self._by_head(query, NEWEST if narrows else limit):
            if self._fulfils(self._survivor(self.ids[key]), query):
                found.setdefault(self._survivor(self.ids[key]), by_message.get(key))
        for pk, key in messages:
            found.setdefault(key, pk)
        pattern = pattern_of(query.terms)
        shown = [(self.ids[key], self._excerpt(key, found[key], pattern)) for key in list(found)[:limit]]
        return shown, len(found) > limit

    def _matching(self, index: str, match: str, limit: int) -> list[int]:
        sql = f"SELECT rowid FROM {index} WHERE {index} MATCH ? ORDER BY rowid DESC LIMIT ?"
        return [key for (key,) in self.connection.execute(sql, (match, limit))]

    def _messages(self, match: str, query: SearchQuery) -> list[tuple[int, int]]:
        pairs = (
            (pk, self._survivor(self.belongs[pk])) for pk in self._matching("message_text", match, NEWEST)
        )
        return [(pk, key) for pk, key in pairs if self._fulfils(key, query)]

    def _looked_at(self, match: str, limit: int) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for number, pair in enumerate(self._messages(match, SearchQuery())):
            if number % (FOR_EACH * limit) == 0 and len({key for _, key in found}) > limit:
                break
            found.append(pair)
        return found

    def _by_head(self, query: SearchQuery, limit: int) -> list[int]:
        if any(term.field or term.negated for term in query.terms):
            return []
        match = to_fts(query.terms)
        people = {
            *self._of("SELECT id FROM customer WHERE pk = ?", self._matching("customer_text", match, 200)),
            *self._of(
                "SELECT customer_id FROM identity WHERE pk = ?", self._matching("identity_text", match, 200)
            ),
        }
        for _ in self.merged_people:
            people |= {into for who in people if (into := self.merged_people.get(who))}
        for _ in self.merged_people:
            people |= {who for who, into in self.merged_people.items() if into in people}
        theirs = self.connection.execute(
            "SELECT pk FROM conversation WHERE customer_id IN (SELECT value FROM json_each(?))"
            " ORDER BY last_message_at DESC LIMIT ?",
            (json.dumps(sorted(people)), limit),
        )
        return [*self._matching("conversation_text", match, limit), *(key for (key,) in theirs)]

    def _of(self, sql: str, keys: list[int]) -> list[str]:
        return [self.connection.execute(sql, (key,)).fetchone()[0] for key in keys]

    def _survivor(self, row_id: str) -> int:
        while into := self.merged[row_id]:
            row_id = into
        return self.thread_of[row_id]

    def _fulfils(self, key: int, query: SearchQuery) -> bool:
        status, tags, _ = self.about[key]
        return (
            (not query.statuses or status in query.statuses)
            and set(query.tags) <= set(tags)
            and not set(query.without_tags) & set(tags)
        )

    def _excerpt(self, key: int, message: int | None, pattern: re.Pattern[str]) -> str:
        sql = "SELECT text, subject, author_name, sender FROM message WHERE pk = ?"
        preview = self.about[key][2]
        texts = (preview,) if message is None else self.connection.execute(sql, (message,)).fetchone()
        return excerpt_of(texts, pattern).text or preview


sought = st.sampled_from([*WORDS, "ket", "leo", "an", "la", "example", '"order again"', "from:leo"])
further = st.one_of(sought, st.sampled_from(["-late", "-again"]))
conditions = st.sampled_from(["", "status:open", "status:solved", "-status:solved", "tag:vip", "-tag:vip"])
typed = st.tuples(conditions, sought, st.lists(further, max_size=2)).map(
    lambda parts: " ".join([parts[0], parts[1], *parts[2]])
)


@settings(max_examples=60)
@given(typed, st.integers(min_value=1, max_value=8))
@example("example", 1)
def test_it_shows_what_reading_everything_gives(desk: Desk, text: str, limit: int) -> None:
    result = desk.search.search(text, limit)
    with closing(sqlite3.connect(desk.profile.replica_db)) as connection:
        shown, more = Everything(connection).search(text, desk, limit)
    assert [(hit.conversation_id, hit.excerpt) for hit in result.hits] == shown
    assert result.more == more
