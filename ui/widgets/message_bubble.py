"""One message of a timeline as a widget: what is pointed at, read by key, selected from or decided about."""

from enum import Enum, auto
from functools import partial

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from ui.delegates.bubble_box import (
    BOTTOM,
    GAP,
    HEAD_GAP,
    LINK_GAP,
    MENU_HEIGHT,
    MENU_WIDTH,
    SIDE,
    TOP,
    draw_bubble,
)
from ui.delegates.entry_pictures import FOLDED, SHOW_FORMATTED
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.timeline import DeliveryAction, EntryKind, TimelineEntry
from ui.models.timeline_text import size_text
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.attachment_card import AttachmentCard
from ui.widgets.attachment_cards import AttachmentCards
from ui.widgets.buttons import Button, ButtonKind, IconButton
from ui.widgets.held_banner import HeldBanner
from ui.widgets.message_notices import MessageNotices
from ui.widgets.message_text import MessageText
from ui.widgets.safe_text import SafeLabel

UNFOLDED, SHOW_TEXT = "Hide quoted text", "Show as text"


class MessageView(Enum):
    """Other ways to look at a message, and what else can be done with it."""

    FORMATTED = auto()
    WHOLE_TEXT = auto()
    ORIGINAL = auto()
    SAVE_ORIGINAL = auto()
    COPY = auto()
    FORWARD = auto()
    SEND_AGAIN_TO = auto()
    TAKE_OUT = auto()
    TAKE_OUT_REST = auto()


def needs_widget(entry: TimelineEntry) -> bool:
    """Whether there are things to press in a message that its picture does not have."""
    return entry.needs_decision or bool(entry.actions) or entry.is_cut


