"""Lists of conversations: SQL and Python mean the same by a filter and by an order, and nothing is read in full."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.conversation import ACTIVE, Conversation, Priority, Status
from agent_desktop.domain.ids import derived_id
from agent_desktop.domain.view import ME, NOBODY, ConversationFilter, SortOrder
from agent_desktop.services.inbox import InboxService
from agent_desktop.store.bulk import encode, insert
from agent_desktop.store.client import replica_version
from agent_desktop.store.database import Database, Durability
from agent_desktop.store.inbox import InboxQueries
from agent_desktop.store.schema import ReplicaSchema
from agent_desktop.store.upgrade import prepare
from tests.factories import ANNA, BEN, make_conversation
from tests.fakes import START

ME_ID = ANNA.id
USERS = (None, ANNA.id, BEN.id)
TAGS = ("vip", "refund", "VIP", "mention:vip", 'q"uote', "Straße")
MOMENTS = st.integers(-3, 3).map(lambda minutes: START + timedelta(minutes=minutes))


@dataclass
class Store:
    """A replica with nothing but conversations in it."""

    database: Database
    schema: ReplicaSchema
    queries: InboxQueries

    def fill(self, rows: list[Conversation]) -> dict[int, Conversation]:
        """Exactly these conversations, by the keys they were given."""
        with self.database.write() as connection:
            connection.execute("DELETE FROM conversation")
            insert(connection, self.schema.tables, encode(self.schema.tables, rows))
        keys = self.queries.keys_of([row.id for row in rows])
        return {keys[row.id]: row for row in rows}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    schema = ReplicaSchema()
    database = Database(tmp_path_factory.mktemp("inbox") / "replica.db", Durability.NORMAL)
    prepare(database, replica_version())
    yield Store(database, schema, InboxQueries(database, schema))
    database.close()


@st.composite
def conversations(draw: st.DrawFn) -> list[Conversation]:
    """A few conversations of which many are alike, so that filters divide them and orders have ties."""
    return [
        make_conversation(
            id=derived_id(START, "row", str(place)),
            status=draw(st.sampled_from(Status)),
            priority=draw(st.sampled_from(Priority)),
            assignee_id=draw(st.sampled_from(USERS)),
            team_id=draw(st.sampled_from((None, "t1", "t2"))),
            channel_id=draw(st.sampled_from(("c1", "c2"))),
            customer_id=draw(st.sampled_from(("k1", "k2"))),
            tags=tuple(draw(st.lists(st.sampled_from(TAGS), max_size=3, unique=True))),
            mentioned_ids=tuple(draw(st.lists(st.sampled_from((ANNA.id, BEN.id)), max_size=2, unique=True))),
            last_message_at=draw(MOMENTS),
            due_at=draw(st.none() | MOMENTS),
            snoozed_until=draw(st.none() | MOMENTS),
        )
        for place in range(draw(st.integers(0, 14)))
    ]


FILTERS = st.builds(
    ConversationFilter,
    statuses=st.sampled_from(
        ((), ACTIVE, tuple(reversed(ACTIVE)), (Status.OPEN,), (Status.SOLVED, Status.CLOSED), tuple(Status))
    ),
    assignee=st.sampled_from(("", "", NOBODY, ME, ANNA.id, BEN.id, "gone")),
    team_id=st.sampled_from((None, None, "", "t1")),
    channel_id=st.sampled_from((None, None, "c1")),
    customer_id=st.sampled_from((None, None, "k2")),
    priorities=st.sampled_from(((), (), (Priority.HIGH, Priority.URGENT))),
    tag=st.sampled_from(("", "", *TAGS, "nowhere")),
    mentions_me=st.sampled_from((False, False, True)),
    snoozed=st.sampled_from((None, True, False)),
    due_within_minutes=st.sampled_from((None, None, 0, 1, -2, 60)),
)


@given(rows=conversations(), wanted=st.lists(FILTERS, min_size=1, max_size=6), now=MOMENTS, data=st.data())
def test_filters_and_orders_mean_the_same_in_sql_and_python(
    store: Store,
    rows: list[Conversation],
    wanted: list[ConversationFilter],
    now: datetime,
    data: st.DataObject,
) -> None:
    by_key = store.fill(rows)
    counts = store.queries.counts(wanted, ME_ID, now)
    for filter_, count in zip(wanted, counts, strict=True):
        matching = {key: row for key, row in by_key.items() if filter_.matches(row, ME_ID, now)}
        overdue = [row for row in matching.values() if row.due_at is not None and row.due_at <= now]
        assert count == (len(matching), len(overdue))
        sort = data.draw(st.sampled_from(SortOrder))
        ranks = {key: InboxService.sort_key(row, sort, key) for key, row in matching.items()}
        expected = sorted(matching, key=ranks.__getitem__)
        assert list(store.queries.keys(filter_, sort, ME_ID, now)) == expected
        assert list(store.queries.keys(filter_, sort, ME_ID, now, 3)) == expected[:3]
        columns = store.queries.order(filter_, sort, ME_ID, now)
        assert list(zip(*columns, strict=True)) == [ranks[key] for key in expected]


@given(rows=conversations(), data=st.data())
def test_tags_and_mentions_are_found_after_any_change(
    store: Store, rows: list[Conversation], data: st.DataObject
) -> None:
    by_key = store.fill(rows)
    mapping = store.schema.tables[Conversation]
    with store.database.write() as connection:
        for key, row in list(by_key.items()):
            fate = data.draw(st.sampled_from(("stays", "changes", "goes")))
            if fate == "changes":
                tags = tuple(data.draw(st.lists(st.sampled_from(TAGS), max_size=3, unique=True)))
                by_key[key] = make_conversation(id=row.id, tags=tags)
                connection.execute(mapping.upsert_sql, mapping.values(by_key[key]))
            elif fate == "goes":
                del by_key[key]
                connection.execute(mapping.delete_sql, (row.id,))
    for tag in TAGS:
        found = store.queries.keys(ConversationFilter(tag=tag), SortOrder.NEWEST, ME_ID, START)
        assert set(found) == {key for key, row in by_key.items() if tag in row.tags}
    with store.database.read() as connection:
        facets = connection.execute("SELECT facet, pk FROM conversation_facet").fetchall()
    assert set(map(tuple, facets)) == {
        (facet, key)
        for key, row in by_key.items()
        for facet in (*(f"tag:{tag}" for tag in row.tags), *(f"mention:{who}" for who in row.mentioned_ids))
    }


def test_rows_come_in_the_order_of_their_keys(store: Store) -> None:
    by_key = store.fill([make_conversation(id=derived_id(START, str(place))) for place in range(5)])
    keys = list(by_key)
    wanted = [keys[3], keys[0], 10**12, keys[4]]
    assert [row.pk for row in store.queries.listed(wanted, ME_ID)] == [keys[3], keys[0], keys[4]]
    assert store.queries.listed([], ME_ID) == []
    assert set(store.queries.conversations(wanted)) == {keys[0], keys[3], keys[4]}
