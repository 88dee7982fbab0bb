"""What the composer offers while a completion is typed: responses, articles, colleagues, conversations, variables."""

from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.knowledge import Article, CannedResponse
from agent_desktop.domain.message import preview_of
from agent_desktop.domain.placeholders import PATHS, render
from agent_desktop.domain.workspace import User
from agent_desktop.services.knowledge import ArticleHit, article_excerpt, article_link, article_text
from ui.icon_names import IconName
from ui.models.fuzzy import match
from ui.models.results import Result, ResultSection
from ui.models.triggers import Trigger, TriggerKind
from ui.tasks import Tasks
from ui.viewmodels.writing import Writing

if TYPE_CHECKING:
    from agent_desktop.context import Desk

_SHOWN = 8
_NOTHING, _UNKNOWN = "nothing to fill in here", "filled in once To says whom it is for"


class ArticlePart(Enum):
    """What of an article is put into the text. Values are the words for it."""

    LINK = "Insert link"
    EXCERPT = "Insert excerpt"
    TEXT = "Insert whole text"


class Effect(Enum):
    """What a choice does beside putting its text in place of what was typed."""

    NONE = auto()
    USE_CANNED = auto()
    CHOOSE_PART = auto()


@dataclass(frozen=True, slots=True)
class Completion:
    """What a result of the popup stands for."""

    text: str
    effect: Effect = Effect.NONE
    canned: CannedResponse | None = None
    article: Article | None = None


class CompletionsViewModel(QObject):
    """Answers a trigger with `offered(trigger, sections)`; an answer that comes too late is dropped."""

    offered = Signal(object, object)

    def __init__(self, desk: "Desk", tasks: Tasks, writing: Writing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = tasks
        self._writing = writing

    @property
    def _key(self) -> object:
        return (id(self), "completions")

    def ask(self, trigger: Trigger) -> None:
        """Look for what fits."""
        match trigger.kind:
            case TriggerKind.CANNED:
                self._read_canned(trigger)
            case TriggerKind.ARTICLE:
                self._read_articles(trigger)
            case TriggerKind.CONVERSATION:
                self._read_conversation(trigger)
            case TriggerKind.MENTION:
                self._offer(trigger, self._users(trigger.text))
            case TriggerKind.VARIABLE:
                self._offer(trigger, self._variables(trigger.text))

    def suggest(self, trigger: Trigger) -> None:
        """Look for articles that fit what the customer wrote."""
        conversation_id = self._writing.conversation_id
        if conversation_id is not None:
            knowledge = self._desk.knowledge
            self._tasks.read(
                lambda: knowledge.suggest(conversation_id, _SHOWN),
                partial(self._offer_articles, trigger),
                key=self._key,
            )

    def cancel(self) -> None:
        """Look for nothing any more."""
        self._tasks.cancel(self._key)

    def parts(self, article: Article) -> tuple[ResultSection, ...]:
        """The ways to put an article into the text."""
        texts = {
            ArticlePart.LINK: article_link(article),
            ArticlePart.EXCERPT: article_excerpt(article),
            ArticlePart.TEXT: article_text(article),
        }
        results = tuple(
            Result(
                part.value,
                preview_of(text),
                IconName.LINK if part is ArticlePart.LINK else IconName.BOOK,
                value=Completion(text),
            )
            for part, text in texts.items()
        )
        return (ResultSection(article.title, results),)

    def _offer(self, trigger: Trigger, results: list[Result]) -> None:
        self.offered.emit(trigger, (ResultSection("", tuple(results[:_SHOWN])),))

    def _read_canned(self, trigger: Trigger) -> None:
        values, waiting = self._writing.values, self._writing.waiting

        def then(found: list[CannedResponse]) -> None:
            self._offer(
                trigger,
                [
                    Result(
                        canned.title,
                        preview_of(render(canned.body, values, waiting).text),
                        IconName.BOLT,
                        f"/{canned.shortcut}",
                        Completion("", Effect.USE_CANNED, canned=canned),
                    )
                    for canned in found[:_SHOWN]
                ],
            )

        self._tasks.read(lambda: self._desk.knowledge.canned(trigger.text), then, key=self._key)

    def _read_articles(self, trigger: Trigger) -> None:
        knowledge = self._desk.knowledge
        self._tasks.read(
            lambda: knowledge.find_articles(trigger.text, _SHOWN),
            partial(self._offer_articles, trigger),
            key=self._key,
        )

    def _offer_articles(self, trigger: Trigger, hits: list[ArticleHit]) -> None:
        self._offer(
            trigger,
            [
                Result(
                    hit.article.title,
                    hit.excerpt,
                    IconName.BOOK,
                    value=Completion("", Effect.CHOOSE_PART, article=hit.article),
                )
                for hit in hits
            ],
        )

    def _read_conversation(self, trigger: Trigger) -> None:
        conversations, inbox = self._desk.conversations, self._desk.inbox

        def read() -> list[Result]:
            found = inbox.by_number(int(trigger.text))
            card = conversations.card(found) if found is not None else None
            if card is None:
                return []
            number = f"#{card.conversation.number}"
            title = f"{number} {card.conversation.subject}"
            return [Result(title, card.customer.name, IconName.INBOX, value=Completion(number))]

        self._tasks.read(read, lambda results: self._offer(trigger, results), key=self._key)

    def _users(self, typed: str) -> list[Result]:
        me = self._desk.user_id
        scored: list[tuple[float, User]] = []
        for user in self._desk.directory.users():
            found = match(typed, user.name) if typed else None
            if user.id != me and (not typed or found is not None):
                scored.append((-found.score if found is not None else 0.0, user))
        scored.sort(key=lambda pair: pair[0])
        return [
            Result(user.name, user.role.value, IconName.USER, value=Completion(f"@{user.name} "))
            for _, user in scored
        ]

    def _variables(self, typed: str) -> list[Result]:
        values, waiting = self._writing.values, self._writing.waiting
        results = []
        for path, words in PATHS.items():
            if typed.lower() in path or typed.lower() in words.lower():
                filled = render(f"{{{{ {path} }}}}", values, waiting)
                detail = (
                    _UNKNOWN
                    if path in waiting
                    else _NOTHING
                    if filled.unresolved
                    else preview_of(filled.text)
                )
                results.append(Result(words, detail, IconName.TAG, path, Completion(filled.text)))
        return results
