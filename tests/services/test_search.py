"""The search: words, phrases, beginnings and operators find what they say, and no input is an error."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent_desktop.context import Desk
from agent_desktop.domain.conversation import Priority, Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.operations.conversation import (
    AssignConversation,
    MarkRead,
    SetPriority,
    SetStatus,
    SetTeam,
    SnoozeConversation,
)
from agent_desktop.domain.operations.customer import MergeCustomers, UnmergeCustomer
from agent_desktop.domain.operations.message import AddNote, ReceiveMessage
from agent_desktop.domain.search_query import OPERATORS
from agent_desktop.services.search import SearchHit
from agent_desktop.store import full_text
from tests.desk_fixture import Office, opened_office
from tests.fakes import START


@dataclass
class Library:
    """A desk with a few conversations, each by a short name."""

    office: Office
    named: dict[str, Id]

    @property
    def desk(self) -> Desk:
        return self.office.desk

    def find(self, query: str) -> set[str]:
        """The short names of what is found."""
        names = {row_id: name for name, row_id in self.named.items()}
        return {names[hit.conversation_id] for hit in self.desk.search.search(query).hits}

    def hit(self, query: str) -> SearchHit:
        """The only hit."""
        (hit,) = self.desk.search.search(query).hits
        return hit


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, desk_template: Path) -> Iterator[Library]:
    with opened_office(tmp_path_factory.mktemp("search"), desk_template) as office:
        yield fill(office)


def fill(office: Office) -> Library:
    world, desk = office.world, office.desk
    kettle = world.customer_writes(
        "Anna Berg",
        "Kettle does not heat",
        "My kettle stays cold. Where is my refund?",
        tags=("refund", "VIP"),
    )
    late = world.customer_writes(
        "Karl Lund", "Parcel is late", "The parcel with the kettle is late; I want my money back.", mine=False
    )
    thanks = world.customer_writes("Mia Roth", "Thank you", "Everything is fine. Grüße aus der Straße 5!")
    world.clock.advance(timedelta(days=40))
    photo = world.customer_writes("Olu Ade", "Photo", "See the photo of the scratch, number 10-55821.")
    asleep = world.customer_writes("Jun Sato", "Later please", "Call me next month about the refund policy.")
    team = desk.directory.teams()[0].id
    receive = ReceiveMessage(
        conversation_id=photo,
        message_id=world.ids.new(),
        customer_id=world.customers[photo],
        channel_id=desk.directory.channels()[0].id,
        text="Here it is",
        sender="O. Ade <olu@studio.example>",
        sent_at=world.clock.now(),
        files=(
            AttachmentFile(
                id=world.ids.new(), name="scratch.jpg", media_type="image/jpeg", size=5, sha256="a" * 64
            ),
        ),
    )
    office.server.backend.store.commit([receive])
    desk.sync.exchange()
    desk.apply(AddNote(conversation_id=late, message_id=world.ids.new(), text="Checked with the warehouse"))
    desk.apply(SetStatus(conversation_id=thanks, status=Status.SOLVED))
    desk.apply(SetPriority(conversation_id=late, priority=Priority.URGENT))
    desk.apply(SetTeam(conversation_id=late, team_id=team))
    desk.apply(AssignConversation(conversation_id=photo, assignee_id=office.colleague.user_id))
    desk.apply(SnoozeConversation(conversation_id=asleep, until=world.clock.now() + timedelta(days=30)))
    desk.apply(MarkRead(conversation_id=kettle, read_at=world.clock.now()))
    desk.sync.exchange()
    named = {"kettle": kettle, "late": late, "thanks": thanks, "photo": photo, "asleep": asleep}
    return Library(office, named)


FINDS: dict[str, set[str]] = {
    "kettle": {"kettle", "late"},
    "KETTLE": {"kettle", "late"},
    "ket": {"kettle", "late"},
    "ket*": {"kettle", "late"},
    "kett ": set(),
    "kettle refund": {"kettle"},
    "refund": {"kettle", "asleep"},
    '"my refund"': {"kettle"},
    '"refund my"': set(),
    "“my refund”": {"kettle"},
    "kettle -refund": {"late"},
    "kettle -late -refund": set(),
    "-kettle": set(),
    "strasse": set(),
    "straße": {"thanks"},
    "grusse": set(),
    "grüße": {"thanks"},
    "gruße": {"thanks"},
    "warehouse": {"late"},
    "10-55821": {"photo"},
    "55821": {"photo"},
    "subject:kettle": {"kettle"},
    "subject:kettle refund": {"kettle"},
    "from:anna": {"kettle"},
    "from:anna parcel": set(),
    "from:olu@studio.example": {"photo"},
    "from:studio.example ": {"photo"},
    "subject:studio.example ": set(),
    "anna": {"kettle"},
    "berg anna": {"kettle"},
    "anna.berg@customer.example": {"kettle"},
    "karl": {"late"},
    "tag:refund": {"kettle"},
    'tag:"refund"': {"kettle"},
    "tag:VIP kettle": {"kettle"},
    "-tag:refund kettle": {"late"},
    "status:solved": {"thanks"},
    "status:open kettle": {"kettle", "late"},
    "-status:open": {"thanks"},
    "priority:urgent": {"late"},
    "assignee:me kettle": {"kettle"},
    "assignee:nobody": {"late"},
    "assignee:ben": {"photo"},
    "assignee:somebody": set(),
    "team:support": {"late"},
    "team:nothing": set(),
    "channel:email parcel": {"late"},
    "channel:sms": set(),
    "has:attachment": {"photo"},
    "-has:attachment kettle": {"kettle", "late"},
    "is:snoozed": {"asleep"},
    "-is:snoozed refund": {"kettle"},
    "is:unread kettle": {"late"},
    "-is:unread kettle": {"kettle"},
    "after:7d": {"photo", "asleep", "late", "thanks"},  # what was done counts like what was written
    "after:7d refund": {"asleep"},
    "before:2026-03-10 kettle": {"kettle", "late"},
    "before:2026-03-02": set(),
    "after:2026-03-03 before:2026-03-20": set(),
    "-subject:kettle kettle": {"late"},
    "subject:parcel kettle": {"late"},
    "#1": {"kettle"},
    "number:2": {"late"},
    "#999": set(),
    "": set(),
    "   ": set(),
    "status:": set(),
}


@pytest.mark.parametrize("query", FINDS)
def test_a_query_finds_what_it_says(library: Library, query: str) -> None:
    assert library.find(query) == FINDS[query]


def test_every_operator_is_tried_above() -> None:
    assert {operator for operator in OPERATORS if not any(operator in query for query in FINDS)} == {"to:"}


def test_to_finds_the_addresses_a_message_went_to(library: Library) -> None:
    assert library.find("to:anna") == set()


def test_a_wrong_operator_is_said_in_a_sentence_and_searched_for_as_a_word(library: Library) -> None:
    result = library.desk.search.search("colour:red kettle")
    assert result.problems == ("“colour:” is not an operator, so it was searched for as a word.",)
    result = library.desk.search.search("status:blue kettle")
    assert len(result.problems) == 1
    assert "open, pending" in result.problems[0]


def test_the_excerpt_shows_what_matched(library: Library) -> None:
    hit = library.hit('"my refund"')
    assert [hit.excerpt[start:end].lower() for start, end in hit.marks] == ["my refund"] or [
        hit.excerpt[start:end].lower() for start, end in hit.marks
    ] == ["my", "refund"]
    assert hit.customer_name == "Anna Berg"
    assert hit.number == 1


def test_a_subject_comes_before_a_mention(library: Library) -> None:
    hits = library.desk.search.search("kettle").hits
    assert [hit.subject for hit in hits] == ["Kettle does not heat", "Parcel is late"]


def test_more_is_said_when_there_is_more(library: Library) -> None:
    assert library.desk.search.search("kettle", limit=1).more
    assert not library.desk.search.search("kettle", limit=2).more


def test_the_palette_finds_a_few_of_everything(library: Library) -> None:
    hits = library.desk.search.palette("kettl")
    assert [hit.subject for hit in hits.conversations] == ["Kettle does not heat", "Parcel is late"]
    assert [row.name for row in library.desk.search.palette("anna").customers] == ["Anna Berg"]
    assert library.desk.search.palette("").conversations == ()


WORDS = st.sampled_from(
    [
        *(
            "kettle",
            "ref",
            "a",
            '"',
            "“",
            "*",
            "-",
            ":",
            "(",
            ")",
            "^",
            "NEAR",
            "AND",
            "OR",
            "NOT",
            "{",
            "+",
            "#",
        ),
        *(
            "ß",
            "İ",
            "ǅ",
            "日本語",
            "😀",
            "👩\u200d👩\u200d👧",
            "\u200b",
            "\u0301",
            "\x00",
            "\ud800",
            "%",
            "_",
            "\\",
        ),
        *("0001-01-01", "9999-12-31", "2026-02-30", "99999d", "today", "7d", "9" * 20, "١٢", "²"),
        "'; DROP TABLE message; --",
        *OPERATORS,
    ]
)
QUERIES = st.lists(WORDS | st.text(max_size=8), max_size=12).flatmap(
    lambda words: st.sampled_from(("", " ")).map(lambda between: between.join(words))
)


@settings(max_examples=250)
@given(QUERIES)
@example("after:0001-01-01")
@example("before:9999-12-31")
@example("after:0001-01-01 kettle")
@example('"' * 50)
@example("- * : # ^ ( ) { }")
@example("a" * 5_000)
@example("tag:" * 200)
@example("kettle " * 200)
@example("number:99999999999999999999 #²")
@example("from:" + "x " * 40)
@example("to:% to:_ to:\\")
@example("\ud83d kettle")
def test_no_input_is_an_error(library: Library, query: str) -> None:
    result = library.desk.search.search(query)
    assert all(sentence.endswith(".") for sentence in result.problems)
    for hit in result.hits:
        assert all(0 <= start < end <= len(hit.excerpt) for start, end in hit.marks)
    library.desk.search.palette(query)
    library.desk.customers.find(query)
    library.desk.knowledge.find_articles(query)
    library.desk.knowledge.canned(query)


def test_customers_who_were_merged_are_found_by_every_name(office: Office) -> None:
    desk, world = office.desk, office.world
    first = world.customer_writes("Anna Berg", "First")
    second = world.customer_writes("Annie B.", "Second")
    third = world.customer_writes("A. Berg-Lund", "Third")
    anna, annie, berg = (world.customers[row_id] for row_id in (first, second, third))

    def found(query: str) -> set[Id]:
        return {hit.conversation_id for hit in desk.search.search(query).hits}

    assert found("annie") == {second}
    desk.apply(MergeCustomers(customer_id=anna, merged_id=annie))
    desk.apply(MergeCustomers(customer_id=berg, merged_id=anna))
    # Annie is Anna, and Anna is A. Berg-Lund: one person, found by each of the names, shown by the last.
    for query in ("annie", "anna", "lund", "annie.b.@customer.example"):
        assert found(query) == {first, second, third}, query
    names = {hit.customer_name for hit in desk.search.search("annie").hits}
    assert names == {"A. Berg-Lund"}
    rows = desk.inbox.rows(desk.inbox.keys_of([first, second, third]))
    assert {row.customer_name for row in rows} == {"A. Berg-Lund"}
    desk.apply(UnmergeCustomer(customer_id=anna, merged_id=annie))
    assert found("annie") == {second}


def test_what_cannot_be_found_yet_is_said(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, world = office.desk, office.world
    conversation_id = world.customer_writes("Anna Berg", "Old", "first words")
    monkeypatch.setattr(full_text, "AT_ONCE", 3)
    monkeypatch.setattr(full_text, "BLOCK", 4)
    office.server.backend.store.commit(
        [
            AddNote(conversation_id=conversation_id, message_id=world.ids.new(), text=f"archived {number}")
            for number in range(10)
        ]
    )
    desk.sync.exchange()
    result = desk.search.search("archived")
    assert result.hits == ()
    assert result.covers == "10 older messages are still being indexed and cannot be found yet."
    assert desk.search.search("first").hits
    assert desk.replica.index_block()
    assert (
        desk.search.search("archived").covers
        == "6 older messages are still being indexed and cannot be found yet."
    )
    while desk.replica.index_block():
        pass
    result = desk.search.search("archived")
    assert len(result.hits) == 1
    assert result.covers == ""
    assert world.clock.now() > START


def test_what_is_written_now_is_found_now_and_gone_when_it_is_gone(office: Office) -> None:
    desk, world = office.desk, office.world
    conversation_id = world.customer_writes("Anna Berg", "Subject", "text")
    note = AddNote(conversation_id=conversation_id, message_id=world.ids.new(), text="xylophone")
    applied = desk.apply(note)
    assert len(desk.search.search("xylophone").hits) == 1
    desk.sync.exchange()
    assert len(desk.search.search("xylophone").hits) == 1
    desk.apply.undo(applied)
    assert desk.search.search("xylophone").hits == ()
    desk.sync.exchange()
    assert desk.search.search("xylophone").hits == ()
