"""The palette offers commands and everything that can be found, and acts on what is chosen."""

import pytest

from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import ArticleState, MacroAction, MacroVerb
from agent_desktop.domain.operations.knowledge import SaveArticle, SaveCannedResponse, SaveMacro
from agent_desktop.services.settings import PALETTE_RECENT
from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from ui.commands import Command
from ui.models.results import Result
from ui.viewmodels.palette import PaletteViewModel


class Commands:
    """Three commands that record that they ran."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.titles = {"resolve": "Resolve", "assign": "Assign…", "inbox": "Go to inbox"}

    def available(self) -> list[Command]:
        return [
            Command(
                id=command_id,
                title=title,
                run=lambda: None,
                words="close done" if command_id == "resolve" else "",
            )
            for command_id, title in self.titles.items()
        ]

    def key_text(self, command_id: str) -> str:
        return {"resolve": "E"}.get(command_id, "")

    def run(self, command_id: str) -> None:
        self.ran.append(command_id)


class Palette(PaletteViewModel):
    """The view-model with what it did and offered."""

    def __init__(self, room: Room) -> None:
        self.commands = Commands()
        self.macros_run: list[Id] = []
        super().__init__(room.context, self.commands, self.macros_run.append)
        self.open()

    def offered(self) -> dict[str, list[str]]:
        """Titles by section, without empty sections."""
        return {
            section.title: [result.title for result in section.results]
            for section in self.sections
            if section.results
        }

    def pick(self, section: str, position: int = 0) -> Result:
        return next(item for item in self.sections if item.title == section).results[position]


@pytest.fixture
def amelia(room: Room) -> Amelia:
    amelia = Amelia(room.world)
    desk, new = room.context.desk, room.world.ids.new
    desk.apply(
        SaveArticle(
            article_id=new(),
            base_revision=0,
            title="Refund limits",
            body="Up to 120.",
            state=ArticleState.INTERNAL,
        ),
        SaveCannedResponse(canned_response_id=new(), shortcut="refund", title="Refund made", body="Done."),
        SaveMacro(
            macro_id=new(), name="Refund and resolve", actions=(MacroAction(verb=MacroVerb.ASSIGN_TO_ME),)
        ),
    )
    amelia.writes("I asked for a refund of the second invoice.")
    return amelia


@pytest.fixture
def palette(room: Room, amelia: Amelia) -> Palette:
    return Palette(room)


def test_nothing_typed_offers_every_command(palette: Palette) -> None:
    assert palette.offered() == {"ACTIONS": ["Resolve", "Assign…", "Go to inbox"]}


def test_words_find_everything_by_kind(palette: Palette) -> None:
    palette.set_text("refund")
    assert palette.offered() == {
        "ACTIONS": ["Macro: Refund and resolve"],
        "CANNED RESPONSES": ["/refund — Refund made"],
        "CONVERSATIONS": ["Amelia Novak — Where is my replacement kettle?"],
        "KNOWLEDGE": ["Refund limits"],
    }
    assert "refund" in palette.pick("CONVERSATIONS").detail
    assert palette.pick("CANNED RESPONSES").hint == "Tab to insert"


def test_commands_are_found_by_letters_and_by_other_words(palette: Palette) -> None:
    palette.set_text("gti")
    assert palette.offered() == {"ACTIONS": ["Go to inbox"]}
    palette.set_text("done")
    assert palette.offered()["ACTIONS"] == ["Resolve"]
    assert palette.pick("ACTIONS").hint == "E"


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        (">res", {"ACTIONS"}),
        ("#refund", {"CONVERSATIONS"}),
        ("@amel", {"CUSTOMERS"}),
        ("?refund", {"KNOWLEDGE"}),
        ("/refund", {"CANNED RESPONSES"}),
    ],
)
def test_a_prefix_looks_for_one_kind_alone(palette: Palette, text: str, sections: set[str]) -> None:
    palette.set_text(text)
    assert set(palette.offered()) == sections


def test_a_number_finds_its_conversation(room: Room, amelia: Amelia, palette: Palette) -> None:
    card = room.context.desk.conversations.card(amelia.conversation)
    assert card is not None
    palette.set_text(f"#{card.conversation.number}")
    assert palette.offered() == {"CONVERSATIONS": ["Amelia Novak — Where is my replacement kettle?"]}


def test_what_is_chosen_is_done(room: Room, amelia: Amelia, palette: Palette) -> None:
    palette.set_text("refund")
    palette.choose(palette.pick("ACTIONS").value)
    palette.choose(palette.pick("CONVERSATIONS").value)
    palette.choose(palette.pick("KNOWLEDGE").value)
    palette.set_text("@amel")
    palette.choose(palette.pick("CUSTOMERS").value)
    assert len(palette.macros_run) == 1
    assert room.navigator.conversations == [(amelia.conversation, False)]
    assert len(room.navigator.articles) == 1
    assert room.navigator.customers == [room.world.customers[amelia.conversation]]


def test_only_what_can_be_written_completes(room: Room, palette: Palette) -> None:
    palette.set_text("refund")
    canned, article = palette.pick("CANNED RESPONSES").value, palette.pick("KNOWLEDGE").value
    assert palette.can_complete(canned)
    assert palette.can_complete(article)
    assert not palette.can_complete(palette.pick("CONVERSATIONS").value)
    palette.complete(canned)
    palette.complete(article)
    assert room.navigator.inserted == [canned, article]


def test_what_was_used_last_comes_first_and_is_remembered(room: Room, palette: Palette) -> None:
    palette.choose(palette.pick("ACTIONS", 2).value)
    palette.open()
    assert palette.commands.ran == ["inbox"]
    assert palette.offered() == {"RECENT": ["Go to inbox"], "ACTIONS": ["Resolve", "Assign…"]}
    assert room.context.desk.settings.get(PALETTE_RECENT) == ["inbox"]


def test_nothing_found_says_so(palette: Palette) -> None:
    palette.set_text("qqqq")
    assert palette.offered() == {}
    assert "qqqq" in palette.empty_words
    palette.set_text("@")
    assert "customers" in palette.empty_words
