"""The palette ranks by what was meant and then by what is used."""

from datetime import UTC, datetime

from agent_desktop.domain.knowledge import Macro
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.search import PaletteHits, SearchHit
from ui.models.palette_text import Offer, command_offers, hit_sections

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
OFFERS = [
    Offer("resolve", "Resolve", "close done", None, "E"),
    Offer("reply", "Reply", "", None, "R"),
    Offer("assign", "Assign to me", "", None, "I"),
]


def titles(words: str, recent: tuple[str, ...] = (), macros: tuple[Macro, ...] = ()) -> list[str]:
    return [result.title for result in command_offers(OFFERS, macros, words, recent)]


def hit(excerpt: str, marks: tuple[tuple[int, int], ...]) -> SearchHit:
    return SearchHit(
        conversation_id="c",
        number=1,
        subject="Refund not received",
        customer_name="Oskar Lind",
        channel_kind=ChannelKind.CHAT,
        status="open",
        excerpt=excerpt,
        marks=marks,
        at=datetime(2026, 2, 12, tzinfo=UTC),
    )


def detail(found: SearchHit) -> str:
    hits = PaletteHits(conversations=(found,), customers=(), articles=(), canned=(), macros=())
    section = next(section for section in hit_sections(hits, NOW) if section.results)
    return section.results[0].detail


def test_without_words_recent_commands_lead() -> None:
    assert titles("", ("assign", "reply")) == ["Assign to me", "Reply", "Resolve"]


def test_with_words_the_better_match_leads_and_use_decides_between_equals() -> None:
    assert titles("re") == ["Reply", "Resolve"]
    assert titles("re", ("resolve",)) == ["Resolve", "Reply"]
    assert titles("resol", ("reply",)) == ["Resolve"]


def test_other_words_find_a_command_after_its_title() -> None:
    assert titles("done") == ["Resolve"]


def test_macros_come_only_with_words() -> None:
    macro = Macro(id="m", name="Refund and resolve")
    assert titles("", macros=(macro,)) == ["Resolve", "Reply", "Assign to me"]
    assert titles("resolve", macros=(macro,)) == ["Resolve", "Macro: Refund and resolve"]


def test_a_conversation_shows_the_words_around_or_else_the_day() -> None:
    assert (
        detail(hit("they asked again for a refund of it", ((23, 29),))) == "…asked again for a refund of it"
    )
    assert detail(hit("Re: Refund not received", ((4, 10),))) == "Feb 12"
    assert detail(hit("no marks", ())) == "Feb 12"
