"""The command palette: what is offered for what was typed, and what happens when it is chosen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeAlias

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Article, CannedResponse, Macro
from agent_desktop.services.customers import CustomerRow
from agent_desktop.services.search import PaletteHits, SearchHit
from agent_desktop.services.settings import PALETTE_RECENT
from ui.models.palette_text import Offer, command_offers, hit_sections
from ui.models.results import ResultSection

if TYPE_CHECKING:
    from agent_desktop.context import Desk
    from ui.commands.command import Command
    from ui.context import UiContext
    from ui.navigator import Insertable

_RECENTS_KEPT = 8
_RECENTS_SHOWN = 5
_EACH_KIND = 3
_ONE_KIND = 30
_ACTIONS_SHOWN = 6

_NOTHING = PaletteHits(conversations=(), customers=(), articles=(), canned=(), macros=())

Read: TypeAlias = Callable[["Desk", str], PaletteHits]


class Commands(Protocol):
    """The commands of the window, as far as the palette needs them."""

    def available(self) -> list["Command"]:
        """The commands that apply now."""
        ...

    def key_text(self, command_id: str) -> str:
        """The first key of a command, or ""."""
        ...

    def run(self, command_id: str) -> None:
        """Run a command if it applies now."""
        ...


def _everything(desk: "Desk", words: str) -> PaletteHits:
    return desk.search.palette(words, _EACH_KIND) if words else _NOTHING


def _conversations(desk: "Desk", words: str) -> PaletteHits:
    query = f"#{words}" if words.isdigit() else words
    return replace(_NOTHING, conversations=desk.search.search(query, _ONE_KIND).hits)


def _customers(desk: "Desk", words: str) -> PaletteHits:
    return replace(_NOTHING, customers=tuple(desk.customers.find(words, _ONE_KIND)))


def _articles(desk: "Desk", words: str) -> PaletteHits:
    found = [hit.article for hit in desk.knowledge.find_articles(words, _ONE_KIND)]
    return replace(_NOTHING, articles=tuple(found))


def _canned(desk: "Desk", words: str) -> PaletteHits:
    return replace(_NOTHING, canned=tuple(desk.knowledge.canned(words)[:_ONE_KIND]))


@dataclass(frozen=True, slots=True)
class Scope:
    """One kind of thing that is looked for alone when the text begins with `prefix`."""

    prefix: str
    name: str
    read: Read


COMMANDS = Scope(">", "commands", lambda desk, words: _NOTHING)
SCOPES: tuple[Scope, ...] = (
    COMMANDS,
    Scope("#", "conversations", _conversations),
    Scope("@", "customers", _customers),
    Scope("?", "articles", _articles),
    Scope("/", "canned responses", _canned),
)


class PaletteViewModel(QObject):
    """Finds commands, macros, canned responses, conversations, customers and articles as somebody types.

    Signals:
        changed: `sections` answer what was typed last.
    """

    changed = Signal()

    def __init__(
        self,
        context: "UiContext",
        commands: Commands,
        run_macro: Callable[[Id], None],
        parent: QObject | None = None,
        insert: "Callable[[Insertable], None] | None" = None,
    ) -> None:
        """`insert` puts something into what is being written; without it, into the composer of the window."""
        super().__init__(parent)
        self._insert = insert or context.navigator.insert_in_composer
        self._context = context
        self._commands = commands
        self._run_macro = run_macro
        self._scope: Scope | None = None
        self._words = ""
        self._pending = False
        self._recent: list[str] = []
        self._macros: tuple[Macro, ...] = ()
        self._sections: tuple[ResultSection, ...] = ()

    @property
    def sections(self) -> Sequence[ResultSection]:
        """What is offered."""
        return self._sections

    @property
    def words(self) -> str:
        """What is looked for, without the prefix."""
        return self._words

    @property
    def pending(self) -> bool:
        """Whether `sections` do not answer yet what was typed last."""
        return self._pending

    @property
    def empty_words(self) -> str:
        """Why nothing is offered, and what to do."""
        kind = self._scope.name if self._scope else "anything"
        if self._words:
            return f"Nothing found for “{self._words}”."
        return f"Type to find {kind}."

    def open(self) -> None:
        """Begin anew: read what was used lately and which macros there are."""
        desk = self._context.desk

        def read() -> tuple[list[str], list[Macro]]:
            return desk.settings.get(PALETTE_RECENT), desk.macros.all()

        self._context.tasks.read(read, self._take_known, key=(self, "known"))
        self.set_text("")

    def set_text(self, text: str) -> None:
        """Look for what was typed; a prefix narrows it to one kind of thing."""
        stripped = text.lstrip()
        self._scope = next((scope for scope in SCOPES if stripped.startswith(scope.prefix)), None)
        self._words = (stripped[1:] if self._scope else stripped).strip()
        desk, read, words = self._context.desk, self._scope.read if self._scope else _everything, self._words
        if read is COMMANDS.read or (self._scope is None and not words):
            self._context.tasks.cancel(self)
            self._take(_NOTHING)
            return
        self._pending = True
        self._context.tasks.read(lambda: read(desk, words), self._take, key=self)

    def choose(self, target: object) -> None:
        """Run or open what was chosen."""
        navigator = self._context.navigator
        match target:
            case Macro():
                self._run_macro(target.id)
            case CannedResponse():
                self._insert(target)
            case SearchHit():
                navigator.open_conversation(target.conversation_id)
            case CustomerRow():
                navigator.open_customer(target.id)
            case Article():
                navigator.open_article(target.id)
            case str():
                self._remember(target)
                self._commands.run(target)

    def can_complete(self, target: object) -> bool:
        """Whether this is something to write: a canned response or an article."""
        return isinstance(target, CannedResponse | Article)

    def complete(self, target: object) -> None:
        """Put a canned response, or a link to an article, into the composer."""
        if isinstance(target, CannedResponse | Article):
            self._insert(target)

    def open_beside(self, hit: SearchHit) -> None:
        """Open a conversation in a window of its own."""
        self._context.navigator.open_conversation(hit.conversation_id, new_window=True)

    def _take_known(self, known: tuple[list[str], list[Macro]]) -> None:
        self._recent, self._macros = list(known[0]), tuple(known[1])
        if not self._words and not self._pending:
            self._take(_NOTHING)

    def _take(self, hits: PaletteHits) -> None:
        self._pending = False
        now = self._context.desk.clock.now()
        self._sections = (*self._actions(), *hit_sections(hits, now))
        self.changed.emit()

    def _actions(self) -> tuple[ResultSection, ...]:
        if self._scope not in (None, COMMANDS):
            return ()
        offers = command_offers(
            [
                Offer(
                    command.id,
                    command.title,
                    command.words,
                    command.icon,
                    self._commands.key_text(command.id),
                )
                for command in self._commands.available()
            ],
            self._macros,
            self._words,
            self._recent,
        )
        if self._words:
            shown = offers if self._scope is COMMANDS else offers[:_ACTIONS_SHOWN]
            return (ResultSection("ACTIONS", shown),)
        recent = self._recent[:_RECENTS_SHOWN]
        used = tuple(offer for offer in offers if offer.value in recent)
        others = tuple(offer for offer in offers if offer.value not in recent)
        return ResultSection("RECENT", used), ResultSection("ACTIONS", others)

    def _remember(self, command_id: str) -> None:
        others = [known for known in self._recent if known != command_id]
        recent = self._recent = [command_id, *others][:_RECENTS_KEPT]
        settings = self._context.desk.settings
        self._context.tasks.write(lambda: settings.set(PALETTE_RECENT, recent))
