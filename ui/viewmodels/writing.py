"""What a text is written for, as far as its helpers need to know: completions, canned responses, files."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.knowledge import CannedResponse
from agent_desktop.domain.placeholders import Rendered
from agent_desktop.services.drafts import Draft
from ui.viewmodels.draft_book import DraftBook, DraftKey, key_of

DRAFT_SAVED, DRAFT_UNSAVED, SENDING = "Draft saved", "Draft not saved", "Sending…"


class Writing(Protocol):
    """A reply or note in a conversation, or a message that begins one."""

    @property
    def conversation_id(self) -> Id | None:
        """The conversation that it is written in; None before there is one."""
        ...

    @property
    def is_ready(self) -> bool:
        """Whether it may be written on."""
        ...

    @property
    def values(self) -> Mapping[str, str]:
        """What placeholders stand for."""
        ...

    @property
    def waiting(self) -> Collection[str]:
        """Placeholders whose values are not known yet, and will be."""
        ...

    def fill(self, canned: CannedResponse) -> Rendered:
        """The text of a canned response, filled in; its files come along."""
        ...

    def attach(self, paths: Sequence[Path]) -> None:
        """Attach local files."""
        ...

    def attach_content(self, name: str, content: Callable[[], bytes]) -> None:
        """Attach what was pasted."""
        ...


def with_canned(draft: Draft, canned: CannedResponse, ids: IdSource) -> Draft:
    """The draft that uses a canned response: with its files, each once."""
    known = {file.sha256 for file in draft.files}
    files = tuple(replace(file, id=ids.new()) for file in canned.files if file.sha256 not in known)
    return replace(draft, canned_ids=(*draft.canned_ids, canned.id), files=(*draft.files, *files))


def warning_of(book: DraftBook, key: DraftKey) -> str:
    """Why what is written is not safe yet, and what is done about it; "" when it is."""
    reason = book.problem_of(key)
    if not reason:
        return ""
    return f"Your draft is not saved. {reason} The text stays here, and saving is tried again."


def hint_of(book: DraftBook, draft: Draft, *, is_ready: bool) -> str:
    """Whether what is written is safe, in a few words."""
    key = key_of(draft)
    if book.is_busy(key):
        return SENDING
    if warning_of(book, key):
        return DRAFT_UNSAVED
    return DRAFT_SAVED if is_ready and not draft.is_empty and book.is_saved(key) else ""


def signed_words(signature: str, text: str) -> str:
    """What says that a signature will be added; "" while there is nothing to sign."""
    return f"Signed: {' · '.join(signature.splitlines())}" if signature and text.strip() else ""
