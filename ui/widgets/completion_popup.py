"""Completion at the caret of the composer: follows what is typed, steered by keys, never takes the focus."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from agent_desktop.domain.knowledge import CannedResponse
from ui.models.results import Result
from ui.models.triggers import Trigger, TriggerKind
from ui.theme import ThemeManager
from ui.viewmodels.completions import Completion, CompletionsViewModel, Effect
from ui.widgets.composer_editor import ComposerEditor
from ui.widgets.popup_list import PopupList

_STEERING = (
    Qt.Key.Key_Escape,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Tab,
)


class CompletionPopup(QObject):
    """Connects an editor, its completions and the list that shows them."""

    canned_chosen = Signal(object, object)
    """A `CannedResponse`, and the `Trigger` that it takes the place of."""

    def __init__(
        self, themes: ThemeManager, editor: ComposerEditor, completions: CompletionsViewModel, owner: QWidget
    ) -> None:
        super().__init__(owner)
        self._editor = editor
        self._completions = completions
        self._trigger: Trigger | None = None
        self._dismissed: int | None = None
        self.list = PopupList(themes, "Completions", owner)
        self.list.results.chosen.connect(self._choose)
        self.list.results.completed.connect(self._choose)
        self.list.results.dismissed.connect(self._dismiss)
        editor.trigger_changed.connect(self._follow)
        editor.left.connect(self.close)
        completions.offered.connect(self._show)

    @property
    def is_open(self) -> bool:
        """Whether something is offered."""
        return self.list.isVisible()

    def close(self) -> None:
        """Offer nothing any more."""
        self._trigger = None
        self._completions.cancel()
        self._editor.removeEventFilter(self)
        self.list.hide()

    def suggest(self) -> None:
        """Offer articles that fit the conversation, to be put at the caret."""
        self._editor.setFocus(Qt.FocusReason.OtherFocusReason)
        end = self._editor.textCursor().position()
        self._trigger = Trigger(TriggerKind.ARTICLE, "", end, end)
        self._completions.suggest(self._trigger)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Give the list the keys that steer it, before the editor or a shortcut has them."""
        if isinstance(event, QKeyEvent) and self.is_open:
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if event.type() is QEvent.Type.ShortcutOverride and plain and event.key() in _STEERING:
                event.accept()
                return True
            if event.type() is QEvent.Type.KeyPress and self.list.handle_key(event):
                event.accept()
                return True
        return super().eventFilter(watched, event)

    def _follow(self, trigger: Trigger | None) -> None:
        if trigger is None or not self._editor.hasFocus():
            self._dismissed = None
            if self._trigger is not None:
                self.close()
            return
        if trigger == self._trigger or self._position(trigger) == self._dismissed:
            return
        self._trigger = trigger
        self._completions.ask(trigger)

    def _position(self, trigger: Trigger) -> int:
        """Where the sign stands in the whole text, so that a dismissed popup stays closed for it."""
        return self._editor.textCursor().position() - (trigger.end - trigger.start)

    def _show(self, trigger: Trigger, sections: object) -> None:
        if trigger != self._trigger:
            return
        found = [section for section in sections if section.results]  # type: ignore[attr-defined]  # carried as object
        if not found:
            self.list.hide()
            return
        self.list.results.set_sections(found, trigger.text)
        self.list.show_at(self._editor.caret_rect())
        # Installed last it is asked first, before the filter that keeps keys of commands apart from text.
        self._editor.removeEventFilter(self)
        self._editor.installEventFilter(self)

    def _dismiss(self) -> None:
        if self._trigger is not None:
            self._dismissed = self._position(self._trigger)
        self.close()

    def _choose(self, result: Result) -> None:
        choice, trigger = result.value, self._trigger
        if not isinstance(choice, Completion) or trigger is None:
            return
        if choice.effect is Effect.CHOOSE_PART and choice.article is not None:
            self.list.results.set_sections(self._completions.parts(choice.article))
            self.list.show_at(self._editor.caret_rect())
            return
        self.close()
        if choice.effect is Effect.USE_CANNED and isinstance(choice.canned, CannedResponse):
            self.canned_chosen.emit(choice.canned, trigger)
        else:
            self._editor.replace(trigger, choice.text)
