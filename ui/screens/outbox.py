"""What waits to leave or needs a decision: why, the whole text, and what can be done about it."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from agent_desktop.domain.message import Delivery
from ui.context import UiContext
from ui.delegates.row_look import RowShape
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.moment_text import full_text
from ui.models.outbox_text import OutboxRow, outbox_chip, outbox_look, retry_title
from ui.models.row_look import RowLook, one_line
from ui.models.timeline_text import shortened
from ui.prompts import Question
from ui.screens.stepwise import Stepwise
from ui.styling import set_ground
from ui.tokens import ChipTone, ColorRole
from ui.viewmodels.outbox import OutboxViewModel
from ui.widgets.buttons import Button, ButtonKind, key_text
from ui.widgets.card import Card
from ui.widgets.chip import Chip
from ui.widgets.empty_state import EmptyState
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.list_column import WIDTH
from ui.widgets.row_list import RowList
from ui.widgets.safe_text import SafeLabel
from ui.widgets.splitters import Splitter
from ui.widgets.unseen_card import UnseenCard

_WORDS = {ChipTone.DANGER: ColorRole.DANGER, ChipTone.WARN: ColorRole.WARN}
_SHAPE = RowShape(lines=1, margin=14, padding=9, divided=True, bar=True)


class OutboxScreen(Stepwise):
    """List at the left, the chosen item at the right; an empty outbox says so."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._outbox = OutboxViewModel(context, self)
        set_ground(self, ColorRole.SURFACE)

    def make_parts(self) -> Iterator[None]:
        themes = self._context.theme
        self.list = RowList(themes, "Outbox", _SHAPE, parent=self)
        self.list.chosen.connect(self._show_current)
        self.list.opened.connect(self._on_opened)
        self.list.installEventFilter(self)
        self._count = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, parent=self)
        column = QWidget(self)
        head = QHBoxLayout()
        head.setContentsMargins(14, 14, 14, 10)
        head.setSpacing(8)
        head.addWidget(SafeLabel("Outbox", FontRole.STRONG, parent=column))
        head.addWidget(self._count, 1)
        left = QVBoxLayout(column)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(0)
        left.addLayout(head)
        left.addWidget(self.list, 1)
        yield
        self._pages = QStackedWidget(self)
        splitter = Splitter(parent=self._pages)
        splitter.addWidget(column)
        splitter.addWidget(self._make_detail(splitter))
        yield
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([WIDTH + 30, 3 * WIDTH])
        empty = EmptyState(
            themes,
            IconName.CHECK_DOUBLE,
            "Nothing waits",
            "Everything you wrote has left this device, and every change was taken.",
            parent=self,
        )
        self._pages.addWidget(empty)
        self._pages.addWidget(splitter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self._outbox.rows_changed.connect(self._refresh)
        self._refresh()

    def activate(self) -> None:
        """Put the keyboard into the list."""
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _make_detail(self, parent: QWidget) -> QWidget:
        themes = self._context.theme
        pane = QWidget(parent)
        set_ground(pane, ColorRole.SUNKEN)
        self._title = SafeLabel("", FontRole.TITLE, elide=True, parent=pane)
        self._chip = Chip(themes, parent=pane)
        self._about = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_2, elide=True, parent=pane)
        self._words = SafeLabel("", wrap=True, parent=pane)
        self._state = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_2, wrap=True, parent=pane)
        content = QWidget(pane)
        set_ground(content, ColorRole.SUNKEN)
        self._card = Card(themes, "Your text", parent=content)
        self._text = SafeLabel("", wrap=True, selectable=True, parent=self._card)
        self._card.body.addWidget(self._text)
        self.news = UnseenCard(themes, content)
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(10)
        inner.addWidget(self.news)
        inner.addWidget(self._card)
        inner.addStretch(1)
        area = QScrollArea(pane)
        area.setWidgetResizable(True)
        area.setWidget(content)
        area.setAccessibleName("Text")
        retry_key = key_text("Ctrl+Return").replace("Return", "⏎")
        self.retry = Button(
            themes, "Send again", ButtonKind.PRIMARY, IconName.SEND, hint=retry_key, parent=pane
        )
        self.check = Button(themes, "Check", icon=IconName.REFRESH, parent=pane)
        self.open = Button(themes, "Open", icon=IconName.INBOX, hint="⏎", parent=pane)
        self.open.setAccessibleName("Open conversation")
        self.edit = Button(themes, "Edit", icon=IconName.PENCIL, hint="F2", parent=pane)
        self.copy = Button(themes, "Copy text", icon=IconName.COPY, hint=key_text("Ctrl+C"), parent=pane)
        self.discard = Button(themes, "Discard", icon=IconName.TRASH, hint=key_text("Del"), parent=pane)
        for button, action in (
            (self.retry, self._send_again),
            (self.check, self._outbox.check),
            (self.open, self._outbox.open),
            (self.edit, self._outbox.edit),
            (self.copy, self._copy),
            (self.discard, self._discard),
        ):
            button.clicked.connect(lambda _=False, action=action: self._act(action))
        self._keys = {
            "Ctrl+Return": self.retry,
            "Ctrl+Enter": self.retry,
            "F2": self.edit,
            "Del": self.discard,
        }
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._title, 1)
        head.addWidget(self._chip)
        buttons = FlowLayout(spacing=8)
        for button in (self.check, self.retry, self.edit, self.open, self.copy, self.discard):
            buttons.addWidget(button)
        layout = QVBoxLayout(pane)
        layout.setContentsMargins(20, 14, 20, 16)
        layout.setSpacing(10)
        layout.addLayout(head)
        layout.addWidget(self._about)
        layout.addWidget(self._words)
        layout.addWidget(self._state)
        layout.addWidget(area, 1)
        layout.addLayout(buttons)
        return pane

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Everything that the buttons do, by key in the list."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            button = self._button_of(event)
            if button is not None:
                if button.isVisibleTo(self) and button.isEnabled():
                    button.click()
                return True
        return super().eventFilter(watched, event)

    def _button_of(self, event: QKeyEvent) -> Button | None:
        if event.matches(QKeySequence.StandardKey.Copy):
            return self.copy
        pressed = QKeySequence(event.keyCombination())
        return next((button for keys, button in self._keys.items() if pressed == QKeySequence(keys)), None)

    def _refresh(self) -> None:
        rows, now = self._outbox.rows, self._context.desk.clock.now()
        self.list.show_rows(outbox_look(row, now) for row in rows)
        waiting = sum(not row.needs_attention for row in rows)
        attention = len(rows) - waiting
        parts = [f"{attention} to decide"] if attention else []
        parts += [f"{waiting} waiting"] if waiting else []
        self._count.setText(" · ".join(parts))
        self._pages.setCurrentIndex(1 if rows else 0)
        if rows and self.list.current is None:
            self.list.choose_first()
        self._show_current()

    def _show_current(self) -> None:
        row = self._current()
        if row is None:
            return
        item, chip = row.item, outbox_chip(row.item)
        self._title.setText(one_line(row.subject) or item.title)
        self._chip.set_chip(chip.text, chip.tone)
        who = f"{item.title} to {one_line(row.customer)}" if row.customer and item.message_id else item.title
        said = () if who == self._title.text() else (who,)
        self._about.setText(" · ".join((*said, full_text(item.at))))
        self._words.setText(item.words)
        self._words.set_color(_WORDS.get(chip.tone, ColorRole.TEXT_2))
        self._text.setText(shortened(item.text))
        self._card.setVisible(bool(item.text))
        self._state.setText(item.state)
        self._state.setVisible(bool(item.state))
        self._card.set_title("Your reply" if item.message_id is not None else "What you wrote")
        self.news.show_messages(item.news, self._context.desk.clock.now())
        self.retry.setVisible(item.can_retry)
        self.retry.setText(retry_title(item))
        self.retry.set_icon(IconName.SEND if item.message_id is not None else IconName.REFRESH)
        self.check.setVisible(item.can_check)
        self.edit.setVisible(item.can_edit)
        self.open.setVisible(item.conversation_id is not None)
        self.copy.setEnabled(bool(item.text))
        self.discard.setVisible(item.can_discard)

    def _current(self) -> OutboxRow | None:
        row = self.list.current
        return self._outbox.row(str(row.key)) if row is not None else None

    def _act(self, action: Callable[[OutboxRow], None]) -> None:
        row = self._current()
        if row is not None:
            action(row)

    def _send_again(self, row: OutboxRow) -> None:
        if row.item.delivery is not Delivery.UNKNOWN:
            self._outbox.send_again(row)
            return
        question = Question(
            title="Send again?",
            text="It may have been sent already. If it was, the customer gets it twice.",
            yes="Send again",
            no="Leave it",
            dangerous=True,
        )
        self._context.prompts.ask(question, lambda yes: self._outbox.send_again(row) if yes else None)

    def _discard(self, row: OutboxRow) -> None:
        question = Question(
            title="Discard",
            text="It will not be sent or applied. Copy the text first if you still need it.",
            yes="Discard",
            no="Keep",
            dangerous=True,
        )
        self._context.prompts.ask(question, lambda yes: self._outbox.discard(row) if yes else None)

    def _copy(self, row: OutboxRow) -> None:
        QGuiApplication.clipboard().setText(row.item.text)
        self._context.navigator.notify("Text copied.")

    def _on_opened(self, look: RowLook) -> None:
        row = self._outbox.row(str(look.key))
        if row is not None:
            self._outbox.open(row)
