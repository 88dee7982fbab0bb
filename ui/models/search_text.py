"""What the search screen says: hits as rows, operators that can be learnt, filters that can be switched. Free of Qt."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from agent_desktop.domain.conversation import Status
from agent_desktop.domain.search_query import OPERATORS
from agent_desktop.services.search import SearchHit, SearchResult
from ui.icon_names import IconName
from ui.models.channel_icons import CHANNEL_ICONS
from ui.models.customer_text import NO_SUBJECT
from ui.models.moment_text import date_text
from ui.models.row_look import RowLook, Run, marked, one_line
from ui.models.timeline_text import STATUS_WORDS, channel_title
from ui.tokens import ColorRole

_LEAD = 40

EXAMPLES: tuple[tuple[str, str], ...] = (
    ("refund kettle", "both words, in any order"),
    ('"second invoice"', "these words one after another"),
    ("deliver*", "words that begin like this"),
    ("invoice -reminder", "without a word"),
    ("#48213", "the conversation with this number"),
)
"""Queries that teach by example, with what they find."""


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """A switch below the search field that stands for an operator in the query."""

    title: str
    operator: str


FILTERS: tuple[SearchFilter, ...] = (
    SearchFilter("Open", "status:open"),
    SearchFilter("Assigned to me", "assignee:me"),
    SearchFilter("Unassigned", "assignee:nobody"),
    SearchFilter("Unread", "is:unread"),
    SearchFilter("With attachment", "has:attachment"),
    SearchFilter("Last 7 days", "after:7d"),
    SearchFilter("Last 30 days", "after:30d"),
)


def is_on(query: str, search_filter: SearchFilter) -> bool:
    """Whether the query holds the filter's operator."""
    return search_filter.operator in query.casefold().split()


def switched(query: str, search_filter: SearchFilter) -> str:
    """The query with the filter switched; another value of the same operator makes room."""
    words = query.split()
    name = search_filter.operator.partition(":")[0] + ":"
    kept = [word for word in words if not word.casefold().startswith(name)]
    if is_on(query, search_filter):
        kept = [word for word in words if word.casefold() != search_filter.operator]
        return " ".join(kept)
    return " ".join([*kept, search_filter.operator])


def hit_look(hit: SearchHit, now: datetime, zone: tzinfo | None = None) -> RowLook:
    """A found conversation: who and what, and the words around what was looked for."""
    name, subject = one_line(hit.customer_name), one_line(hit.subject) or NO_SUBJECT
    day = date_text(hit.at, now, zone)
    status = STATUS_WORDS[Status(hit.status)]
    number = f"#{hit.number}" if hit.number else ""
    return RowLook(
        key=hit.conversation_id,
        title=(Run(subject, strong=True), Run(f"  {name}", ColorRole.TEXT_2)),
        sentence=", ".join(
            part
            for part in (
                subject,
                name,
                channel_title(hit.channel_kind),
                status.text,
                day,
                one_line(hit.excerpt),
            )
            if part
        ),
        icon=CHANNEL_ICONS[hit.channel_kind],
        lines=(marked(hit.excerpt, hit.marks, ColorRole.TEXT_2, lead=_LEAD),),
        trailing=(Run(" · ".join(part for part in (number, day) if part), ColorRole.TEXT_3),),
        chips=(status,),
    )


def operator_looks() -> tuple[RowLook, ...]:
    """Examples and operators to begin with; the key is the text to put into the field."""
    examples = tuple(_teach(text, meaning, f"{text} ") for text, meaning in EXAMPLES)
    return examples + tuple(_teach(name, meaning, name) for name, meaning in OPERATORS.items())


def _teach(text: str, meaning: str, insert: str) -> RowLook:
    return RowLook(
        key=insert,
        title=(Run(text, ColorRole.ACCENT_TEXT), Run(f"  {meaning}", ColorRole.TEXT_2)),
        sentence=f"{text}: {meaning}",
        icon=IconName.SEARCH,
    )


def summary(result: SearchResult) -> str:
    """How many were found, and what cannot be found yet."""
    count = len(result.hits)
    found = f"The newest {count:,} are shown." if result.more else f"{count:,} found." if count > 1 else ""
    return " ".join(part for part in (found, result.covers) if part)
