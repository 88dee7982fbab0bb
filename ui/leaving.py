"""The last window closes only when everything that was written is on the disk, or was given up by name."""

import json
from collections.abc import Callable, Iterable

from PySide6.QtGui import QGuiApplication

from agent_desktop.services.drafts import Draft, DraftKind
from ui.prompts import Notice, Prompts
from ui.tasks import Tasks
from ui.viewmodels.draft_book import DraftBook, key_of

PATIENCE = 2.0
"""Seconds to wait for the disk when the program ends."""
_COPY, _LOSE = 0, 1
_TITLE = "Your draft is not saved"


class Leaving:
    """Asked before the last window closes."""

    def __init__(self, book: DraftBook, tasks: Tasks) -> None:
        self._book = book
        self._tasks = tasks
        self._asking = False
        self._given_up = False

    def may_close(self, prompts: Prompts, close: Callable[[], None]) -> bool:
        """Whether nothing would be lost. Otherwise the person is asked, and `close` called if they give it up."""
        if self._given_up:
            return True
        self._book.flush()
        self._tasks.settle(PATIENCE)
        unsaved = self._book.unsaved
        if unsaved and not self._asking:
            self._ask(unsaved, prompts, close)
        return not unsaved

    def _ask(self, unsaved: tuple[Draft, ...], prompts: Prompts, close: Callable[[], None]) -> None:
        self._asking = True
        reasons = (self._book.problem_of(key_of(draft)) for draft in unsaved)
        reason = next(filter(None, reasons), "The disk does not answer.")
        what = (
            "What you have written"
            if len(unsaved) == 1
            else f"What you have written in {len(unsaved)} places"
        )
        text = f"{what} could not be saved. {reason} It is kept while this window is open, and saving is tried again."

        def answer(choice: int | None) -> None:
            self._asking = False
            if choice == _COPY:
                QGuiApplication.clipboard().setText(text_of(unsaved))
                prompts.tell(Notice(title="Copied", text="Paste it somewhere safe, then close again."))
            elif choice == _LOSE:
                self._given_up = True
                close()

        prompts.choose(_TITLE, text, ("Copy text", "Close and lose it"), answer, cancel="Keep trying")


def text_of(drafts: Iterable[Draft]) -> str:
    """What a person wrote, to be pasted elsewhere."""
    return "\n\n".join(
        "\n".join(_written(json.loads(draft.text))) if draft.kind is DraftKind.ARTICLE else draft.text
        for draft in drafts
    )


def _written(form: object) -> list[str]:
    """The texts of a form."""
    values = form.values() if isinstance(form, dict) else ()
    return [value for value in values if isinstance(value, str) and value.strip()]
