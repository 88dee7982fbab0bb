"""What people do all day is answered from indexes: no list, count, timeline or search reads a large table in full."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent_desktop.context import Desk
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.customer import AddIdentity, Address
from agent_desktop.domain.view import ConversationFilter, SortOrder
from agent_desktop.domain.workspace import ChannelKind
from tests.desk_fixture import opened_office
from tests.store.statements import Statements, recorded

LARGE = r"(conversation|message|customer|identity|attachment|read_marker)"
IN_FULL = re.compile(rf"^SCAN {LARGE}\b(?! USING)|AUTOMATIC")


@dataclass
class Recorder:
    """A desk with one conversation, and what its queries cost."""

    desk: Desk
    statements: Statements
    conversation_id: Id
    customer_id: Id

    def plan(self, ask: Callable[[], object]) -> list[str]:
        """The steps of the queries to the replica behind a question."""
        self.statements.queries.clear()
        ask()
        assert self.statements.queries
        return self.statements.plans(self.desk.profile.replica_db)


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory, desk_template: Path) -> Iterator[Recorder]:
    with recorded() as statements, opened_office(tmp_path_factory.mktemp("plans"), desk_template) as office:
        conversation_id = office.world.customer_writes("Karl Lund", "Refund please", "Where is my refund?")
        customer_id = office.world.customers[conversation_id]
        phone = Address(kind=ChannelKind.PHONE, address="+49 30 1234567")
        office.desk.apply(AddIdentity(customer_id=customer_id, address=phone))
        yield Recorder(office.desk, statements, conversation_id, customer_id)


def test_the_lists_of_standard_views_come_from_their_own_indexes(recorder: Recorder) -> None:
    desk = recorder.desk
    for item in desk.views.items():
        plan = recorder.plan(lambda item=item: desk.inbox.first_page(item.filter, item.sort))  # type: ignore[misc]
        assert not [step for step in plan if IN_FULL.search(step)], item.title
        if item.filter.statuses:
            # Not the index over everything that was ever closed.
            assert not [step for step in plan if "SCAN conversation USING INDEX conversation_all" in step]
        if item.filter == ConversationFilter(statuses=item.filter.statuses, snoozed=False):
            assert not [step for step in plan if "TEMP B-TREE" in step], item.title


def test_counts_are_made_from_indexes_alone(recorder: Recorder) -> None:
    plan = recorder.plan(recorder.desk.views.counted)
    assert not [step for step in plan if IN_FULL.search(step)]


QUESTIONS: dict[str, Callable[[Recorder], object]] = {
    "first screen": lambda r: r.desk.inbox.first_screen(ConversationFilter(), SortOrder.NEWEST, 100),
    "rows": lambda r: r.desk.inbox.rows(r.desk.inbox.keys(ConversationFilter(), SortOrder.NEWEST)),
    "newest": lambda r: r.desk.inbox.first_page(ConversationFilter(), SortOrder.NEWEST),
    "oldest": lambda r: r.desk.inbox.first_page(ConversationFilter(), SortOrder.OLDEST),
    "due": lambda r: r.desk.inbox.first_page(ConversationFilter(), SortOrder.DUE),
    "priority": lambda r: r.desk.inbox.first_page(ConversationFilter(), SortOrder.PRIORITY),
    "tag": lambda r: r.desk.inbox.first_page(ConversationFilter(tag="vip"), SortOrder.NEWEST),
    "next wake": lambda r: r.desk.inbox.next_wake(),
    "number": lambda r: r.desk.inbox.by_number(1),
    "waiting": lambda r: r.desk.inbox.waiting_ids(),
    "outbox": lambda r: r.desk.outbox.items(),
    "card": lambda r: r.desk.conversations.card(r.conversation_id),
    "timeline": lambda r: r.desk.conversations.timeline(r.conversation_id),
    "channels": lambda r: r.desk.composer.channels(r.conversation_id),
    "profile": lambda r: r.desk.customers.profile(r.customer_id),
    "customers": lambda r: r.desk.customers.find("karl"),
    "all customers": lambda r: r.desk.customers.find(""),
    "look-alikes": lambda r: r.desk.customers.similar(r.customer_id),
    "suggestions": lambda r: r.desk.knowledge.suggest(r.conversation_id),
    "palette": lambda r: r.desk.search.palette("refund"),
    **{
        f"search {query}": lambda r, query=query: r.desk.search.search(query)  # type: ignore[misc]
        for query in (
            "refund",
            "where is my ref",
            '"my refund" -parcel',
            "refund tag:vip status:open",
            "refund after:7d before:today has:attachment",
            "refund channel:email is:unread",
            "from:karl",
            "subject:refund",
            "tag:vip",
            "is:unread",
            "assignee:me status:open",
            "priority:urgent",
            "channel:email",
            "#1",
        )
    },
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_nothing_that_people_ask_all_day_reads_a_large_table_in_full(recorder: Recorder, name: str) -> None:
    plan = recorder.plan(lambda: QUESTIONS[name](recorder))
    assert not [step for step in plan if IN_FULL.search(step)]


def test_a_page_of_a_timeline_is_read_in_order(recorder: Recorder) -> None:
    page = recorder.desk.conversations.timeline(recorder.conversation_id)
    oldest = page.items[0].message
    before = (oldest.created_at, oldest.id)
    for ask in (
        lambda: recorder.desk.conversations.timeline(recorder.conversation_id),
        lambda: recorder.desk.conversations.timeline(recorder.conversation_id, before),
    ):
        plan = [step for step in recorder.plan(ask) if "RECURSIVE" not in step]
        assert any("SEARCH message USING INDEX message_conversation" in step for step in plan)
        assert not any("TEMP B-TREE" in step for step in plan)


def test_the_recorder_notices_a_table_that_is_read_in_full(recorder: Recorder) -> None:
    def scan() -> None:
        recorder.desk.replica.database.query("SELECT pk FROM message WHERE text LIKE ?", ("%x%",))

    assert [step for step in recorder.plan(scan) if IN_FULL.search(step)]
