"""Search over everything on this device, as you type."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from agent_desktop.domain.clock import Clock, from_microseconds
from agent_desktop.domain.excerpts import excerpt_of, pattern_of
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Article, CannedResponse, Macro
from agent_desktop.domain.search_query import COLUMNS, Field, SearchQuery, parse, to_fts
from agent_desktop.domain.view import ME, NOBODY
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.customers import CustomerRow, CustomerService
from agent_desktop.services.directory import Directory
from agent_desktop.services.knowledge import KnowledgeService
from agent_desktop.services.macros import MacroService
from agent_desktop.store.inbox import InboxQueries
from agent_desktop.store.search import (
    FoundRow,
    NamedIds,
    Narrowing,
    SearchQueries,
    narrowing,
    prefix_match,
)

_INDEXED = {Field.FROM: COLUMNS[Field.FROM]}
"""Words for a part of a message. Those for the subject are looked for in that of the conversation."""
_HEADS = 500
"""How many of the newest matching subjects and customers are looked at when conditions narrow them."""
SHORTEST = 2
"""One letter matches nearly everything; messages are searched from two on."""


class SearchHit(NamedTuple):
    """A found conversation. `marks` are the ranges of `excerpt` that matched."""

    conversation_id: Id
    number: int
    subject: str
    customer_name: str
    channel_kind: ChannelKind
    status: str
    excerpt: str
    marks: tuple[tuple[int, int], ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """What was found. `more`: there may be further hits. `covers` says what cannot be found yet."""

    hits: tuple[SearchHit, ...]
    more: bool = False
    problems: tuple[str, ...] = ()
    covers: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaletteHits:
    """The best few of each kind for the command palette."""

    conversations: tuple[SearchHit, ...]
    customers: tuple[CustomerRow, ...]
    articles: tuple[Article, ...]
    canned: tuple[CannedResponse, ...]
    macros: tuple[Macro, ...]


class SearchService:
    """Finds conversations by words and operators, and a few of everything for the palette."""

    def __init__(
        self,
        queries: SearchQueries,
        inbox: InboxQueries,
        customers: CustomerService,
        knowledge: KnowledgeService,
        macros: MacroService,
        directory: Directory,
        clock: Clock,
    ) -> None:
        self._queries = queries
        self._inbox = inbox
        self._customers = customers
        self._knowledge = knowledge
        self._macros = macros
        self._directory = directory
        self._clock = clock

    def search(self, text: str, limit: int = 50) -> SearchResult:
        """Conversations that fulfil the query, the newest first; a matching subject or customer comes before."""
        now = self._clock.now()
        query = parse(text, now.astimezone().date())
        if query.is_empty:
            return SearchResult(hits=(), problems=query.problems)
        found = self._find(query, to_fts(query.terms, _INDEXED), now, limit)
        shown = self._queries.shown(list(found)[:limit])
        pattern = pattern_of(query.terms)
        texts = self._queries.texts([pk for item in shown if (pk := found[item.pk]) is not None])
        coverage = self._queries.coverage()
        missing = coverage.total - coverage.indexed
        return SearchResult(
            hits=tuple(self._hit(item, texts.get(found[item.pk] or 0, ()), pattern) for item in shown),
            more=len(found) > limit,
            problems=query.problems,
            covers=f"{missing:,} older messages are still being indexed and cannot be found yet."
            if missing
            else "",
        )

    def _find(self, query: SearchQuery, match: str, now: datetime, limit: int) -> dict[int, int | None]:
        """Conversation keys in the order to show them, each with the key of the message that matched; what was found
        in merged conversations as what they are part of.

        Not all of them: more than `limit` where there are more.
        """
        found: dict[int, int | None] = {}
        if query.number is not None:
            conversation_id = self._inbox.id_by_number(query.number)
            if conversation_id is not None:
                self._add(found, [self._inbox.keys_of([conversation_id])[conversation_id]], {})
            if not match:
                return found
        conditions = narrowing(query, self._named(query), self._directory.me.id, now)
        if conditions.is_empty and not match:
            return found
        messages = self._messages(query, match, conditions, limit)
        if match and not conditions.message_conditions:
            self._add_by_head(found, query, conditions, messages, limit)
        for pk, key in messages:
            found.setdefault(key, pk)
        return found

    def _messages(
        self, query: SearchQuery, match: str, conditions: Narrowing, limit: int
    ) -> Sequence[tuple[int | None, int]]:
        """The newest messages that fulfil the query, with the conversations that they are part of."""
        if not conditions.is_empty:
            return self._queries.narrowed(match, conditions, limit)
        return self._queries.newest(match, limit) if _long_enough(query) else []

    def _add_by_head(
        self,
        found: dict[int, int | None],
        query: SearchQuery,
        conditions: Narrowing,
        messages: Sequence[tuple[int | None, int]],
        limit: int,
    ) -> None:
        """Add the conversations whose subject, and then those whose customer, has all the words."""
        if any(term.field or term.negated for term in query.terms):
            return
        match = to_fts(query.terms)
        upto = limit if conditions.is_empty else _HEADS
        by_message = {key: pk for pk, key in reversed(messages)}
        for conversations_by in (self._queries.conversation_keys, self._queries.keys_of_customers):
            if len(found) >= limit and len(found.keys() | by_message.keys()) > limit:
                return  # What follows would not be shown, and that there is more is known.
            keys = conversations_by(match, upto)
            if not conditions.is_empty:
                fulfilling = self._queries.fulfilling(keys, conditions)
                keys = [key for key in keys if key in fulfilling]
            self._add(found, keys, by_message)

    def _add(
        self, found: dict[int, int | None], keys: Sequence[int], by_message: Mapping[int, int | None]
    ) -> None:
        survivors = self._inbox.surviving_keys(keys)
        for key in keys:
            found.setdefault(survivors.get(key, key), by_message.get(key))

    def _named(self, query: SearchQuery) -> NamedIds:
        if query.assignee == ME:
            assignees = [self._directory.me.id]
        elif query.assignee in ("", NOBODY):
            assignees = []
        else:
            assignees = [user.id for user in self._directory.users() if _named_so(user.name, query.assignee)]
        return NamedIds(
            assignees=tuple(assignees),
            teams=tuple(team.id for team in self._directory.teams() if _named_so(team.name, query.team)),
            channels=tuple(
                channel.id
                for channel in self._directory.channels()
                if _named_so(channel.name, query.channel) or channel.kind.value == query.channel.casefold()
            ),
        )

    def _hit(self, item: FoundRow, texts: tuple[str, ...], pattern: re.Pattern[str]) -> SearchHit:
        excerpt = excerpt_of(texts or (item.words,), pattern)
        return SearchHit(
            conversation_id=item.id,
            number=item.number,
            subject=item.subject,
            customer_name=item.customer_name,
            channel_kind=ChannelKind(item.channel_kind),
            status=item.status,
            excerpt=excerpt.text or item.words,
            marks=excerpt.marks,
            at=from_microseconds(item.last_message),
        )

    def palette(self, text: str, limit: int = 5) -> PaletteHits:
        """The best few of each kind for words that are being typed."""
        words = text.strip()
        conversations: tuple[SearchHit, ...] = ()
        if len(words) >= SHORTEST:
            conversations = self.search(words, limit).hits
        searchable = bool(prefix_match(words))
        articles = self._knowledge.find_articles(words, limit) if searchable else []
        return PaletteHits(
            conversations=conversations,
            customers=tuple(self._customers.find(words, limit)) if searchable else (),
            articles=tuple(hit.article for hit in articles),
            canned=tuple(self._knowledge.canned(words)[:limit]),
            macros=tuple(macro for macro in self._macros.all() if words.casefold() in macro.name.casefold())[
                :limit
            ],
        )


def _long_enough(query: SearchQuery) -> bool:
    return any(len(term.text) >= SHORTEST for term in query.terms if not term.negated)


def _named_so(name: str, wanted: str) -> bool:
    """Whether a name begins, or one of its words begins, as was asked."""
    folded = name.casefold()
    return bool(wanted) and any(part.startswith(wanted.casefold()) for part in (folded, *folded.split()))
