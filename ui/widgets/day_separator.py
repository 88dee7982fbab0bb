"""What stands between messages: the head of a day, and one line for something that happened."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.timeline import EntryKind, TimelineEntry
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.attachment_cards import AttachmentCards
from ui.widgets.message_text import MessageText
from ui.widgets.safe_text import SafeLabel, plain_tool_tip

_ICON = 14


class DaySeparator(SafeLabel):
    """The name of a day in the middle of its line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", FontRole.SECONDARY, ColorRole.TEXT_3, parent=parent)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def set_entry(self, entry: TimelineEntry) -> None:
        """Name another day."""
        self.setText(entry.line)


class EventLine(QWidget):
    """An event or a call on one line. What there is to say beyond that opens below it."""

    resized = Signal()
    """The line was opened or closed."""
    link_activated = Signal(str, str)
    open_requested = Signal(object)
    save_requested = Signal(object)
    picture_wanted = Signal(object)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
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
        self._cards.picture_wanted.connect(self.picture_wanted)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self._line, 1)
        row.addWidget(self._arrow)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 2, 0, 2)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self._details)
        layout.addWidget(self._cards)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        themes.changed.connect(self._restyle)

    @property
    def is_open(self) -> bool:
        """Whether the details are shown."""
        return not self._details.isHidden()

    def set_entry(self, entry: TimelineEntry) -> None:
        """Tell of something else."""
        self._icon_name = IconName.PHONE if entry.kind is EntryKind.CALL else IconName.BOLT
        self._line.setText(entry.line)
        self._details.set_text(entry.text)
        self._details.hide()
        self._cards.set_files(entry.files)
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
        self._icon.setPixmap(icons.pixmap(self._icon_name, ColorRole.TEXT_3, _ICON, ratio))
        arrow = IconName.CHEVRON_UP if self.is_open else IconName.CHEVRON_DOWN
        self._arrow.setPixmap(icons.pixmap(arrow, ColorRole.TEXT_3, _ICON, ratio))