class MessageBubble(QFrame):
    """Shows an entry of kind theirs, ours or note; can be given another one at any time."""

    resized = Signal()
    """The bubble needs another height: something was folded, or a picture has come."""
    link_activated = Signal(str, str)
    open_requested = Signal(object)
    save_requested = Signal(object)
    view_requested = Signal(str, object)
    """Key of the entry and `MessageView`."""
    decided = Signal(str, object)
    """Key of the entry and `DeliveryAction`."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._entry: TimelineEntry | None = None
        self._author = SafeLabel("", FontRole.HEADING, ColorRole.TEXT, parent=self)
        self._meta = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, elide=True, parent=self)
        self._menu_button = IconButton(
            themes, IconName.MORE_HORIZONTAL, "Message actions", size=16, parent=self
        )
        self._menu_button.setFixedSize(MENU_WIDTH, MENU_HEIGHT)
        kept = self._menu_button.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self._menu_button.setSizePolicy(kept)
        self._menu_button.hide()
        self._notices = MessageNotices(themes, self)
        self._text = MessageText(themes, "Message", self)
        self._formatted: QWidget | None = None
        self._quoted = MessageText(themes, "Quoted text", self)
        self._links = QWidget(self)
        self._fold = Button(themes, FOLDED, ButtonKind.LINK, parent=self._links)
        self._whole = Button(themes, "Show all", ButtonKind.LINK, parent=self._links)
        self._format = Button(themes, SHOW_FORMATTED, ButtonKind.LINK, parent=self._links)
        self._cards = AttachmentCards(themes, self)
        self._banner = HeldBanner(themes, self)
        self._quiet_actions = QWidget(self)
        self._build()
        self._connect()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(HEAD_GAP)
        head.addWidget(self._author)
        head.addWidget(self._meta, 1)
        head.addWidget(self._menu_button)
        links = QHBoxLayout(self._links)
        links.setContentsMargins(0, 0, 0, 0)
        links.setSpacing(LINK_GAP)
        for button in (self._fold, self._whole, self._format):
            links.addWidget(button)
        links.addStretch(1)
        actions = QHBoxLayout(self._quiet_actions)
        actions.setContentsMargins(0, 0, 0, 0)
        actions.setSpacing(LINK_GAP)
        self._body = QVBoxLayout(self)
        self._body.setContentsMargins(SIDE, TOP, SIDE, BOTTOM)
        self._body.setSpacing(GAP)
        self._body.addLayout(head)
        self._body.addWidget(self._notices)
        self._body.addWidget(self._text)
        self._body.addWidget(self._cards)
        self._body.addWidget(self._links)
        self._body.addWidget(self._quoted)
        self._body.addWidget(self._banner)
        self._body.addWidget(self._quiet_actions)

    def _connect(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        for text in (self._text, self._quoted):
            text.link_activated.connect(self.link_activated)
        self._cards.open_requested.connect(self.open_requested)
        self._cards.save_requested.connect(self.save_requested)
        self._fold.clicked.connect(self._toggle_quoted)
        self._whole.clicked.connect(partial(self._ask_view, MessageView.WHOLE_TEXT))
        self._format.clicked.connect(partial(self._ask_view, MessageView.FORMATTED))
        self._menu_button.clicked.connect(self._open_menu)
        self._banner.decided.connect(self._decide)
        self._themes.changed.connect(self.update)

    @property
    def entry(self) -> TimelineEntry | None:
        """What is shown."""
        return self._entry

    @property
    def shown_text(self) -> str:
        """The text of the message as it is shown."""
        return self._text.text

    @property
    def cards(self) -> list[AttachmentCard]:
        """The cards of the attachments."""
        return self._cards.cards

    def set_entry(self, entry: TimelineEntry) -> None:
        """Show this message. The same message after a change keeps what was unfolded in it."""
        before = self._entry
        same = before is not None and before.key == entry.key
        self._entry = entry
        self._author.setText(entry.author)
        self._meta.setText(entry.meta)
        self._meta.set_hint(entry.hint)
        self._notices.show_entry(entry)
        self._text.set_text(entry.text, entry.mentions)
        self._quoted.set_text(entry.quoted)
        self._whole.setVisible(entry.is_cut)
        self._whole.setText(f"Show all ({size_text(entry.length)})")
        self._fold.setVisible(bool(entry.quoted))
        self._format.setVisible(entry.html_blob is not None)
        self._links.setVisible(entry.is_cut or bool(entry.quoted) or entry.html_blob is not None)
        if not same:
            if self._formatted is not None:
                self.show_formatted(None)
            self._quoted.hide()
            self._fold.setText(FOLDED)
        self._cards.set_files(entry.files, entry.away)
        self._banner.setVisible(entry.needs_decision)
        if entry.needs_decision:
            self._banner.set_entry(entry)
        self._set_quiet_actions(() if entry.needs_decision else entry.actions)
        self.setAccessibleName(entry.spoken)
        self.update()

    def forget(self) -> None:
        """Hold nothing of the message any more: another one comes."""
        if self._formatted is not None:
            self.show_formatted(None)
        self._quoted.hide()
        self._menu_button.hide()
        self._entry = None

    def show_formatted(self, view: QWidget | None) -> None:
        """Show a formatted mail in place of its text, or the text again."""
        if self._formatted is not None:
            self._body.removeWidget(self._formatted)
            self._formatted.hide()
            self._formatted.deleteLater()
        self._formatted = view
        if view is not None:
            self._body.insertWidget(self._body.indexOf(self._text), view)
        self._text.setVisible(view is None)
        self._format.setText(SHOW_FORMATTED if view is None else SHOW_TEXT)
        self.resized.emit()

    @property
    def is_formatted(self) -> bool:
        """Whether the formatted mail is shown."""
        return self._formatted is not None

    @property
    def is_own_size(self) -> bool:
        """Whether it takes another room than its picture does: something was unfolded, or is asked of its author."""
        hidden = self._formatted is None and self._quoted.isHidden()
        return not hidden or (self._entry is not None and needs_widget(self._entry))

    @property
    def has_selection(self) -> bool:
        """Whether some of its text is selected."""
        return any(text.textCursor().hasSelection() for text in (self._text, self._quoted))

    def preferred_width(self, widest: int) -> int:
        """As narrow as its content allows, at most `widest`."""
        if self._formatted is not None or not self._banner.isHidden():
            return widest
        texts = [self._text] if self._quoted.isHidden() else [self._text, self._quoted]
        contents = [text.natural_width() for text in texts]
        contents.append(
            self._author.sizeHint().width() + self._meta.sizeHint().width() + self._menu_button.width() + 20
        )
        contents += [card.sizeHint().width() for card in self.cards]
        contents.append(self._notices.natural_width(widest - 2 * SIDE))
        links = [button for button in (self._fold, self._whole, self._format) if not button.isHidden()]
        contents.append(sum(button.sizeHint().width() + LINK_GAP for button in links))
        if not self._quiet_actions.isHidden():
            contents.append(self._quiet_actions.sizeHint().width())
        return min(widest, max(contents) + 2 * SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        kind = self._entry.kind if self._entry is not None else EntryKind.THEIRS
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_bubble(painter, self._themes, QRectF(self.rect()), kind, focused=self.hasFocus())
        painter.end()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._menu_button.show()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._menu_button.hide()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._menu().popup(event.globalPos())

    def _open_menu(self) -> None:
        self._menu().popup(self._menu_button.mapToGlobal(self._menu_button.rect().bottomLeft()))

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        entry = self._entry
        assert entry is not None
        menu.addAction("Copy text", partial(self._ask_view, MessageView.COPY))
        if entry.kind is not EntryKind.NOTE:
            menu.addAction("Forward…", partial(self._ask_view, MessageView.FORWARD))
        if entry.kind is EntryKind.OURS:
            menu.addAction("Send again to…", partial(self._ask_view, MessageView.SEND_AGAIN_TO))
        if entry.html_blob is not None:
            words = SHOW_TEXT if self.is_formatted else SHOW_FORMATTED
            menu.addAction(words, partial(self._ask_view, MessageView.FORMATTED))
        if entry.is_cut:
            menu.addAction("Show all", partial(self._ask_view, MessageView.WHOLE_TEXT))
        if entry.raw_blob is not None:
            menu.addSeparator()
            menu.addAction("Show original text", partial(self._ask_view, MessageView.ORIGINAL))
            menu.addAction("Save original message…", partial(self._ask_view, MessageView.SAVE_ORIGINAL))
        menu.addSeparator()
        menu.addAction("Take out into a new conversation", partial(self._ask_view, MessageView.TAKE_OUT))
        menu.addAction("Take out with what followed", partial(self._ask_view, MessageView.TAKE_OUT_REST))
        return menu

    def _ask_view(self, view: MessageView) -> None:
        if self._entry is not None:
            self.view_requested.emit(self._entry.key, view)

    def _decide(self, action: DeliveryAction) -> None:
        if self._entry is not None:
            self.decided.emit(self._entry.key, action)

    def _toggle_quoted(self) -> None:
        self._quoted.setVisible(self._quoted.isHidden())
        self._fold.setText(FOLDED if self._quoted.isHidden() else UNFOLDED)
        self.resized.emit()

    def _set_quiet_actions(self, actions: tuple[DeliveryAction, ...]) -> None:
        layout = self._quiet_actions.layout()
        assert isinstance(layout, QHBoxLayout)
        for button in self._quiet_actions.findChildren(Button):
            button.setParent(None)
            button.deleteLater()
        while layout.count():
            layout.takeAt(0)
        for action in actions:
            button = Button(self._themes, action.value, ButtonKind.LINK, parent=self._quiet_actions)
            button.clicked.connect(partial(self._decide, action))
            layout.addWidget(button)
            button.show()  # a layout does so later, and measures nothing of it until then
        layout.addStretch(1)
        self._quiet_actions.setVisible(bool(actions))
