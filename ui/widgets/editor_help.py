"""What helps while somebody writes: completions at the caret, canned responses, files and pictures, spelling."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QWidget

from agent_desktop.domain.knowledge import CannedResponse
from agent_desktop.domain.placeholders import find_placeholders
from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.triggers import Trigger
from ui.theme import ThemeManager
from ui.viewmodels.completions import CompletionsViewModel
from ui.viewmodels.writing import Writing
from ui.widgets.buttons import IconButton
from ui.widgets.completion_popup import CompletionPopup
from ui.widgets.composer_editor import ComposerEditor, png_of

if TYPE_CHECKING:
    from ui.viewmodels.spelling import SpellingViewModel


class EditorHelp(QObject):
    """The same help for every editor of one composer or window. `owner` is where popups belong."""

    def __init__(self, context: UiContext, writing: Writing, owner: QWidget) -> None:
        super().__init__(owner)
        self._context = context
        self._writing = writing
        self._owner = owner
        self._completions = CompletionsViewModel(context.desk, context.tasks, writing, self)
        self._popups: dict[ComposerEditor, CompletionPopup] = {}
        self._spelling: SpellingViewModel | None = None
        self._names: tuple[str, ...] = ()

    def add(self, editor: ComposerEditor) -> None:
        """Help in this editor, too."""
        popup = CompletionPopup(self._context.theme, editor, self._completions, self._owner)
        self._popups[editor] = popup
        popup.canned_chosen.connect(partial(self.use_canned, editor))
        editor.files_given.connect(self._writing.attach)
        editor.image_given.connect(self._attach_image)
        editor.entered.connect(self._check_spelling)
        if self._spelling is not None:
            self._underline(editor, self._spelling)

    def popup(self, editor: ComposerEditor) -> CompletionPopup:
        """The completions of an editor."""
        return self._popups[editor]

    def close(self) -> None:
        """Offer nothing any more."""
        for popup in self._popups.values():
            popup.close()

    def begin(self, editor: ComposerEditor, sign: str) -> None:
        """Type the sign of a completion, with a blank before it where it would not begin a word."""
        before = editor.text[: editor.caret]
        editor.setFocus(Qt.FocusReason.OtherFocusReason)
        editor.insert(sign if not before or before[-1].isspace() else f" {sign}")

    def use_canned(self, editor: ComposerEditor, canned: CannedResponse, trigger: Trigger | None) -> None:
        """Put a canned response at the caret, filled in, or in place of what asked for it."""
        if not self._writing.is_ready:
            return
        rendered = self._writing.fill(canned)
        if trigger is not None:
            editor.replace(trigger, rendered.text)
        else:
            editor.insert(rendered.text)
        editor.setFocus(Qt.FocusReason.OtherFocusReason)
        left = find_placeholders(rendered.text)
        if any(placeholder.path not in self._writing.waiting for placeholder in left):
            editor.select_placeholder()

    def name_people(self, names: Iterable[str]) -> None:
        """The names of those who read and write here are no mistakes."""
        self._names = tuple(names)
        if self._spelling is not None:
            users = self._context.desk.directory.users()
            self._spelling.set_names([*self._names, *(user.name for user in users)])

    def _attach_image(self, image: QImage) -> None:
        now = self._context.desk.clock.now().astimezone()
        self._writing.attach_content(f"Picture {now:%Y-%m-%d %H.%M.%S}.png", partial(png_of, image))

    def _check_spelling(self) -> None:
        """From the first time on that somebody writes here: until then nothing of it is loaded."""
        if self._spelling is not None:
            self._spelling.refresh()
            return
        from ui.viewmodels.spelling import SpellingViewModel

        self._spelling = SpellingViewModel(self._context.desk, self._context.tasks, self)
        self.name_people(self._names)
        for editor in self._popups:
            self._underline(editor, self._spelling)

    def _underline(self, editor: ComposerEditor, spelling: "SpellingViewModel") -> None:
        from ui.widgets.spell_help import SpellHelp

        SpellHelp(editor, self._context.theme, spelling)


class WritingTools(QWidget):
    """Buttons for what is also reached by signs and keys."""

    files_wanted = Signal()
    canned_wanted = Signal()
    article_wanted = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for icon, words, wanted in (
            (IconName.PAPERCLIP, "Attach files", self.files_wanted),
            (IconName.BOLT, "Insert a canned response", self.canned_wanted),
            (IconName.BOOK, "Insert an article", self.article_wanted),
        ):
            button = IconButton(themes, icon, words, parent=self)
            button.clicked.connect(wanted)
            row.addWidget(button)
