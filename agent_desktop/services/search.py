"""Search over everything on this device, as you type."""

import re
from dataclasses import dataclass
from datetime import datetime

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.excerpts import excerpt_of, pattern_of
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Article, CannedResponse, Macro
from agent_desktop.domain.search_query import COLUMNS, Field, SearchQuery, parse, to_fts
from agent_desktop.domain.view import ME, NOBODY
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.customers import CustomerRow, CustomerService
from agent_desktop.services.directory import Directory
from agent_desktop.services.inbox_rows import InboxRow
from agent_desktop.services.knowledge import KnowledgeService
from agent_desktop.services.macros import MacroService
from agent_desktop.store.inbox import InboxQueries
from agent_desktop.store.search import (
    MESSAGES_FOR_EACH,
    NamedIds,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
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
        found = self._as_survivors(self._find(query, to_fts(query.terms, _INDEXED), now, limit))
        shown = self._inbox.listed(list(found)[:limit], self._directory.me.id)
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
        """Conversation keys in the order to show them, each with the key of the message that matched.

        Not all of them: more than `limit` where there are more.
        """
        found: dict[int, int | None] = {}
        if query.number is not None:
            conversation_id = self._inbox.id_by_number(query.number)
            if conversation_id is not None:
                found[self._inbox.keys_of([conversation_id])[conversation_id]] = None
            if not match:
                return found
        conditions = narrowing(query, self._named(query), self._directory.me.id, now)
        if conditions.is_empty and not match:
            return found
        if conditions.is_empty:
            messages = self._newest(match, limit) if _long_enough(query) else []
            by_message = {key: pk for pk, key in reversed(messages)}
            for key in self._by_head(query, limit):
                found.setdefault(key, by_message.get(key))
            for pk, key in messages:
                found.setdefault(key, pk)
            return found
        narrowed = self._queries.narrowed(match, conditions, limit)
        if match:
            by_head: dict[int, int | None] = {key: pk for pk, key in reversed(narrowed)}
            heads = self._by_head(query, _HEADS)
            fulfilling = self._queries.fulfilling(heads, conditions)
            for key in heads:
                if key in fulfilling:
                    found.setdefault(key, by_head.get(key))
        for message_pk, key in narrowed:
            found.setdefault(key, message_pk)
        return found

    def _as_survivors(self, found: dict[int, int | None]) -> dict[int, int | None]:
        """What was found in merged conversations as what they are part of."""
        survivors = self._inbox.surviving_keys(found)
        shown: dict[int, int | None] = {}
        for key, message in found.items():
            shown.setdefault(survivors.get(key, key), message)
        return shown

    def _newest(self, match: str, limit: int) -> list[tuple[int, int]]:
        """The newest matching messages with their conversations: as many as show more than `limit` of these."""
        keys = self._queries.message_keys(match)
        found: list[tuple[int, int]] = []
        step = MESSAGES_FOR_EACH * limit
        for start in range(0, len(keys), step):
            found += self._queries.with_conversations(keys[start : start + step])
            if len({key for _, key in found}) > limit:
                break
        return found

    def _by_head(self, query: SearchQuery, limit: int) -> list[int]:
        """Conversations whose subject or customer has all the words."""
        if any(term.field or term.negated for term in query.terms):
            return []
        match = to_fts(query.terms)
        return [
            *self._queries.conversation_keys(match, limit),
            *self._queries.keys_of_customers(match, limit),
        ]

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

    def _hit(self, item: InboxRow, texts: tuple[str, ...], pattern: re.Pattern[str]) -> SearchHit:
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
            at=item.last_message_at,
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
