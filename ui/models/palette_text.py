"""What the command palette offers, as results in sections. Free of Qt widgets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agent_desktop.domain.knowledge import Article, CannedResponse, Macro
from agent_desktop.services.customers import CustomerRow
from agent_desktop.services.search import PaletteHits, SearchHit
from ui.icon_names import IconName
from ui.models.channel_icons import CHANNEL_ICONS
from ui.models.customer_text import NO_SUBJECT
from ui.models.fuzzy import match
from ui.models.moment_text import date_text
from ui.models.results import Result, ResultSection
from ui.models.row_look import marked, one_line

TAB = "Tab to insert"
ENTER = "⏎"

_RECENT_BONUS = 0.2
_ALIAS_SHARE = 0.8
_LEAD = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """A command as the palette knows it. `aliases` are further words by which it is found."""

    id: str
    title: str
    aliases: str
    icon: IconName | None
    keys: str


def command_offers(
    commands: Sequence[Offer], macros: Sequence[Macro], words: str, recent: Sequence[str]
) -> tuple[Result, ...]:
    """Commands and macros that fit the words, the best first; without words recent commands first, then all.

    The value of a command's result is its id.
    """
    ranked: list[tuple[float, Result]] = []
    for command in commands:
        score = _score(words, command.title, command.aliases)
        if score is not None:
            age = recent.index(command.id) if command.id in recent else len(recent)
            bonus = _RECENT_BONUS * (len(recent) - age)
            result = Result(
                command.title, icon=command.icon or IconName.KEYBOARD, hint=command.keys, value=command.id
            )
            ranked.append((score + bonus, result))
    for macro in macros:
        name = one_line(macro.name)
        score = _score(words, name, "macro")
        if score is not None and words:
            ranked.append((score, Result(f"Macro: {name}", icon=IconName.BOLT, hint=ENTER, value=macro)))
    ranked.sort(key=lambda entry: -entry[0])
    return tuple(result for _, result in ranked)


def hit_sections(hits: PaletteHits, now: datetime) -> tuple[ResultSection, ...]:
    """What was found, by kind."""
    return (
        ResultSection("CANNED RESPONSES", tuple(map(_canned, hits.canned))),
        ResultSection("CONVERSATIONS", tuple(_conversation(hit, now) for hit in hits.conversations)),
        ResultSection("CUSTOMERS", tuple(map(_customer, hits.customers))),
        ResultSection("KNOWLEDGE", tuple(map(_article, hits.articles))),
    )


def _score(words: str, title: str, aliases: str) -> float | None:
    by_title = match(words, title)
    if by_title is not None:
        return by_title.score
    by_alias = match(words, f"{title} {aliases}")
    return by_alias.score * _ALIAS_SHARE if by_alias is not None else None


def _canned(canned: CannedResponse) -> Result:
    return Result(
        f"/{one_line(canned.shortcut)} — {one_line(canned.title)}",
        icon=IconName.PENCIL,
        hint=TAB,
        value=canned,
    )


def _conversation(hit: SearchHit, now: datetime) -> Result:
    subject = one_line(hit.subject)
    title = f"{one_line(hit.customer_name)} — {subject or NO_SUBJECT}"
    says_more = bool(hit.marks) and not one_line(hit.excerpt).endswith(subject)
    excerpt = "".join(run.text for run in marked(hit.excerpt, hit.marks, lead=_LEAD)) if says_more else ""
    return Result(title, excerpt or date_text(hit.at, now), CHANNEL_ICONS[hit.channel_kind], value=hit)


def _customer(row: CustomerRow) -> Result:
    about = " · ".join(part for part in (one_line(row.address), one_line(row.location)) if part)
    return Result(one_line(row.name), about, IconName.USER, value=row)


def _article(article: Article) -> Result:
    return Result(one_line(article.title), one_line(article.category), IconName.BOOK, TAB, article)
