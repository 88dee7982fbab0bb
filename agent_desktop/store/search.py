"""Full-text queries: the newest matches by key, those ranked; never a ranking of everything.

Sorting all matches of a common word takes seconds on millions of messages; the newest few hundred take milliseconds.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Article
from agent_desktop.domain.search_query import Field, SearchQuery
from agent_desktop.domain.view import NOBODY
from agent_desktop.store.database import Database
from agent_desktop.store.full_text import Coverage, coverage
from agent_desktop.store.schema import ReplicaSchema

NEWEST = 500
"""How many of the newest matches are looked at."""
WIDE = 20_000
"""How many of the newest matches are looked at when further conditions narrow them."""
_WORDS = re.compile(r"\w+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class NamedIds:
    """Who and what the names in a query stand for."""

    assignees: tuple[Id, ...] = ()
    teams: tuple[Id, ...] = ()
    channels: tuple[Id, ...] = ()


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Conditions beside the words, as SQL over `message` and `conversation` with their bound values."""

    message_conditions: tuple[str, ...] = ()
    message_values: tuple[str | int, ...] = ()
    conversation_conditions: tuple[str, ...] = ()
    conversation_values: tuple[str | int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing narrows."""
        return not self.message_conditions and not self.conversation_conditions


def narrowing(query: SearchQuery, ids: NamedIds, viewer_id: Id, now: datetime) -> Narrowing:
    """The conditions of a query beside its words; names are resolved to `ids` by the caller."""
    message: list[tuple[str, list[str | int]]] = []
    conversation: list[tuple[str, list[str | int]]] = []
    for term in query.terms:
        if term.field is Field.TO:
            wanted = "LIKE" if not term.negated else "NOT LIKE"
            text = term.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            message.append((f"message.\"to\" {wanted} ? ESCAPE '\\'", [f"%{text}%"]))
    if query.has_attachment is not None:
        message.append((f"message.attachment_count {'>' if query.has_attachment else '='} 0", []))
    for day, sign in ((query.after, ">="), (query.before, "<")):
        if day is not None:
            start = datetime.combine(day, datetime.min.time()).astimezone()
            message.append((f"message.created_at {sign} ?", [to_microseconds(start)]))
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
        conversation.append(_one_of("conversation.channel_id", list(ids.channels)))
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
    )


def _one_of(column: str, values: Sequence[str]) -> tuple[str, list[str | int]]:
    return f"{column} IN ({', '.join('?' * len(values))})", list(values)


MARK_START, MARK_END = "\x02", "\x03"


def quoted(word: str) -> str:
    """A word as an FTS5 string: nothing in it is syntax."""
    return '"' + word.replace('"', '""') + '"'


def prefix_match(text: str) -> str:
    """A MATCH expression for words of which the last may be a beginning; "" when there are none."""
    words = _WORDS.findall(text)
    return " ".join(quoted(word) for word in words) + "*" if words else ""


class SearchQueries:
    """Reads of the full-text index."""

    def __init__(self, database: Database, schema: ReplicaSchema) -> None:
        self._database = database
        self._article = schema.tables[Article]

    def coverage(self) -> Coverage:
        """How much of the messages can be found."""
        with self._database.read() as connection:
            return coverage(connection)

    def message_keys(self, match: str, limit: int = NEWEST) -> list[tuple[int, int]]:
        """The newest matching messages: their key and their conversation's key."""
        with self._database.read() as connection:
            found = connection.exec_driver_sql(
                "SELECT newest.rowid, conversation.pk FROM"
                " (SELECT rowid FROM message_text WHERE message_text MATCH ? ORDER BY rowid DESC LIMIT ?) AS newest"
                " JOIN message ON message.pk = newest.rowid"
                " JOIN conversation ON conversation.id = message.conversation_id",
                (match, limit),
            )
            return [(row[0], row[1]) for row in found]

    def narrowed(self, match: str, wanted: Narrowing, limit: int = NEWEST) -> list[tuple[int | None, int]]:
        """The newest matches that also fulfil conditions: message key (None without words) and conversation key.

        With words, the newest `WIDE` matches are looked at; without, everything from the newest on.
        """
        message_conditions, values = wanted.message_conditions, list(wanted.message_values)
        if match:
            source = (
                "(SELECT rowid AS pk FROM message_text WHERE message_text MATCH ? ORDER BY rowid DESC LIMIT ?) newest"
                " JOIN message ON message.pk = newest.pk JOIN conversation ON conversation.id = message.conversation_id"
            )
            columns, order = "message.pk, conversation.pk", "message.pk DESC"
            values = [match, WIDE, *values]
        elif message_conditions:
            source = "message JOIN conversation ON conversation.id = message.conversation_id"
            columns, order = "message.pk, conversation.pk", "message.pk DESC"
        else:
            source, columns, order = (
                "conversation",
                "NULL, conversation.pk",
                "conversation.last_message_at DESC",
            )
        where = " AND ".join([*message_conditions, *wanted.conversation_conditions]) or "1"
        sql = f"SELECT {columns} FROM {source} WHERE {where} ORDER BY {order} LIMIT ?"  # noqa: S608 - values are bound
        with self._database.read() as connection:
            found = connection.exec_driver_sql(sql, (*values, *wanted.conversation_values, limit))
            return [(row[0], row[1]) for row in found]

    def excerpts(self, match: str, keys: Sequence[int], words: int = 18) -> dict[int, str]:
        """Excerpts of these messages around what matched, with marks."""
        if not keys:
            return {}
        marks = ", ".join("?" * len(keys))
        with self._database.read() as connection:
            found = connection.exec_driver_sql(
                f"SELECT rowid, snippet(message_text, -1, ?, ?, '…', ?) FROM message_text"  # noqa: S608 - marks only
                f" WHERE message_text MATCH ? AND rowid IN ({marks})",
                (MARK_START, MARK_END, words, match, *keys),
            )
            return {row[0]: row[1] for row in found}

    def conversation_keys(self, match: str, limit: int = NEWEST) -> list[int]:
        """The newest conversations whose subject matches."""
        with self._database.read() as connection:
            return list(
                connection.exec_driver_sql(
                    "SELECT rowid FROM conversation_text WHERE conversation_text MATCH ? ORDER BY rowid DESC LIMIT ?",
                    (match, limit),
                ).scalars()
            )

    def keys_of_customers(self, match: str, limit: int = NEWEST) -> list[int]:
        """The newest conversations of customers whose name or address matches."""
        with self._database.read() as connection:
            return list(
                connection.exec_driver_sql(
                    "SELECT conversation.pk FROM conversation WHERE customer_id IN ("
                    " SELECT id FROM customer WHERE pk IN"
                    " (SELECT rowid FROM customer_text WHERE customer_text MATCH ? ORDER BY rowid DESC LIMIT 200)"
                    " UNION SELECT customer_id FROM identity WHERE pk IN"
                    " (SELECT rowid FROM identity_text WHERE identity_text MATCH ? ORDER BY rowid DESC LIMIT 200))"
                    " ORDER BY last_message_at DESC LIMIT ?",
                    (match, match, limit),
                ).scalars()
            )

    def articles(self, text: str, limit: int) -> list[tuple[Article, float]]:
        """Articles with all these words, with a rank (higher is better)."""
        match = prefix_match(text)
        return self._ranked_articles(match, limit) if match else []

    def articles_like(self, words: Sequence[str], limit: int) -> list[tuple[Article, float]]:
        """Articles with any of these words, with a rank (higher is better)."""
        return self._ranked_articles(" OR ".join(quoted(word) for word in words), limit) if words else []

    def _ranked_articles(self, match: str, limit: int) -> list[tuple[Article, float]]:
        # The knowledge base is small enough to be ranked whole; a word of the title counts five times.
        names = ", ".join(f"article.{name}" for name in self._article.columns)
        with self._database.read() as connection:
            found = connection.exec_driver_sql(
                f"SELECT {names}, -bm25(article_text, 5.0, 1.0, 2.0) FROM article_text"  # noqa: S608 - names from code
                " JOIN article ON article.pk = article_text.rowid"
                " WHERE article_text MATCH ? AND article.state != 'archived' ORDER BY rank LIMIT ?",
                (match, limit),
            )
            return [(self._article.row(row), max(0.01, row[-1])) for row in found]
