"""One attachment of a message as a card: what it is, how large, a small picture of images; opens and saves."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton, QMenu, QSizePolicy, QWidget

from agent_desktop.domain.message import AttachmentFile
from agent_desktop.services.file_kinds import ARCHIVE, is_archive, risk_of
from agent_desktop.services.mail.names import clean_file_name
from ui.delegates.file_card import FileCard
from ui.models.timeline_text import size_text
from ui.models.tool_tip import plain_tool_tip
from ui.theme import ThemeManager


class AttachmentCard(QAbstractButton):
    """Pressing it asks to open the file; its menu can save it, too. Neither is done here."""

    open_requested = Signal(object)
    """The `AttachmentFile`."""
    save_requested = Signal(object)
    """The `AttachmentFile`."""

    def __init__(
        self,
        themes: ThemeManager,
        file: AttachmentFile,
        parent: QWidget | None = None,
        *,
        away: bool = False,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._file = file
        self._picture: QPixmap | None = None
        self._away = away
        self._card = FileCard(themes, file, away=away)
        size = size_text(file.size)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        name = clean_file_name(file.name)
        risk = risk_of(name)
        why = risk.sentence if risk is not None else ARCHIVE if is_archive(name) else ""
        spoken = f"Attachment {name}, {size}. {why}".rstrip()
        self.setAccessibleName(f"{spoken} {'Download and open' if away else 'Open'}")
        self.setToolTip(plain_tool_tip(f"{name}\n{file.media_type}, {size}\n{why}".rstrip()))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.DefaultContextMenu)
        self.clicked.connect(lambda: self.open_requested.emit(self._file))
        themes.changed.connect(self._restyle)

    @property
    def file(self) -> AttachmentFile:
        """What the card stands for."""
        return self._file

    @property
    def has_picture(self) -> bool:
        """Whether a small picture is shown."""
        return self._picture is not None

    def set_picture(self, picture: QPixmap) -> None:
        """Show a small picture of the content above the name."""
        self._picture = picture
        self._restyle()

    def sizeHint(self) -> QSize:
        return self._card.size()

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._card.paint(painter, QRectF(self.rect()), self.devicePixelRatioF(), focused=self.hasFocus())
        painter.end()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Open", lambda: self.open_requested.emit(self._file))
        menu.addAction("Save as…", lambda: self.save_requested.emit(self._file))
        menu.popup(event.globalPos())

    def _restyle(self) -> None:
        self._card = FileCard(self._themes, self._file, self._picture, away=self._away)
        self.updateGeometry()
        if (around := self.parentWidget()) is not None:
            around.updateGeometry()  # which would learn of it with an event, after it was asked how high it is
        self.update()
