"""The composer: Reply and Note as two buffers behind two tabs, where the reply goes, files, and the ways to send."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QTabBar, QVBoxLayout, QWidget

from agent_desktop.domain.conversation import Status
from agent_desktop.domain.knowledge import CannedResponse
from agent_desktop.services.drafts import DraftKind
from ui.context import UiContext
from ui.fonts import FontRole
from ui.models.people_text import people_words, shows_people
from ui.models.triggers import TriggerKind
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.viewmodels.composer import ComposerViewModel
from ui.viewmodels.composer_look import PLAIN, ComposerLook, look_of
from ui.viewmodels.other_drafts import OtherDraftsViewModel
from ui.widgets.attachments_bar import AttachmentsBar
from ui.widgets.buttons import Button, SplitButton, key_text
from ui.widgets.channel_picker import ChannelPicker
from ui.widgets.composer_editor import ComposerEditor, local_files
from ui.widgets.composer_frame import RING, draw_frame
from ui.widgets.cover import Cover
from ui.widgets.editor_help import EditorHelp, WritingTools
from ui.widgets.offer_bar import OfferBar
from ui.widgets.safe_text import SafeLabel
from ui.widgets.send_menu import SEND_KEYS, ask_when, fill_send_menu
from ui.widgets.soft_bar import SoftBar
from ui.widgets.tab_dots import TabDots

if TYPE_CHECKING:
    from ui.widgets.people_rows import PeopleRows

_KINDS = (DraftKind.REPLY, DraftKind.NOTE, DraftKind.FORWARD)
_IN_REPLY = frozenset(TriggerKind) - {TriggerKind.MENTION}
_IN_NOTE = frozenset(TriggerKind)
_ROOM_FOR_HINT = 520
_FEWEST_LINES = 3
_TEXT_SHARE = 0.4
"""How much of the pane the text may take before it scrolls."""
_FORWARD_TAB = _KINDS.index(DraftKind.FORWARD)
_PEOPLE_PLACE = 2
"""Where the recipients stand in the column."""


class Composer(QFrame):
    """Binds a `ComposerViewModel`; decides nothing about sending itself."""

    left_by_key = Signal()
    """Esc was pressed in an editor."""

    def __init__(
        self, context: UiContext, composer: ComposerViewModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._themes = context.theme
        self._composer = composer
        self._shown: ComposerLook | None = None
        themes = context.theme
        self._help = EditorHelp(context, composer, self)
        self._tabs = QTabBar(self)
        self._dots = TabDots(themes, self._tabs)
        self._picker = ChannelPicker(themes, composer, self)
        self._private = SafeLabel("Only your team sees this", FontRole.SECONDARY, ColorRole.WARN, parent=self)
        self.people: PeopleRows | None = None
        """Made when somebody first has more to see than one address."""
        self.editors = {
            DraftKind.REPLY: ComposerEditor(themes, "Reply", _IN_REPLY, self),
            DraftKind.NOTE: ComposerEditor(themes, "Internal note", _IN_NOTE, self),
        }
        self._signature = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, elide=True, parent=self)
        self._files = AttachmentsBar(themes, self)
        self._problem = SafeLabel("", FontRole.SECONDARY, ColorRole.DANGER, wrap=True, parent=self)
        self.offer = OfferBar(themes, self)
        self._warning = SoftBar(themes, ColorRole.WARN_SOFT, self)
        self._warning_words = SafeLabel(
            "", FontRole.SECONDARY, ColorRole.WARN, elide=True, parent=self._warning
        )
        self._tools = WritingTools(themes, self)
        self._tip = SafeLabel("/ for canned responses", FontRole.SECONDARY, ColorRole.TEXT_3, parent=self)
        self._window = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, parent=self)
        self._counter = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, parent=self)
        self._saved = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, elide=True, parent=self)
        send_key = key_text(SEND_KEYS).replace("Return", "⏎")
        self.send_button = SplitButton(themes, "Send", "More ways to send", hint=send_key, parent=self)
        self.note_button = Button(themes, "Add note", hint=send_key, parent=self)
        self._cover = Cover(themes, ColorRole.RAISED, self)
        self._addressing = False
        self._most_lines = _FEWEST_LINES
        self._build()
        self._connect()
        self._show_buffers()
        self._show_state()

    # Building

    def _build(self) -> None:
        for title in ("Reply", "Note", "Forward"):
            self._tabs.addTab(title)
        self._tabs.setTabVisible(_FORWARD_TAB, False)
        self._tabs.setAccessibleName("Reply or internal note")
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._tabs.setUsesScrollButtons(False)
        set_ground(self.note_button, ColorRole.NOTE)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._tabs)
        top.addStretch(1)
        top.addWidget(self._picker)
        top.addWidget(self._private)
        bottom = QHBoxLayout()
        bottom.setSpacing(2)
        bottom.addWidget(self._tools)
        bottom.addSpacing(6)
        bottom.addWidget(self._tip)
        bottom.addStretch(1)
        for label in (self._window, self._counter, self._saved):
            bottom.addWidget(label)
            bottom.addSpacing(10)
        bottom.addWidget(self.send_button)
        bottom.addWidget(self.note_button)
        self._warning.row.addWidget(self._warning_words)
        self.setAcceptDrops(True)
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(RING + 12, RING + 6, RING + 10, RING + 9)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self.offer)
        below = (self._signature, self._files, self._problem, self._warning)
        for widget in (*self.editors.values(), *below):
            layout.addWidget(widget)
        layout.addLayout(bottom)

    def _connect(self) -> None:
        composer = self._composer
        composer.left.connect(self._lock)
        composer.blanked.connect(self._show_blank)
        composer.opened.connect(self._show_buffers)
        composer.replaced.connect(self._show_text)
        composer.files_changed.connect(self._show_files)
        composer.state_changed.connect(self._show_state)
        composer.reach_changed.connect(self._show_people)
        composer.addressing.connect(self.address)
        self._tabs.currentChanged.connect(lambda index: self.show_kind(_KINDS[index]))
        self._picker.people_wanted.connect(partial(self.address, "Cc"))
        self._files.removed.connect(composer.remove_file)
        self._tools.files_wanted.connect(self.attach)
        self._tools.canned_wanted.connect(lambda: self._help.begin(self.editor, "/"))
        self._tools.article_wanted.connect(lambda: self._help.popup(self.editor).suggest())
        self.send_button.clicked.connect(lambda: self.send())
        self.send_button.menu.aboutToShow.connect(self._fill_menu)
        self.note_button.clicked.connect(lambda: composer.send())
        for kind in self.editors:
            self._connect_editor(kind)
        self._themes.changed.connect(self.update)

    def _connect_editor(self, kind: DraftKind) -> None:
        composer, editor = self._composer, self.editors[kind]
        editor.edited.connect(partial(self._take_edit, kind))
        editor.left.connect(composer.flush)
        editor.left.connect(self.update)
        editor.entered.connect(self.update)
        editor.escaped.connect(self.left_by_key)
        editor.cursorPositionChanged.connect(partial(self._take_caret, kind))
        self._help.add(editor)

    def _add_forward(self) -> None:
        """The third editor, for those who pass something on."""
        themes, kind = self._themes, DraftKind.FORWARD
        editor = self.editors[kind] = ComposerEditor(themes, "Forward", _IN_REPLY, self)
        editor.setPlaceholderText("Say what this is about")
        self._column.insertWidget(self._column.indexOf(self.editors[DraftKind.REPLY]), editor)
        self._connect_editor(kind)
        editor.set_most_lines(self._most_lines)
        self._show_text(kind)

    def _add_people(self) -> "PeopleRows":
        from ui.viewmodels.address_book import AddressBook
        from ui.widgets.people_rows import PeopleRows

        book = AddressBook(self._context.desk, self._context.tasks)
        people = self.people = PeopleRows(self._themes, book, self)
        people.changed.connect(self._composer.address)
        people.chosen.connect(lambda choice: self._composer.address(choice.people))
        people.subject_changed.connect(self._composer.set_subject)
        people.given_up.connect(self._composer.stop_forwarding)
        self._column.insertWidget(_PEOPLE_PLACE, people)
        return people

    # What others may ask

    def offer_drafts(self, others: OtherDraftsViewModel) -> None:
        """Offer in each tab what was written for it on other devices, and mark the tabs in which something waits."""

        def show() -> None:
            offer, waiting = others.offer, others.waiting
            accept, refuse = (offer.accept, offer.refuse) if offer is not None else ("", "")
            self.offer.show_offer(others.words, accept, refuse)
            self._dots.mark({_KINDS.index(kind) for kind in waiting}, "a text is offered")

        def follow() -> None:
            composer = self._composer
            others.show(composer.kind, _KINDS if composer.forwards else _KINDS[:_FORWARD_TAB])

        others.changed.connect(show)
        others.taken.connect(self.write)
        self._composer.state_changed.connect(follow)
        self._composer.opened.connect(follow)
        self.offer.accepted.connect(others.accept)
        self.offer.refused.connect(others.refuse)

    @property
    def editor(self) -> ComposerEditor:
        """The editor in front."""
        return self.editors[self._composer.kind]

    @property
    def problem(self) -> str:
        """What is said beside the button."""
        return "" if self._problem.isHidden() else self._problem.text()

    def write(self, kind: DraftKind) -> None:
        """Bring a buffer to the front and give it the keyboard."""
        self.show_kind(kind)
        self.editors[kind].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_kind(self, kind: DraftKind) -> None:
        """Bring a buffer to the front."""
        self._composer.show_kind(kind)
        self._show_state()

    def insert_text(self, text: str) -> None:
        """Put text at the caret of the buffer in front and go on writing there."""
        if self._composer.is_ready:
            self.editor.insert(text)
            self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def insert_canned(self, canned: CannedResponse) -> None:
        """Put a canned response at the caret, filled in."""
        self._help.use_canned(self.editor, canned, None)

    def attach(self) -> None:
        """Ask for files and attach them."""
        self._context.prompts.ask_files("Attach files", self._composer.attach)

    def address(self, field: str = "To") -> None:
        """Let the recipients be changed, where mail is written."""
        if self._composer.carries_mail and self._composer.kind is not DraftKind.NOTE:
            self._addressing = True
            self._show_people()
            if self.people is not None:
                self.people.open(field)

    def send(self, then: Status | None = None, send_at: datetime | None = None) -> None:
        """Send what is in front."""
        if self.people is not None:
            self.people.end()
        self._composer.send(then, send_at)

    def send_later(self) -> None:
        """Ask when, and send the reply then."""
        ask_when(self._context, lambda moment: self.send(send_at=moment), self._composer.refuse)

    def set_customer(self, name: str) -> None:
        """Say in the empty editors who will read what is written there."""
        self._help.name_people([name])
        self.editors[DraftKind.REPLY].setPlaceholderText(f"Reply to {name}")
        self.editors[DraftKind.NOTE].setPlaceholderText("Note for your team. @ asks a colleague")

    def set_warning(self, words: str) -> None:
        """Say above the button to send that somebody else is replying; "" while nobody is."""
        self._warning_words.setText(words)
        self._show_state()

    def set_room(self, height: int) -> None:
        """How high the pane is: the text may take its share of it."""
        self._most_lines = int(height * _TEXT_SHARE) // max(1, self.fontMetrics().lineSpacing())
        for editor in self.editors.values():
            editor.set_most_lines(self._most_lines)

    # Following the view-model

    def _show_blank(self) -> None:
        """Most conversations are left and opened with nothing written in them: then only the words are covered that
        may be there all the same, and nothing is laid out or painted twice.
        """
        if not self._is_plain():
            self._show_buffers()
            return
        self._help.close()
        if self._window.isVisible():
            self._cover.cover(self._window.geometry())

    def _is_plain(self) -> bool:
        look = self._shown
        return (
            look is not None
            and look._replace(window="") == PLAIN
            and all(editor.document().isEmpty() for editor in self.editors.values())
            and self._files.isHidden()
            and (self.people is None or self.people.isHidden())
            and not self._tabs.isTabVisible(_FORWARD_TAB)
        )

    def _show_buffers(self) -> None:
        self._help.close()
        if self.people is not None:
            self.people.forget()
        self._addressing = False
        for kind in self.editors:
            self._show_text(kind)
        self._show_files()
        self._show_people()
        self._show_state()

    def _lock(self) -> None:
        self._help.close()
        for editor in self.editors.values():
            editor.setReadOnly(True)

    def _show_text(self, kind: DraftKind) -> None:
        draft, editor = self._composer.draft(kind), self.editors.get(kind)
        if editor is not None and editor.text != draft.text:
            editor.set_text(draft.text, draft.caret)

    def _show_files(self) -> None:
        self._files.set_files(self._composer.draft().files)

    def _show_people(self) -> None:
        """The recipients have room of their own where there is more to see than one address."""
        composer = self._composer
        shown = composer.kind is not DraftKind.NOTE and composer.carries_mail and composer.knows_reach
        forward = composer.kind is DraftKind.FORWARD
        people, answer = composer.people, composer.answer
        open_by_hand = self._addressing or (self.people is not None and self.people.has_focus)
        shown = shown and (forward or open_by_hand or shows_people(answer, people))
        self._picker.set_open(shown)
        if not shown:
            if self.people is not None:
                self.people.hide()
            return
        rows = self.people or self._add_people()
        rows.show_people(people)
        rows.show_subject(composer.draft().subject if forward else None)
        rows.say(people_words(answer, people, composer.people_problem))
        rows.show()

    def _show_state(self) -> None:
        composer = self._composer
        for kind, editor in list(self.editors.items()):
            locked = composer.is_busy(kind) or not composer.is_ready
            if editor.isReadOnly() != locked:
                editor.setReadOnly(locked)
        if self._tabs.isTabVisible(_FORWARD_TAB) != composer.forwards:
            # A tab that goes while it is in front would bring its neighbour to the front.
            self._tabs.setCurrentIndex(_KINDS.index(composer.kind))
            self._tabs.setTabVisible(_FORWARD_TAB, composer.forwards)
            self._tabs.setMinimumWidth(self._tabs.sizeHint().width())
        if composer.kind not in self.editors:
            self._add_forward()
        look = look_of(composer, replied=bool(self._warning_words.text()))
        if look != self._shown:  # most conversations are opened with nothing written in them
            self._shown = look
            self._show_look(look)
        if composer.knows_reach and self._cover.is_covering:
            self._cover.lift()

    def _show_look(self, look: ComposerLook) -> None:
        reply = look.kind is not DraftKind.NOTE
        if self._tabs.currentIndex() != _KINDS.index(look.kind):
            self._tabs.setCurrentIndex(_KINDS.index(look.kind))
        for kind, editor in self.editors.items():
            editor.setVisible(kind is look.kind)
        self._picker.setVisible(reply)
        self._private.setVisible(not reply)
        self.send_button.setVisible(reply)
        self.note_button.setVisible(not reply)
        self._saved.setText(look.hint)
        self._saved.set_color(ColorRole.DANGER if look.unsafe else ColorRole.TEXT_3)
        self._counter.set_color(ColorRole.DANGER if look.too_long else ColorRole.TEXT_3)
        for label, words in (
            (self._signature, look.signed),
            (self._problem, look.said),
            (self._counter, look.counter),
            (self._window, look.window),
        ):
            label.setText(words)
            label.setVisible(bool(words))
        self._warning.setVisible(look.warned)
        self._show_tip()
        self.update()

    def _show_tip(self) -> None:
        crowded = self._window.text() or self._counter.text()
        self._tip.setVisible(self.width() >= _ROOM_FOR_HINT and not crowded)

    # Typing

    def _take_edit(self, kind: DraftKind, text: str, caret: int) -> None:
        self._composer.edit(kind, text, caret)

    def _take_caret(self, kind: DraftKind) -> None:
        editor = self.editors[kind]
        if editor.hasFocus():
            self._composer.edit(kind, self._composer.draft(kind).text, editor.caret)

    # Sending

    def _fill_menu(self) -> None:
        now = self._context.desk.clock.now()
        fill_send_menu(self.send_button.menu, self.send, self.send_later, now)

    # Overrides of Qt

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._composer.is_ready and local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_files(event.mimeData())
        if paths:
            self._composer.attach(paths)
            event.acceptProposedAction()

    def paintEvent(self, event: QPaintEvent) -> None:
        note = self._composer.kind is DraftKind.NOTE
        focused = any(editor.hasFocus() for editor in self.editors.values())
        painter = QPainter(self)
        draw_frame(painter, self._themes, self.rect(), note=note, focused=focused)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_tip()
