"""Articles as rows of a list. Free of Qt widgets."""

from datetime import datetime, tzinfo

from agent_desktop.domain.knowledge import Article, ArticleRevision, ArticleState
from agent_desktop.services.knowledge import ArticleHit
from ui.icon_names import IconName
from ui.models.fuzzy import fold
from ui.models.inbox_row_text import ChipText
from ui.models.moment_text import date_text
from ui.models.row_look import RowLook, Run, marked, one_line
from ui.tokens import ChipTone, ColorRole

STATE_WORDS: dict[ArticleState, ChipText] = {
    ArticleState.DRAFT: ChipText("Draft", ChipTone.WARN),
    ArticleState.INTERNAL: ChipText("Internal", ChipTone.NEUTRAL),
    ArticleState.PUBLIC: ChipText("Public", ChipTone.OK),
    ArticleState.ARCHIVED: ChipText("Archived", ChipTone.NEUTRAL),
}
_LEAD = 24


def score_text(score: float) -> str:
    """How well an article fits, as a percentage."""
    return f"{round(max(0.0, min(1.0, score)) * 100)}%"


def suggestion_look(hit: ArticleHit) -> RowLook:
    """A suggested article on one line: title and how well it fits."""
    title = one_line(hit.article.title)
    return RowLook(
        key=hit.article.id,
        title=(Run(title),),
        sentence=f"{title}, fits {score_text(hit.score)}",
        icon=IconName.BOOK,
        trailing=(Run(score_text(hit.score), ColorRole.TEXT_3),),
    )


def hit_look(hit: ArticleHit, query: str) -> RowLook:
    """A found article: title, how well it fits, and its beginning with the words looked for."""
    title = one_line(hit.article.title)
    excerpt = one_line(hit.excerpt)
    return RowLook(
        key=hit.article.id,
        title=(Run(title),),
        sentence=f"{title}, fits {score_text(hit.score)}, {excerpt}",
        icon=IconName.BOOK,
        lines=(marked(excerpt, word_marks(excerpt, query), ColorRole.TEXT_3, lead=_LEAD),),
        trailing=(Run(score_text(hit.score), ColorRole.TEXT_3),),
    )


def article_look(article: Article, has_draft: bool, now: datetime, zone: tzinfo | None = None) -> RowLook:
    """An article in the list of all: title, category, language, when it was changed, state."""
    title = one_line(article.title) or "Untitled"
    changed = date_text(article.updated_at, now, zone) if article.revision else "new"
    below = " · ".join(part for part in (one_line(article.category), article.locale, changed) if part)
    unsaved = (ChipText("Unsaved", ChipTone.ACCENT),) if has_draft else ()
    chips = (*unsaved, STATE_WORDS[article.state])
    return RowLook(
        key=article.id,
        title=(Run(title),),
        sentence=", ".join([title, below, *(chip.text for chip in chips)]),
        lines=((Run(below, ColorRole.TEXT_3),),),
        chips=chips,
    )


def version_look(version: ArticleRevision, author: str, now: datetime, zone: tzinfo | None = None) -> RowLook:
    """One saved version: number, when, by whom, and its state then."""
    day = date_text(version.created_at, now, zone)
    state = STATE_WORDS[version.state]
    return RowLook(
        key=version.revision,
        title=(Run(f"Version {version.revision}"),),
        sentence=f"Version {version.revision}, {day}, {author or 'imported'}, {state.text}",
        lines=((Run(author or "Imported", ColorRole.TEXT_3),),),
        trailing=(Run(day, ColorRole.TEXT_3),),
        chips=(state,),
    )


def word_marks(text: str, query: str) -> tuple[tuple[int, int], ...]:
    """Where words of the text begin with a word that was looked for."""
    folded = fold(text)
    marks: list[tuple[int, int]] = []
    for word in set(fold(query).split()):
        at = folded.find(word)
        while at >= 0:
            if at == 0 or not folded[at - 1].isalnum():
                marks.append((at, at + len(word)))
            at = folded.find(word, at + len(word))
    return tuple(sorted(marks))
