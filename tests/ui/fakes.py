"""Stand-ins for what a window gives its panes: recorded prompts and a recorded navigator."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent_desktop.domain.ids import Id
from agent_desktop.services.apply import Applied
from agent_desktop.services.drafts import DraftKind
from ui.navigator import Insertable, ScreenName
from ui.prompts import Notice, Question


@dataclass
class RecordingPrompts:
    """Answers every question with what the test has laid out for it, and keeps what was asked."""

    yes: bool = True
    choice: int | None = 0
    line: str | None = "typed"
    files: tuple[Path, ...] = ()
    questions: list[Question] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def ask(self, question: Question, then: Callable[[bool], None]) -> None:
        self.questions.append(question)
        then(self.yes)

    def tell(self, notice: Notice) -> None:
        self.notices.append(notice)

    def choose(
        self,
        title: str,
        text: str,
        options: Sequence[str],
        then: Callable[[int | None], None],
        cancel: str = "Cancel",
    ) -> None:
        self.asked.append(title)
        then(self.choice)

    def ask_line(self, title: str, label: str, initial: str, then: Callable[[str | None], None]) -> None:
        self.asked.append(title)
        then(self.line)

    def ask_files(self, title: str, then: Callable[[tuple[Path, ...]], None]) -> None:
        self.asked.append(title)
        then(self.files)

    def ask_place(self, title: str, suggested: str, then: Callable[[Path | None], None]) -> None:
        self.asked.append(title)
        then(self.files[0] if self.files else None)


@dataclass
class RecordingNavigator:
    """Goes nowhere and keeps where it was sent."""

    conversations: list[tuple[Id, bool]] = field(default_factory=list)
    drafts: list[tuple[Id, DraftKind]] = field(default_factory=list)
    customers: list[Id] = field(default_factory=list)
    articles: list[Id] = field(default_factory=list)
    written: list[Id] = field(default_factory=list)
    inserted: list[Insertable] = field(default_factory=list)
    screens: list[ScreenName] = field(default_factory=list)
    searches: list[str] = field(default_factory=list)
    messages: list[tuple[str, Applied | None]] = field(default_factory=list)

    def open_conversation(self, conversation_id: Id, new_window: bool = False) -> None:
        self.conversations.append((conversation_id, new_window))

    def write_in(self, conversation_id: Id, kind: DraftKind) -> None:
        self.drafts.append((conversation_id, kind))

    def open_customer(self, customer_id: Id) -> None:
        self.customers.append(customer_id)

    def open_article(self, article_id: Id) -> None:
        self.articles.append(article_id)

    def write_message(self, draft_id: Id) -> None:
        self.written.append(draft_id)

    def insert_in_composer(self, content: Insertable) -> None:
        self.messages: list[Id] = []
        self.inserted.append(content)

    def show_screen(self, name: ScreenName) -> None:
        self.screens.append(name)

    def search_for(self, query: str) -> None:
        self.searches.append(query)

    def notify(self, message: str, applied: Applied | None = None) -> None:
        self.messages.append((message, applied))
