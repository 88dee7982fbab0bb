"""One line of a timeline for something that happened: an event or a call, with what there is to say below it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.delegates.bubble_box import GAP
from ui.delegates.entry_pictures import LINE_GAP, LINE_ICON, LINE_LEFT, LINE_PADDING
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.timeline import EntryKind, TimelineEntry
from ui.models.tool_tip import plain_tool_tip
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.attachment_card import AttachmentCard
from ui.widgets.attachment_cards import AttachmentCards
from ui.widgets.message_text import MessageText
from ui.widgets.safe_text import SafeLabel


class EventLine(QWidget):
    """An event or a call on one line. What there is to say beyond that opens below it."""

    resized = Signal()
    """The line was opened or closed."""
    link_activated = Signal(str, str)
    open_requested = Signal(object)
    save_requested = Signal(object)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._entry: TimelineEntry | None = None
        self._icon_name = IconName.BOLT
        self._icon = QLabel(self)
        self._line = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, elide=True, parent=self)
        self._arrow = QLabel(self)
        self._details = MessageText(themes, "Details", self)
        self._details.hide()
        self._details.link_activated.connect(self.link_activated)
        self._cards = AttachmentCards(themes, self)
        self._cards.open_requested.connect(self.open_requested)
        self._cards.save_requested.connect(self.save_requested)
        row = QHBoxLayout()
        row.setSpacing(LINE_GAP)
        row.addWidget(self._icon)
        row.addWidget(self._line, 1)
        row.addWidget(self._arrow)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(LINE_LEFT, LINE_PADDING, 0, LINE_PADDING)
        layout.setSpacing(GAP)
        layout.addLayout(row)
        layout.addWidget(self._details)
        layout.addWidget(self._cards)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        themes.changed.connect(self._restyle)

    @property
    def is_open(self) -> bool:
        """Whether the details are shown."""
        return not self._details.isHidden()

    @property
    def entry(self) -> TimelineEntry | None:
        """What is told."""
        return self._entry

    @property
    def is_own_size(self) -> bool:
        """Whether it takes another room than its picture does."""
        return self.is_open

    @property
    def has_selection(self) -> bool:
        """Whether some of its text is selected."""
        return self._details.textCursor().hasSelection()

    @property
    def cards(self) -> list[AttachmentCard]:
        """The cards of the attachments."""
        return self._cards.cards

    def set_entry(self, entry: TimelineEntry) -> None:
        """Tell of something else; what was opened of the same thing stays open."""
        same = self._entry is not None and self._entry.key == entry.key
        self._entry = entry
        self._icon_name = IconName.PHONE if entry.kind is EntryKind.CALL else IconName.BOLT
        self._line.setText(entry.line)
        self._details.set_text(entry.text)
        if not (same and entry.text):
            self._details.hide()
        self._cards.set_files(entry.files, entry.away)
        self._arrow.setVisible(bool(entry.text))
        self.setCursor(Qt.CursorShape.PointingHandCursor if entry.text else Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(entry.spoken)
        self.setToolTip(plain_tool_tip(entry.meta))
        self._restyle()

    def toggle(self) -> None:
        """Show or hide the details, if there are any."""
        if self._details.text:
            self._details.setVisible(not self.is_open)
            self._restyle()
            self.resized.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.toggle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.toggle()
        else:
            super().keyPressEvent(event)

    def _restyle(self) -> None:
        ratio = self.devicePixelRatioF()
        icons = self._themes.icons
        self._icon.setPixmap(icons.pixmap(self._icon_name, ColorRole.TEXT_3, LINE_ICON, ratio))
        arrow = IconName.CHEVRON_UP if self.is_open else IconName.CHEVRON_DOWN
        self._arrow.setPixmap(icons.pixmap(arrow, ColorRole.TEXT_3, LINE_ICON, ratio))
