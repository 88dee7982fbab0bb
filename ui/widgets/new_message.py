"""The window in which a mail is written that begins a conversation."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.services.new_messages import SHOWN, KnownCustomer
from agent_desktop.services.recipients import Recipients
from ui.context import UiContext
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.tokens import ColorRole
from ui.viewmodels.address_book import AddressBook
from ui.viewmodels.new_message import NewMessageViewModel
from ui.widgets.attachments_bar import AttachmentsBar
from ui.widgets.buttons import Button, ButtonKind, IconButton, key_text
from ui.widgets.form_lines import labelled
from ui.widgets.people_rows import PeopleRows
from ui.widgets.safe_text import SafeLabel
from ui.widgets.send_menu import SEND_KEYS
from ui.widgets.soft_bar import SoftBar
from ui.widgets.text_fields import keep_for_writing

_WIDTH, _HEIGHT = 660, 560
_SIDE = 20


class NewMessageDialog(QDialog):
    """Closing it keeps what was written: opening it again goes on with that."""

    conversation_wanted = Signal(object)
    """The id of a conversation that is open already."""

    def __init__(self, context: UiContext, model: NewMessageViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        themes = context.theme
        self._context = context
        self._themes = themes
        self._model = model
        model.setParent(self)
        self.setWindowTitle("New message")
        self.channel = QComboBox(self)
        self.channel.setAccessibleName("From")
        self.people = PeopleRows(themes, AddressBook(context.desk, context.tasks), self)
        self.name = QLineEdit(self)
        self.name.setPlaceholderText("Name of the new customer (optional)")
        self.name.setAccessibleName("Name of the new customer")
        self.subject = QLineEdit(self)
        self.text = QPlainTextEdit(self)
        self.text.setAccessibleName("Message")
        self.text.setTabChangesFocus(True)
        keep_for_writing(self.text)
        self._open_ones = QVBoxLayout()
        self._bars: list[QWidget] = []
        self._known: KnownCustomer | None = None
        self._signature = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, elide=True, parent=self)
        self._files = AttachmentsBar(themes, self)
        self._problem = SafeLabel("", FontRole.SECONDARY, ColorRole.DANGER, wrap=True, parent=self)
        self._kept = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, parent=self)
        self.attach = IconButton(themes, IconName.PAPERCLIP, "Attach files", parent=self)
        self.discard = Button(themes, "Discard", ButtonKind.LINK, parent=self)
        self.later = Button(themes, "Close, keep draft", parent=self)
        hint = key_text(SEND_KEYS).replace("Return", "⏎")
        self.send = Button(themes, "Send", ButtonKind.PRIMARY, hint=hint, parent=self)
        self._build()
        self._connect()
        self.resize(_WIDTH, _HEIGHT)

    def _build(self) -> None:
        self._open_ones.setSpacing(5)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.attach)
        foot.addWidget(self.discard)
        foot.addStretch(1)
        foot.addWidget(self._kept)
        foot.addWidget(self.later)
        foot.addWidget(self.send)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_SIDE, 18, _SIDE, 16)
        layout.setSpacing(10)
        layout.addLayout(labelled("From", self.channel))
        layout.addWidget(self.people)
        layout.addLayout(self._open_ones)
        layout.addWidget(self.name)
        layout.addLayout(labelled("Subject", self.subject))
        layout.addWidget(self.text, 1)
        layout.addWidget(self._signature)
        layout.addWidget(self._files)
        layout.addWidget(self._problem)
        layout.addLayout(foot)
        for widget in (self.name, self._signature, self._problem):
            widget.hide()
        for button in (self.later, self.discard, self.send):
            button.setAutoDefault(False)

    def _connect(self) -> None:
        model = self._model
        model.opened.connect(self._fill)
        model.changed.connect(self._show)
        model.sent.connect(lambda _: self.accept())
        self.channel.activated.connect(lambda: model.set_channel(str(self.channel.currentData())))
        self.people.changed.connect(model.address)
        self.subject.textEdited.connect(model.set_subject)
        self.name.textEdited.connect(lambda name: setattr(model, "name", name))
        self.text.textChanged.connect(lambda: model.set_text(self.text.toPlainText()))
        self.attach.clicked.connect(partial(self._context.prompts.ask_files, "Attach files", model.attach))
        self._files.removed.connect(model.remove_file)
        self.discard.clicked.connect(self._give_up)
        self.later.clicked.connect(self.reject)
        self.send.clicked.connect(self._send)
        for keys in (SEND_KEYS, "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self._send)

    def open(self) -> None:
        """Show it, with what was begun before."""
        self._model.open()
        super().open()

    def _fill(self) -> None:
        draft = self._model.draft
        self.channel.clear()
        for channel in self._model.channels:
            words = f"{channel.name} ({channel.address})" if channel.address else channel.name
            self.channel.addItem(words, channel.id)
        self.channel.setCurrentIndex(max(0, self.channel.findData(draft.channel_id)))
        self.channel.setEnabled(self.channel.count() > 1)
        self.people.show_people(Recipients(draft.to, draft.cc, draft.bcc))
        self.subject.setText(draft.subject)
        self.text.setPlainText(draft.text)
        self._show()
        (self.text if draft.to and draft.subject else self.people.fields["To"]).setFocus()

    def _show(self) -> None:
        model = self._model
        draft = model.draft
        self.people.show_people(Recipients(draft.to, draft.cc, draft.bcc))
        self._files.set_files(draft.files)
        self.name.setVisible(model.is_new_customer)
        signature = model.signature if draft.text.strip() else ""
        for label, words in (
            (self._signature, f"Signed: {' · '.join(signature.splitlines())}" if signature else ""),
            (self._problem, model.problem),
        ):
            label.setText(words)
            label.setVisible(bool(words))
        self._kept.setText("Draft saved" if model.is_kept else "")
        self.text.setReadOnly(not model.is_ready)
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

    def _go_to(self, conversation_id: Id) -> None:
        self.reject()
        self.conversation_wanted.emit(conversation_id)

    def _send(self) -> None:
        self.people.end()
        self._model.send()

    def _give_up(self) -> None:
        self._model.discard()
        super().reject()

    def reject(self) -> None:
        """Close it and keep what was written."""
        self.people.end()
        self._model.keep()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._model.keep()
        super().closeEvent(event)
