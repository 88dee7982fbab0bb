"""The window in which a mail is written that begins a conversation."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from agent_desktop.domain.conversation import Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Article, CannedResponse
from agent_desktop.services.drafts import DraftKind
from agent_desktop.services.knowledge import article_link
from agent_desktop.services.new_messages import SHOWN, KnownCustomer
from ui.context import UiContext
from ui.fonts import FontRole
from ui.models.people_text import PeopleWords
from ui.models.triggers import TriggerKind
from ui.navigator import Insertable
from ui.tokens import ColorRole
from ui.viewmodels.address_book import AddressBook
from ui.viewmodels.new_message import LOOK_AGAIN, NewMessageViewModel
from ui.viewmodels.other_drafts import OtherDraftsViewModel
from ui.widgets.attachments_bar import AttachmentsBar
from ui.widgets.buttons import Button, ButtonKind, SplitButton, key_text
from ui.widgets.choice_box import ChoiceBox
from ui.widgets.composer_editor import ComposerEditor, local_files
from ui.widgets.composer_frame import RING, WritingCard
from ui.widgets.dialog_size import begin_at
from ui.widgets.editor_help import EditorHelp, WritingTools
from ui.widgets.offer_bar import OfferBar
from ui.widgets.people_rows import PeopleRows
from ui.widgets.safe_text import SafeLabel
from ui.widgets.send_menu import RESOLVE_KEYS, SEND_KEYS, ask_when, fill_send_menu
from ui.widgets.short_scroll import ShortScroll
from ui.widgets.soft_bar import SoftBar

KeysOf = Callable[[str], Sequence[QKeySequence]]
"""The keys of a command of the window, as its person has chosen them."""
NO_MAILBOX = "There is no mailbox that this could go out from. It is kept: send it once one is connected."
SENT_ELSEWHERE = "This message was sent already, from another of your devices."

_WIDTH, _HEIGHT = 700, 620
_SIDE = 20
_PEOPLE_SHARE = 0.42
"""How much of the window the people may take before they scroll."""
_SIGNS = frozenset(TriggerKind) - {TriggerKind.MENTION}
_DEFAULT_KEYS = {"composer.send": SEND_KEYS, "composer.send_resolve": RESOLVE_KEYS}


def default_keys(command_id: str) -> list[QKeySequence]:
    """The keys where nobody has chosen others."""
    keys = _DEFAULT_KEYS.get(command_id)
    return [QKeySequence(keys)] if keys else []


class NewMessageDialog(QDialog):
    """Closing it keeps what was written: it stands among the drafts. The window behind stays usable."""

    conversation_wanted = Signal(object)
    """The id of a conversation that is open already; it is to be written there."""
    sent_wanted = Signal(object)
    """The id of the conversation that was begun by it from another device."""
    palette_wanted = Signal()
    """A canned response or an article is to be found, for `insert`."""

    def __init__(
        self,
        context: UiContext,
        model: NewMessageViewModel,
        parent: QWidget | None = None,
        keys_of: KeysOf = default_keys,
    ) -> None:
        super().__init__(parent)
        themes = context.theme
        self._context = context
        self._themes = themes
        self.model = model
        model.setParent(self)
        self.setWindowTitle("New message")
        self.channel = ChoiceBox(self)
        self.channel.setAccessibleName("From")
        self.people = PeopleRows(themes, AddressBook(context.desk, context.tasks), self)
        self.name = QLineEdit(self)
        self.name.setPlaceholderText("Name of the new customer (optional)")
        self.name.setAccessibleName("Name of the new customer")
        self._name_row = self.people.add_row("Name", self.name, above=False)
        self.people.add_row("From", self.channel, above=True)
        self.subject = self.people.subject
        self.card = WritingCard(themes, self)
        self.text = ComposerEditor(themes, "Message", _SIGNS, self.card)
        self.help = EditorHelp(context, model, self)
        self._others = OtherDraftsViewModel(context, self, (DraftKind.NEW,))
        self.offer = OfferBar(themes, self)
        self._sent = SoftBar(themes, ColorRole.WARN_SOFT, self)
        self._open_ones = QVBoxLayout()
        self._bars: list[QWidget] = []
        self._known: KnownCustomer | None = None
        self._signature = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, elide=True, parent=self.card)
        self._files = AttachmentsBar(themes, self.card)
        self._tools = WritingTools(themes, self.card)
        self._tip = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, elide=True, parent=self.card)
        self._counter = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, parent=self.card)
        self._problem = SafeLabel("", FontRole.SECONDARY, ColorRole.DANGER, wrap=True, parent=self)
        self._kept = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, parent=self)
        self.discard = Button(themes, "Discard", ButtonKind.LINK, parent=self)
        self.later = Button(themes, "Close, keep draft", parent=self)
        hint = key_text(SEND_KEYS).replace("Return", "⏎")
        self.send = SplitButton(themes, "Send", "More ways to send", hint=hint, parent=self)
        self._build()
        self._connect()
        self._take_keys(keys_of)
        self.setAcceptDrops(True)
        begin_at(self, QSize(_WIDTH, _HEIGHT))

    def _build(self) -> None:
        self.text.set_filling()
        self.text.setPlaceholderText("Write your message")
        self._open_ones.setSpacing(5)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self._tools)
        tools.addWidget(self._tip, 1)
        tools.addWidget(self._counter)
        column = self.card.column
        column.addWidget(self.text, 1)
        for widget in (self._signature, self._files):
            column.addWidget(widget)
        column.addLayout(tools)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.discard)
        foot.addStretch(1)
        for shown in (self._kept, self.later, self.send):
            foot.addWidget(shown)
        words = SafeLabel(SENT_ELSEWHERE, FontRole.SECONDARY, ColorRole.WARN, elide=True, parent=self._sent)
        show = Button(self._themes, "Show it", ButtonKind.LINK, parent=self._sent)
        show.setAccessibleName(f"Show it. {SENT_ELSEWHERE}")
        show.clicked.connect(lambda: self.sent_wanted.emit(self.model.draft_id))
        self._sent.row.addWidget(words, 1)
        self._sent.row.addWidget(show)
        above, below = QVBoxLayout(), QVBoxLayout()
        for group in (above, below):  # flush with the card, whose ring needs a little more
            group.setContentsMargins(RING, 0, RING, 0)
            group.setSpacing(10)
        for bar in (self._sent, self.offer, ShortScroll(self.people, _PEOPLE_SHARE, self)):
            above.addWidget(bar)
        above.addLayout(self._open_ones)
        below.addWidget(self._problem)
        below.addLayout(foot)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_SIDE - RING, 18, _SIDE - RING, 16)
        layout.setSpacing(10 - RING)
        layout.addLayout(above)
        layout.addWidget(self.card, 1)
        layout.addLayout(below)
        for hidden in (self._sent, self._signature, self._problem):
            hidden.hide()
        self._name_row.set_visible(False)
        self._let_write(False)

    def _let_write(self, ready: bool) -> None:
        """Nothing is typed into what has not been read yet, or is on its way."""
        if self.text.isReadOnly() == ready:
            self.text.setReadOnly(not ready)
        self.people.setEnabled(bool(self.model.draft_id))

    def _connect(self) -> None:
        model = self.model
        model.opened.connect(self._fill)
        model.replaced.connect(self._fill_text)
        model.changed.connect(self._show)
        model.customer_known.connect(self._fill_in)
        model.sent.connect(lambda _: self.accept())
        model.gone.connect(self._say_gone)
        self.channel.activated.connect(lambda: model.set_channel(str(self.channel.currentData())))
        self.people.changed.connect(model.address)
        self.people.subject_changed.connect(model.set_subject)
        self.name.textEdited.connect(model.set_name)
        self.text.edited.connect(model.edit)
        self.text.entered.connect(self._fill_in)
        self.text.entered.connect(self.card.update)
        self.text.left.connect(self.card.update)
        self.text.escaped.connect(self.reject)
        self.help.add(self.text)
        self._tools.files_wanted.connect(self.attach)
        self._tools.canned_wanted.connect(lambda: self.help.begin(self.text, "/"))
        self._tools.article_wanted.connect(lambda: self.help.begin(self.text, "?"))
        self._files.removed.connect(model.remove_file)
        self.discard.clicked.connect(self._give_up)
        self.later.clicked.connect(self.reject)
        self.send.clicked.connect(self.send_now)
        self.send.menu.aboutToShow.connect(self._fill_menu)
        self._others.changed.connect(self._show_offer)
        self.offer.accepted.connect(self._others.accept)
        self.offer.refused.connect(self._others.refuse)

    def _take_keys(self, keys_of: KeysOf) -> None:
        """The keys of the window work here, too, as far as they make sense."""
        for command_id, run in (
            ("composer.send", self.send_now),
            ("composer.send_resolve", partial(self.send_now, Status.SOLVED)),
            ("composer.attach", self.attach),
            ("go.palette", self._ask_palette),
        ):
            for keys in keys_of(command_id):
                QShortcut(keys, self, run)

    # Opening

    def begin(self) -> None:
        """Show it, empty."""
        self._come()
        self.model.begin()

    def go_on(self, draft_id: Id) -> None:
        """Show it, with what was begun before, here or on another device."""
        self._come()
        self.model.open(draft_id)

    def _come(self) -> None:
        self.show()
        self.raise_()
        self.activateWindow()

    def _say_gone(self) -> None:
        super().reject()
        self._context.navigator.notify("This message is not here any more: it was sent or discarded.")

    def _fill(self) -> None:
        model = self.model
        draft = model.draft
        self.channel.clear()
        for choice in model.channels:
            name, address = choice.channel.name, choice.channel.address
            self.channel.addItem(f"{name} ({address})" if address else name, choice.channel.id)
        self.channel.setCurrentIndex(max(0, self.channel.findData(draft.channel_id)))
        self.channel.setEnabled(self.channel.count() > 1)
        self.channel.setPlaceholderText("No mailbox is connected")
        self.name.setText(draft.name)
        self._fill_text()
        self._others.open(draft.conversation_id)
        self._show()
        (self.text if draft.to and draft.subject else self.people.fields["To"]).setFocus()

    def _fill_text(self) -> None:
        draft = self.model.draft
        if draft.text != self.text.text:
            self.text.set_text(draft.text, draft.caret)
        if draft.name != self.name.text():
            self.name.setText(draft.name)

    # What is shown

    def _show(self) -> None:
        model = self.model
        if not model.draft_id:
            return
        draft = model.draft
        self.people.show_people(model.people)
        self.people.show_subject(draft.subject, forward=False)
        self.people.say(PeopleWords(model.people_problem))
        self._files.set_files(draft.files)
        self._name_row.set_visible(model.is_new_customer)
        self._sent.setVisible(model.is_sent)
        no_mailbox = "" if model.channels else NO_MAILBOX
        said = "\n".join(words for words in (no_mailbox, model.problem, model.warning) if words)
        for label, words in ((self._signature, model.signed), (self._problem, said)):
            label.setText(words)
            label.setVisible(bool(words))
        waiting = model.waiting_words
        self._tip.setText(waiting or "/ for canned responses")
        self._tip.set_color(ColorRole.WARN if waiting else ColorRole.TEXT_3)
        self._counter.setText(model.counter)
        self._counter.set_color(ColorRole.DANGER if model.over_limit else ColorRole.TEXT_3)
        self._kept.setText(model.hint)
        self._kept.set_color(ColorRole.DANGER if model.warning else ColorRole.TEXT_3)
        self._let_write(model.is_ready)
        self.help.name_people([draft.name, model.customer.name if model.customer else ""])
        self._show_open_ones(model.customer)

    def _show_open_ones(self, known: KnownCustomer | None) -> None:
        if known == self._known:
            return
        self._known = known
        for bar in self._bars:
            self._open_ones.removeWidget(bar)
            bar.hide()
            bar.deleteLater()
        self._bars = []
        for item in known.open[:SHOWN] if known else ():
            number = f"#{item.number} " if item.number else ""
            words = f"Already open with {known.name if known else ''}: {number}{item.subject}"
            bar = SoftBar(self._themes, ColorRole.WARN_SOFT, self)
            bar.row.addWidget(SafeLabel(words, FontRole.SECONDARY, ColorRole.WARN, elide=True, parent=bar), 1)
            button = Button(self._themes, "Write there instead", ButtonKind.LINK, parent=bar)
            button.setAccessibleName(f"Write there instead. {words}")
            button.clicked.connect(partial(self._go_to, item.conversation_id))
            bar.row.addWidget(button)
            self._open_ones.addWidget(bar)
            self._bars.append(bar)

    def _show_offer(self) -> None:
        offer = self._others.offer
        accept, refuse = (offer.accept, offer.refuse) if offer is not None else ("", "")
        self.offer.show_offer(self._others.words, accept, refuse)

    # What is done

    def attach(self) -> None:
        """Ask for files and attach them."""
        self._context.prompts.ask_files("Attach files", self.model.attach)

    def insert(self, content: Insertable) -> None:
        """Put something at the caret."""
        if isinstance(content, CannedResponse):
            self.help.use_canned(self.text, content, None)
        elif self.model.is_ready:
            self.text.insert(article_link(content) if isinstance(content, Article) else content)

    def _ask_palette(self) -> None:
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)
        self.palette_wanted.emit()

    def send_now(self, then: Status | None = None, send_at: datetime | None = None) -> None:
        """Send it, unless something of the text was still open: then it is to be read once more."""
        self.people.end()
        if self._fill_in():
            self.model.refuse(LOOK_AGAIN)
        else:
            self.model.send(then, send_at)

    def _fill_menu(self) -> None:
        now = self._context.desk.clock.now()
        fill_send_menu(self.send.menu, self.send_now, self._send_later, now)

    def _send_later(self) -> None:
        ask_when(self._context, lambda moment: self.send_now(send_at=moment), self.model.refuse)

    def _fill_in(self) -> bool:
        """Fill in what waited for whom it is for; whether there was anything."""
        model = self.model
        return model.is_ready and not model.waiting and self.text.fill_placeholders(model.values)

    def _go_to(self, conversation_id: Id) -> None:
        self.reject()
        self.conversation_wanted.emit(conversation_id)

    def _give_up(self) -> None:
        self.model.discard()
        super().reject()

    def reject(self) -> None:
        """Close it and keep what was written."""
        self.people.end()
        self.model.keep()
        super().reject()

    # Overrides of Qt

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.model.is_ready and local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_files(event.mimeData())
        if paths:
            self.model.attach(paths)
            event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.model.keep()
        super().closeEvent(event)
