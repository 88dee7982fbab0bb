"""Random filters and searches, held to what Python says of the same rows.

    python -m tests.security.fuzzed_queries --queries 50000

No text that somebody types may be an error of SQL or mean something else than itself.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from agent_desktop.domain.conversation import Conversation, Priority, Status
from agent_desktop.domain.ids import derived_id
from agent_desktop.domain.message import Message
from agent_desktop.domain.search_query import SearchQuery, Term, parse, to_fts
from agent_desktop.domain.view import ME, NOBODY, ConversationFilter, SortOrder
from agent_desktop.store import full_text
from agent_desktop.store.bulk import encode, insert
from agent_desktop.store.client import replica_version
from agent_desktop.store.database import Database, Durability
from agent_desktop.store.inbox import InboxQueries
from agent_desktop.store.schema import ReplicaSchema
from agent_desktop.store.search import NamedIds, SearchQueries, narrowing
from agent_desktop.store.upgrade import prepare
from tests.factories import ANNA, BEN, make_conversation, make_message
from tests.fakes import START

WORDS = ("refund", "refunds", "order", "parcel", "late", "broken", "blue", "blueish", "invoice")
HOSTILE = (
    "'",
    '"',
    "';--",
    "' OR 1=1 --",
    "%",
    "_",
    "\\",
    "*",
    "NEAR(",
    ")",
    "AND",
    "NOT",
    "-",
    "--",
    "message_text",
    "text:",
    "{",
    "^",
    "\0",
    "\u202e",
    "ß",
    "İ",
    "𝔘",
    "tag:'",
    'tag:"',
    "status:x",
    "after:9999-99-99",
    "number:99999999999999999999",
    "#",
    "from:",
    "to:%",
)
TAGS = ("vip", "refund", "VIP", "mention:vip", 'q"uote', "o'clock", "50%")
ME_ID = ANNA.id


class Rows:
    """A replica with random conversations and messages, and the same rows in Python."""

    def __init__(self, database: Database, chance: random.Random) -> None:
        schema = ReplicaSchema()
        self.inbox, self.search = InboxQueries(database, schema), SearchQueries(database, schema)
        conversations = [_conversation(chance, number) for number in range(60)]
        self.messages = [_message(chance, number, conversations) for number in range(300)]
        with database.write() as connection:
            for rows in (conversations, self.messages):
                insert(connection, schema.tables, encode(schema.tables, rows))
            full_text.index_new(connection)
            while full_text.index_block(connection):
                pass
        keys = self.inbox.keys_of([row.id for row in conversations])
        self.conversations = {keys[row.id]: row for row in conversations}


def _conversation(chance: random.Random, number: int) -> Conversation:
    minutes = timedelta(minutes=chance.randrange(-3, 4))
    return make_conversation(
        id=derived_id(START, "row", str(number)),
        number=number + 1,
        status=chance.choice(tuple(Status)),
        priority=chance.choice(tuple(Priority)),
        assignee_id=chance.choice((None, ANNA.id, BEN.id)),
        team_id=chance.choice((None, "t1", "t'2")),
        channel_id=chance.choice(("c1", 'c"2')),
        customer_id=chance.choice(("k1", "k2")),
        tags=tuple(chance.sample(TAGS, chance.randrange(3))),
        mentioned_ids=tuple(chance.sample((ANNA.id, BEN.id), chance.randrange(3))),
        last_message_at=START + minutes,
        due_at=chance.choice((None, START + minutes)),
        snoozed_until=chance.choice((None, START + minutes)),
    )


def _message(chance: random.Random, number: int, conversations: list[Conversation]) -> Message:
    return make_message(
        id=derived_id(START, "message", str(number)),
        conversation_id=chance.choice(conversations).id,
        author_name="",
        created_at=START + timedelta(seconds=number),
        text=" ".join(chance.choices(WORDS, k=chance.randrange(1, 6))),
    )


# ----- filters


def filters(chance: random.Random) -> ConversationFilter:
    """Some filter, of values that are there and of others that somebody might try."""

    def text(*known: str) -> str | None:
        return chance.choice((None, None, *known, chance.choice(HOSTILE)))

    return ConversationFilter(
        statuses=tuple(chance.sample(tuple(Status), chance.randrange(4))),
        assignee=chance.choice(("", "", ME, NOBODY, BEN.id, chance.choice(HOSTILE))),
        team_id=text("t1", "t'2"),
        channel_id=text("c1", 'c"2'),
        customer_id=text("k1"),
        priorities=tuple(chance.sample(tuple(Priority), chance.randrange(3))),
        tag=text(*TAGS) or "",
        mentions_me=chance.random() < 0.2,
        snoozed=chance.choice((None, None, True, False)),
        due_within_minutes=chance.choice((None, None, 0, 2, -2)),
    )


def check_filter(rows: Rows, chance: random.Random) -> None:
    """SQL finds what Python finds."""
    wanted, order = filters(chance), chance.choice(tuple(SortOrder))
    found = list(rows.inbox.keys(wanted, order, ME_ID, START))
    expected = {key for key, row in rows.conversations.items() if wanted.matches(row, ME_ID, START)}
    assert len(found) == len(set(found)), wanted
    assert set(found) == expected, wanted


# ----- searches


def searches(chance: random.Random) -> str:
    """What somebody might type."""
    parts = []
    for _ in range(chance.randrange(1, 5)):
        word = chance.choice(WORDS)
        parts.append(
            chance.choice(
                (
                    word,
                    word,
                    word[: chance.randrange(1, len(word) + 1)],
                    f"-{word}",
                    f'"{word} {chance.choice(WORDS)}"',
                    f"tag:{chance.choice(('vip', 'refund', 'nothing'))}",
                    f"-tag:{chance.choice(('vip', 'refund'))}",
                    f"status:{chance.choice(tuple(Status)).value}",
                    f"priority:{chance.choice(tuple(Priority)).value}",
                    f"assignee:{chance.choice((ME, NOBODY))}",
                    f"is:{chance.choice(('snoozed', 'unread'))}",
                    chance.choice(HOSTILE),
                    f"{chance.choice(HOSTILE)}{word}",
                )
            )
        )
    return " ".join(parts) + chance.choice(("", " "))


def check_search(rows: Rows, chance: random.Random) -> None:
    """No text is an error, and words and conditions find just what fulfils them."""
    query = parse(searches(chance), START.date())
    ids = NamedIds(assignees=(ME_ID,), teams=(), channels=())
    match, wanted = to_fts(query.terms), narrowing(query, ids, ME_ID, START)
    if not match and wanted.is_empty:
        return
    found = {key for _, key in rows.search.narrowed(match, wanted, 10_000)}
    if _is_plain(query):
        assert found == _expected(rows, query, bool(match)), query


def _is_plain(query: SearchQuery) -> bool:
    """Whether Python can say what is meant without knowing how words are made: known words, and conditions."""
    simple = all(
        term.field is None and all(word.isascii() and word.isalpha() for word in term.text.split())
        for term in query.terms
    )
    named = query.number is None and query.unread is None and query.after is None and query.before is None
    return simple and named and query.has_attachment is None and not (query.team or query.channel)


def _expected(rows: Rows, query: SearchQuery, with_words: bool) -> set[int]:
    fulfilling = {key: row for key, row in rows.conversations.items() if _fulfils(row, query)}
    if not with_words:
        return set(fulfilling)
    by_id = {row.id: key for key, row in fulfilling.items()}
    wanted = [term for term in query.terms if not term.negated]
    unwanted = [term for term in query.terms if term.negated]
    return {
        by_id[message.conversation_id]
        for message in rows.messages
        if message.conversation_id in by_id
        and all(_said(message.text, term) for term in wanted)
        and not any(_said(message.text, term) for term in unwanted)
    }


def _said(text: str, term: Term) -> bool:
    said, words = text.casefold().split(), term.text.casefold().split()
    for start in range(len(said) - len(words) + 1):
        there = said[start : start + len(words)]
        last = there[-1].startswith(words[-1]) if term.prefix else there[-1] == words[-1]
        if there[:-1] == words[:-1] and last:
            return True
    return False


def _fulfils(row: Conversation, query: SearchQuery) -> bool:
    if query.assignee:
        assigned = row.assignee_id is None if query.assignee == NOBODY else row.assignee_id == ME_ID
        if not assigned:
            return False
    if query.snoozed is not None:
        asleep = row.snoozed_until is not None and row.snoozed_until > START
        if asleep is not query.snoozed:
            return False
    return (
        (not query.statuses or row.status in query.statuses)
        and (not query.priorities or row.priority in query.priorities)
        and all(tag in row.tags for tag in query.tags)
        and not any(tag in row.tags for tag in query.without_tags)
    )


@contextmanager
def opened(seed: int) -> Iterator[Rows]:
    """Rows in a new file."""
    with TemporaryDirectory(prefix="fuzz-") as folder:
        database = Database(Path(folder) / "replica.db", Durability.NORMAL)
        prepare(database, replica_version())
        try:
            yield Rows(database, random.Random(seed))
        finally:
            database.close()


def run(queries: int, seed: int) -> int:
    """Half filters, half searches; how many there were. Raises AssertionError for the first that differs."""
    chance = random.Random(seed)
    with opened(seed) as rows:
        for number in range(queries):
            (check_filter if number % 2 else check_search)(rows, chance)
    return queries


def main() -> int:
    """Run as many as asked for, on new rows every thousand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=50_000)
    parser.add_argument("--start", type=int, default=0)
    options = parser.parse_args()
    done, seed = 0, options.start
    while done < options.queries:
        done, seed = done + run(min(1_000, options.queries - done), seed), seed + 1
    print(json.dumps({"queries": done, "differences": 0, "errors": 0}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
