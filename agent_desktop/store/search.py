"""Full-text queries: the newest matches by key, those ranked; never a ranking of everything.

Sorting all matches of a common word takes seconds on millions of messages; the newest few hundred take milliseconds.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import islice, pairwise
from typing import NamedTuple

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.conversation import ACTIVE
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Article
from agent_desktop.domain.merging import MERGE_HOPS
from agent_desktop.domain.search_query import Field, SearchQuery, to_fts
from agent_desktop.domain.view import NOBODY
from agent_desktop.store.beginnings import spelled_out
from agent_desktop.store.database import Database, Statements, Value
from agent_desktop.store.full_text import Coverage, coverage
from agent_desktop.store.inbox_row import CUSTOMER_AND_CHANNEL, SHOWN_CHANNEL, SHOWN_CUSTOMER
from agent_desktop.store.merging import family_from
from agent_desktop.store.schema import LISTED, WORKED_ON, ReplicaSchema

NEWEST = 500
"""How many of the newest matches are looked at."""
ARTICLE_INDEXES = (("article_title_text", 2.0), ("article_body_text", 1.0))
"""A word of the title counts twice. Over public sets of questions this ranked best of what SQLite offers."""
CANDIDATES = 100
"""So many more articles are ranked than asked for, in case archived ones are among them."""
WIDE = 20_000
"""How many of the newest matches are looked at when few conversations come into question."""
LOOKED_AT = 5_000
"""How many of the newest matches are looked at one by one when there are further conditions."""
MESSAGES_FOR_EACH = 3
"""How many messages are looked at for each conversation to show: several may belong to one."""
_STEPS = (150, 500, 1_500, LOOKED_AT)
_FINE_STEPS = tuple(range(100, LOOKED_AT + 1, 100))
_NEWEST_MESSAGES = "SELECT rowid FROM message_text WHERE message_text MATCH ? ORDER BY rowid DESC LIMIT ?"
_LONGEST_TEXT = 50_000
_WORDS = re.compile(r"\w+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class NamedIds:
    """Who and what the names in a query stand for."""

    assignees: tuple[Id, ...] = ()
    teams: tuple[Id, ...] = ()
    channels: tuple[Id, ...] = ()


class FoundRow(NamedTuple):
    """What is shown of a found conversation, as the database has it. `words` are the beginning of its last message."""

    pk: int
    id: Id
    number: int
    subject: str
    customer_name: str
    channel_kind: str
    status: str
    words: str
    last_message: int


_SHOWN = f"""SELECT conversation.pk, conversation.id, number, subject, {SHOWN_CUSTOMER}, {SHOWN_CHANNEL},
    status, preview, last_message_at
    FROM json_each(?) AS wanted CROSS JOIN conversation ON conversation.pk = wanted.value {CUSTOMER_AND_CHANNEL}"""  # noqa: S608 - names from code
_SURVIVOR = f"""JOIN conversation ON conversation.id = CASE WHEN thread.merged_into IS NULL THEN thread.id ELSE (
    WITH RECURSIVE up (id, into_id, hop) AS (SELECT thread.id, thread.merged_into, 0 UNION ALL
        SELECT above.id, above.merged_into, hop + 1 FROM up CROSS JOIN conversation AS above ON above.id = up.into_id
        WHERE hop < {MERGE_HOPS})
    SELECT id FROM up ORDER BY hop DESC LIMIT 1) END"""  # noqa: S608 - a number from code
_MERGED = "thread.merged_into IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Conditions beside the words, as SQL over `message`, the `thread` that it was addressed to and the `conversation`
    that this is part of after merges, with their bound values. What somebody has done, such as resolving or tagging, is
    asked of the conversation; subject and channel of the thread.

    `few`: only conversations that are worked on come into question, which are never very many. `about_threads`: there
    are conditions on threads.
    """

    message_conditions: tuple[str, ...] = ()
    message_values: tuple[str | int, ...] = ()
    conversation_conditions: tuple[str, ...] = ()
    conversation_values: tuple[str | int, ...] = ()
    few: bool = False
    about_threads: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing narrows."""
        return not self.message_conditions and not self.conversation_conditions

    @property
    def sql(self) -> str:
        """All conditions as one; its values are `values`."""
        return _all_of([*self.message_conditions, *self.conversation_conditions])

    @property
    def is_impossible(self) -> bool:
        """Whether nothing can fulfil it, such as where a name stands for nobody."""
        return _NEVER in self.conversation_conditions

    @property
    def of_unmerged(self) -> str:
        """The same for conversations that are no part of another, of which each is its own thread."""
        return self.sql.replace("thread.", "conversation.")

    @property
    def test(self) -> str:
        """The same, to test rows that were found otherwise: no list of keys is gone through for each of them."""
        return _as_test(self.sql)

    @property
    def values(self) -> tuple[str | int, ...]:
        """The values of `sql`."""
        return (*self.message_values, *self.conversation_values)


ANYTHING = Narrowing()


def _all_of(conditions: Iterable[str]) -> str:
    return " AND ".join(conditions) or "1"


def _as_test(condition: str) -> str:
    return re.sub(r"\b(conversation|thread)\.pk\b", r"+\1.pk", condition)


_NEVER = "0"
_NAMED_AT_MOST = 200
NAMED = family_from("""named(id, into_id) AS MATERIALIZED (
        SELECT id, merged_into FROM customer WHERE pk IN (SELECT value FROM json_each(?))),
    addressed(id) AS (
        SELECT customer_id FROM identity WHERE pk IN (SELECT value FROM json_each(?)) EXCEPT SELECT id FROM named),
    start(id, into_id) AS (
        SELECT id, into_id FROM named UNION
        SELECT addressed.id, customer.merged_into FROM addressed LEFT JOIN customer ON customer.id = addressed.id)""")
"""A WITH clause: `upward` and `family` of the customers whose name or address matches, as `family_of` has them. Its
values are those of `named_so`. Most who are found by their name have an address that is found as well."""


def narrowing(query: SearchQuery, ids: NamedIds, viewer_id: Id, now: datetime) -> Narrowing:
    """The conditions of a query beside its words; names are resolved to `ids` by the caller."""
    message: list[tuple[str, list[str | int]]] = []
    conversation: list[tuple[str, list[str | int]]] = []
    for term in query.terms:
        if term.field is Field.SUBJECT and (match := to_fts([replace(term, field=None, negated=False)])):
            subject = "(SELECT rowid FROM conversation_text WHERE conversation_text MATCH ?)"
            conversation.append((f"thread.pk {'NOT ' if term.negated else ''}IN {subject}", [match]))
        if term.field is Field.TO:
            wanted = "LIKE" if not term.negated else "NOT LIKE"
            text = term.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            message.append((f"message.\"to\" {wanted} ? ESCAPE '\\'", [f"%{text}%"]))
    if query.has_attachment is not None:
        message.append((f"message.attachment_count {'>' if query.has_attachment else '='} 0", []))
    for day, sign in ((query.after, ">="), (query.before, "<")):
        if day is not None:
            message.append((f"message.created_at {sign} ?", [to_microseconds(_start_of(day))]))
    few = bool(query.statuses) and all(status in ACTIVE for status in query.statuses)
    if few:
        conversation.append((f"conversation.{WORKED_ON} AND {LISTED}", []))
    if query.statuses:
        conversation.append(_one_of("conversation.status", [status.value for status in query.statuses]))
    if query.priorities:
        conversation.append(_one_of("conversation.priority", [item.value for item in query.priorities]))
    facet = "conversation.pk {} (SELECT pk FROM conversation_facet WHERE facet = ?)"
    conversation += [(facet.format("IN"), [f"tag:{tag}"]) for tag in query.tags]
    conversation += [(facet.format("NOT IN"), [f"tag:{tag}"]) for tag in query.without_tags]
    if query.assignee == NOBODY:
        conversation.append(("conversation.assignee_id IS NULL", []))
    elif query.assignee:
        conversation.append(_one_of("conversation.assignee_id", list(ids.assignees)))
    if query.team:
        conversation.append(_one_of("conversation.team_id", list(ids.teams)))
    if query.channel:
        conversation.append(_one_of("thread.channel_id", list(ids.channels)))
    if query.snoozed is not None:
        asleep = "coalesce(conversation.snoozed_until, 0) {} ?"
        conversation.append((asleep.format(">" if query.snoozed else "<="), [to_microseconds(now)]))
    if query.unread is not None:
        read = (
            "(SELECT max(read_at) FROM read_marker WHERE conversation_id = conversation.id AND user_id = ?)"
        )
        unread = f"coalesce(conversation.last_in_at, 0) > coalesce({read}, 0)"
        conversation.append((unread if query.unread else f"NOT ({unread})", [viewer_id]))
    return Narrowing(
        tuple(sql for sql, _ in message),
        tuple(value for _, values in message for value in values),
        tuple(sql for sql, _ in conversation),
        tuple(value for _, values in conversation for value in values),
        few,
        any("thread." in sql for sql, _ in conversation),
    )


def _start_of(day: date) -> datetime:
    """When a day begins where the user is; what no clock of this system can tell, in UTC."""
    start = datetime.combine(day, time())
    try:
        return start.astimezone()
    except (ValueError, OverflowError, OSError):
        return start.replace(tzinfo=UTC)


def _one_of(column: str, values: Sequence[str]) -> tuple[str, list[str | int]]:
    return f"{column} IN ({', '.join('?' * len(values))})" if values else _NEVER, list(values)


def quoted(word: str) -> str:
    """A word as an FTS5 string: nothing in it is syntax."""
    return '"' + word.replace('"', '""') + '"'


def prefix_match(text: str) -> str:
    """A MATCH expression for words of which the last may be a beginning; "" when there are none."""
    words = _WORDS.findall(text)
    return " AND ".join(quoted(word) for word in words) + "*" if words else ""


def newest(connection: Statements, index: str, match: str, limit: int, lowest: int = 0) -> list[int]:
    """The highest keys that match in a full-text index, from `lowest` on."""
    found = connection.execute(
        f"SELECT rowid FROM {index} WHERE {index} MATCH ? AND rowid >= ? ORDER BY rowid DESC LIMIT ?",  # noqa: S608 - from code
        (spelled_out(connection, index, match), lowest, limit),
    )
    return [row[0] for row in found]


def named_so(connection: Statements, match: str) -> tuple[str, str]:
    """The values of `NAMED` for a MATCH expression: the newest customers and addresses that match."""
    customers, addresses = (
        json.dumps(newest(connection, index, match, _NAMED_AT_MOST))
        for index in ("customer_text", "identity_text")
    )
    return customers, addresses


class SearchQueries:
    """Reads of the full-text index."""

    def __init__(self, database: Database, schema: ReplicaSchema) -> None:
        self._database = database
        self._article = schema.tables[Article]
        names = ", ".join(self._article.columns)
        self._articles = (
            f"SELECT {names}, pk FROM article"  # noqa: S608 - names from code
            " WHERE pk IN (SELECT value FROM json_each(?)) AND state != 'archived'"
        )

    def coverage(self) -> Coverage:
        """How much of the messages can be found."""
        with self._database.read() as connection:
            return coverage(connection)

    def message_keys(self, match: str, limit: int = NEWEST) -> list[int]:
        """The keys of the newest matching messages."""
        with self._database.snapshot() as connection:
            return newest(connection, "message_text", match, limit)

    def newest(self, match: str, limit: int) -> list[tuple[int, int]]:
        """The newest matching messages, each with the key of its conversation, or of what that is part of: as many as
        show more than `limit` of these where there are more, of the newest `NEWEST`.
        """
        step = MESSAGES_FOR_EACH * limit
        return self._matching(match, ANYTHING, limit, (*range(step, NEWEST, step), NEWEST))

    def _matching(
        self, match: str, wanted: Narrowing, limit: int, steps: Sequence[int]
    ) -> list[tuple[int, int]]:
        """The newest matching messages that fulfil the conditions. After each of so many that were looked at it may be
        enough: the index is not asked for more, and that is what takes longest where words seldom meet.
        """
        found: list[tuple[int, int]] = []
        sql = (
            f"SELECT found.rowid, CASE WHEN {_all_of(map(_as_test, wanted.conversation_conditions))}"  # noqa: S608 - values are bound
            f" THEN conversation.pk END FROM ({_NEWEST_MESSAGES}) AS found"
            f" LEFT JOIN message ON message.pk = found.rowid AND {_all_of(wanted.message_conditions)}"
            " LEFT JOIN conversation AS thread ON thread.id = message.conversation_id"
            f" LEFT {_SURVIVOR}"
        )
        with self._database.snapshot() as connection:
            words = spelled_out(connection, "message_text", match)
            values = (*wanted.conversation_values, words, steps[-1], *wanted.message_values)
            with closing(connection.execute(sql, values)) as rows:
                conversations: set[int] = set()
                for start, end in pairwise((0, *steps)):
                    looked_at = list(islice(rows, end - start))
                    fulfilling = [pair for pair in looked_at if pair[1] is not None]
                    found += fulfilling
                    conversations.update(key for _, key in fulfilling)
                    if len(conversations) > limit or len(looked_at) < end - start:
                        break
        return found

    def narrowed(self, match: str, wanted: Narrowing, limit: int) -> list[tuple[int | None, int]]:
        """The newest that fulfil conditions: message key (None without words) and conversation key.

        These are of more than `limit` conversations where there are more. With words, only so many of the newest
        matches are looked at.
        """
        if wanted.is_impossible:
            return []
        if match and wanted.few:
            return [*self._of_few(match, wanted)]
        if match:
            # What is said of conversations is asked of those with a matching subject, too, whose messages are looked
            # for among these: as far as always. Conditions of messages are fulfilled by few.
            return [
                *self._matching(match, wanted, limit, _FINE_STEPS if wanted.message_conditions else _STEPS)
            ]
        if wanted.message_conditions:
            sql = (
                "SELECT message.pk, conversation.pk FROM message"  # noqa: S608 - values are bound
                " CROSS JOIN conversation AS thread ON thread.id = message.conversation_id"
                f" CROSS {_SURVIVOR} WHERE {wanted.test} ORDER BY message.pk DESC LIMIT ?"
            )
            return [*self._pairs(sql, (*wanted.values, MESSAGES_FOR_EACH * limit))]
        return [(None, key) for key in self._without_words(wanted, MESSAGES_FOR_EACH * limit)]

    def _without_words(self, wanted: Narrowing, limit: int) -> Iterator[int]:
        """The conversations that were written in last. Merged threads come into question where it is about threads."""
        sources = [f"conversation WHERE {LISTED} AND {wanted.of_unmerged}"]
        if wanted.about_threads:
            sources.append(f"conversation AS thread CROSS {_SURVIVOR} WHERE {_MERGED} AND {wanted.test}")
        found: list[tuple[int, int]] = []
        for source in sources:
            sql = (
                f"SELECT conversation.last_message_at, conversation.pk FROM {source}"  # noqa: S608 - values are bound
                " ORDER BY conversation.last_message_at DESC LIMIT ?"
            )
            found += self._pairs(sql, (*wanted.values, limit))
        return (key for _, key in sorted(found, key=lambda pair: -pair[0]))

    def fulfilling(self, keys: Sequence[int], wanted: Narrowing) -> set[int]:
        """Those of these conversations that fulfil conditions, also those that are part of one that does; none where
        the conditions are about messages.
        """
        if not keys or wanted.message_conditions or wanted.is_impossible:
            return set()
        sql = (
            "SELECT NULL, thread.pk FROM json_each(?) AS found"  # noqa: S608 - values are bound
            f" CROSS JOIN conversation AS thread ON thread.pk = found.value CROSS {_SURVIVOR} WHERE {wanted.test}"
        )
        return {pk for _, pk in self._pairs(sql, (json.dumps(list(keys)), *wanted.values))}

    def _of_few(self, match: str, wanted: Narrowing) -> list[tuple[int, int]]:
        """All messages of the few conversations in question, as far as they are among the matches."""
        found: list[tuple[int, int]] = []
        for threads, belongs_to, condition in (
            ("conversation", "conversation", wanted.of_unmerged),
            (f"conversation AS thread CROSS {_SURVIVOR}", "thread", f"{_MERGED} AND {wanted.test}"),
        ):
            sql = (
                f"SELECT message.pk, conversation.pk FROM {threads}"  # noqa: S608 - values are bound
                f" CROSS JOIN message ON message.conversation_id = {belongs_to}.id WHERE {condition}"
            )
            found += self._pairs(sql, wanted.values)
        if not found:
            return []
        with self._database.snapshot() as connection:
            # What is worked on is mostly new: older matches need not be read.
            matching = set(newest(connection, "message_text", match, WIDE, lowest=min(found)[0]))
        return sorted((pair for pair in found if pair[0] in matching), reverse=True)

    def _pairs(self, sql: str, values: Sequence[Value]) -> list[tuple[int, int]]:
        return [(first, second) for first, second in self._database.query(sql, values)]

    def shown(self, keys: Sequence[int]) -> list[FoundRow]:
        """What is shown of the conversations with these keys, in their order; what is gone is left out."""
        return list(map(FoundRow._make, self._database.query(_SHOWN, (json.dumps(list(keys)),))))

    def texts(self, keys: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """Text, subject, author and sender of messages, for excerpts; very long texts are cut."""
        found = self._database.query(
            f"SELECT pk, substr(text, 1, {_LONGEST_TEXT}), subject, author_name, sender FROM message"  # noqa: S608 - a number
            " WHERE pk IN (SELECT value FROM json_each(?))",
            (json.dumps(list(keys)),),
        )
        return {key: tuple(texts) for key, *texts in found}

    def conversation_keys(self, match: str, limit: int) -> list[int]:
        """The newest conversations whose subject matches."""
        with self._database.snapshot() as connection:
            return newest(connection, "conversation_text", match, limit)

    def keys_of_customers(self, match: str, limit: int) -> list[int]:
        """The newest conversations of customers whose name or address matches, or that of somebody merged with them."""
        with self._database.snapshot() as connection:
            found = connection.execute(
                f"{NAMED} SELECT conversation.pk FROM conversation"  # noqa: S608 - from code
                " WHERE customer_id IN (SELECT id FROM family) ORDER BY last_message_at DESC LIMIT ?",
                (*named_so(connection, match), limit),
            )
            return [row[0] for row in found]

    def articles(self, words: Sequence[str], limit: int, typing: bool = False) -> list[tuple[Article, float]]:
        """Articles with any of these words, the best first, with a rank (higher is better).

        Never all words are required, and a repeated word counts again. With `typing` the last is a beginning.
        """
        if not words:
            return []
        match = " OR ".join(quoted(word) for word in words) + ("*" if typing else "")
        ranks: dict[int, float] = {}
        with self._database.read() as connection:
            for index, weight in ARTICLE_INDEXES:
                for pk, rank in connection.execute(
                    f"SELECT rowid, -bm25({index}) FROM {index} WHERE {index} MATCH ?",  # noqa: S608 - names from code
                    (match,),
                ):
                    ranks[pk] = ranks.get(pk, 0.0) + weight * rank
            best = sorted(ranks, key=lambda pk: -ranks[pk])[: limit + CANDIDATES]
            found = {
                row[-1]: self._article.row(row)
                for row in connection.execute(self._articles, (json.dumps(best),))
            }
        return [(found[pk], max(0.01, ranks[pk])) for pk in best if pk in found][:limit]
