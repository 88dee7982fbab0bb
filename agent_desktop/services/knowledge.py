"""Articles and canned responses: found, suggested for a conversation, and ready to insert."""

import re
from dataclasses import dataclass

from agent_desktop.domain.conversation_merging import messages_of, survivor_of_conversation
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Article, ArticleRevision, ArticleState, CannedResponse, may_use
from agent_desktop.domain.message import Direction, MessageKind
from agent_desktop.services.directory import Directory
from agent_desktop.store.database import Database
from agent_desktop.store.rows import SqlRows
from agent_desktop.store.schema import ReplicaSchema
from agent_desktop.store.search import SearchQueries

EXCERPT_LENGTH = 220
SUGGESTION_WORDS = 60
SUGGESTION_MESSAGES = 6
_WORD = re.compile(r"\w+")
_COMMON = frozenset(
    "a about after again all also am an and any are as at back be because been before being but by can could did do"
    " does done for from get got had has have he hello hi her him his how i if in into is it its just know let like"
    " may me more most much my need no not now of on once only or other our out over please so some still such than"
    " thank thanks that the their them then there these they this those to too up us very want was we well were what"
    " when where which while who why will with would yes you your dear regards best und der die das ich sie ist nicht"
    " mit ein eine que los las por para con una est les des pour".split()
)
"""Words that say nothing about what a text is about."""


@dataclass(frozen=True, slots=True)
class ArticleHit:
    """A found article. `score` is relative to the best hit (1.0)."""

    article: Article
    score: float
    excerpt: str


class KnowledgeService:
    """Reads of the knowledge base as one user may use it."""

    def __init__(
        self, database: Database, schema: ReplicaSchema, search: SearchQueries, directory: Directory
    ) -> None:
        self._database = database
        self._schema = schema
        self._search = search
        self._directory = directory

    def article(self, article_id: Id) -> Article | None:
        """The article, or None."""
        with self._database.read() as connection:
            return SqlRows(connection, self._schema.tables).get(Article, article_id)

    def articles(self, states: tuple[ArticleState, ...] = ()) -> list[Article]:
        """All articles in these states (all states when none is given), by category and title."""
        with self._database.read() as connection:
            found = SqlRows(connection, self._schema.tables).query(Article)
        wanted = [article for article in found if not states or article.state in states]
        return sorted(wanted, key=lambda article: (article.category.casefold(), article.title.casefold()))

    def revisions(self, article_id: Id) -> list[ArticleRevision]:
        """The saved versions of an article, the newest first."""
        with self._database.read() as connection:
            found = SqlRows(connection, self._schema.tables).query(ArticleRevision, article_id=article_id)
        return sorted(found, key=lambda revision: -revision.revision)

    def find_articles(self, text: str, limit: int = 20) -> list[ArticleHit]:
        """Articles with these words (the last may be a beginning), the best first."""
        words = _words(text) or _WORD.findall(text)
        return self._hits(self._search.articles(words, limit, typing=text[-1:].isalnum()))

    def suggest(self, conversation_id: Id, limit: int = 5) -> list[ArticleHit]:
        """Articles that fit what the customer wrote and colleagues noted, the best first."""
        with self._database.read() as connection:
            rows = SqlRows(connection, self._schema.tables)
            conversation = survivor_of_conversation(rows, conversation_id)
            if conversation is None:
                return []
            messages = [
                message
                for message in sorted(messages_of(rows, conversation), key=lambda row: row.id)
                if message.kind is MessageKind.NOTE
                or (message.direction is Direction.IN and message.kind is MessageKind.REPLY)
            ]
        words = _words(conversation.subject) * 2
        for message in messages[-SUGGESTION_MESSAGES:]:
            words += _words(message.text[:4_000])
        return self._hits(self._search.articles(words[:SUGGESTION_WORDS], limit))

    def _hits(self, found: list[tuple[Article, float]]) -> list[ArticleHit]:
        usable = [(article, rank) for article, rank in found if article.state is not ArticleState.ARCHIVED]
        best = max((rank for _, rank in usable), default=1.0) or 1.0
        return [ArticleHit(article, rank / best, article_excerpt(article)) for article, rank in usable]

    def canned(self, text: str = "") -> list[CannedResponse]:
        """Canned responses this user may use: by beginning of the shortcut, then by words, most used first."""
        me = self._directory.me
        with self._database.read() as connection:
            rows = SqlRows(connection, self._schema.tables).query(CannedResponse)
        usable = [row for row in rows if may_use(row.audience, row.owner_id, me)]
        wanted = text.strip().lstrip("/").casefold()
        ranked = [(rank, row) for row in usable if (rank := _canned_rank(row, wanted)) is not None]
        ranked.sort(key=lambda item: (item[0], -item[1].usage_count, item[1].shortcut))
        return [row for _, row in ranked]


def _words(text: str) -> list[str]:
    return [word for word in (found.casefold() for found in _WORD.findall(text)) if word not in _COMMON]


def _canned_rank(row: CannedResponse, wanted: str) -> int | None:
    shortcut = row.shortcut.casefold()
    if shortcut == wanted:
        return 0
    if shortcut.startswith(wanted):
        return 1
    if wanted in row.title.casefold() or wanted in shortcut:
        return 2
    return 3 if all(word in row.body.casefold() for word in wanted.split()) else None


def article_text(article: Article) -> str:
    """The article as plain text to paste into a reply: headings and marks of Markdown removed."""
    text = re.sub(r"^\s{0,3}#{1,6}\s+", "", article.body, flags=re.MULTILINE)
    text = re.sub(r"!\[([^\[\]]*)\]\([^()\n]*\)", r"\1", text)
    text = re.sub(r"\[([^\[\]]+)\]\(([^()\s]+)\)", r"\1 (\2)", text)
    text = re.sub(r"(\*\*|__)(.+?)\1", r"\2", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def article_excerpt(article: Article) -> str:
    """The first sentences of an article on one line."""
    text = " ".join(article_text(article).split())
    return text if len(text) <= EXCERPT_LENGTH else text[:EXCERPT_LENGTH].rsplit(" ", 1)[0] + " …"


def article_link(article: Article) -> str:
    """Title and address of an article for a reply; the title alone when it has no public address."""
    return f"{article.title}: {article.url}" if article.url else article.title
