"""The files that go with what is being written, each with its size and a way to take it off."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from agent_desktop.domain.message import AttachmentFile
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.models.timeline_text import size_text
from ui.styling import StyleProperty, set_style
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import IconButton
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.safe_text import SafeLabel

_ICON = 14
_LONGEST_NAME = 200


class AttachmentsBar(QWidget):
    """Hidden while there are no files. `removed(file id)` asks to take one off."""

    removed = Signal(str)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._files: tuple[AttachmentFile, ...] = ()
        self._pieces: list[QFrame] = []
        self._flow = FlowLayout(self)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self._flow.setSpacing(6)
        self.hide()
        themes.changed.connect(self._rebuild)

    def set_files(self, files: tuple[AttachmentFile, ...]) -> None:
        """Show these files."""
        if files != self._files:
            self._files = files
            self._rebuild()

    def _rebuild(self) -> None:
        for piece in self._pieces:
            self._flow.removeWidget(piece)
            piece.hide()
            piece.deleteLater()
        self._pieces = [self._piece(file) for file in self._files]
        for piece in self._pieces:
            self._flow.addWidget(piece)
        self.setVisible(bool(self._files))
        self.updateGeometry()

    def _piece(self, file: AttachmentFile) -> QFrame:
        piece = QFrame(self)
        set_style(piece, StyleProperty.KIND, "inset")
        picture = QLabel(piece)
        image = file.media_type.startswith("image/")
        icon = IconName.IMAGE if image else IconName.PAPERCLIP
        picture.setPixmap(self._themes.icons.pixmap(icon, ColorRole.TEXT_2, _ICON, self.devicePixelRatioF()))
        name = SafeLabel(file.name, FontRole.SECONDARY, elide=True, parent=piece)
        name.setFixedWidth(min(name.sizeHint().width() + 2, _LONGEST_NAME))
        remove = IconButton(self._themes, IconName.CLOSE, f"Remove {file.name}", size=12, parent=piece)
        remove.clicked.connect(partial(self.removed.emit, file.id))
        layout = QHBoxLayout(piece)
        layout.setContentsMargins(8, 1, 2, 1)
        layout.setSpacing(6)
        layout.addWidget(picture)
        layout.addWidget(name)
        layout.addWidget(SafeLabel(size_text(file.size), FontRole.SECONDARY, ColorRole.TEXT_2, parent=piece))
        layout.addWidget(remove)
        piece.show()
        return piece
