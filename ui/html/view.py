"""Shows the cleaned HTML of a message without ever opening anything that the message names."""

from collections.abc import Callable
from math import ceil
from typing import Final

from PySide6.QtCore import QByteArray, QSize, QSizeF, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QResizeEvent,
    QTextCursor,
    QTextDocument,
    QTextImageFormat,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from agent_desktop.services.html.clean import BLOB, CleanHtml
from ui.styling import StyleProperty, set_style

BlobImage = Callable[[str], QImage | None]
"""Gives the decoded picture of a sha256, or None while it is not on this machine."""

MAX_HEIGHT: Final = 16_000
"""Beyond this the view scrolls by itself: widgets cannot grow without end."""

_ANY: Final = 1_000_000
_TEXT_KINDS: Final = frozenset(
    kind.value
    for kind in (
        QTextDocument.ResourceType.HtmlResource,
        QTextDocument.ResourceType.StyleSheetResource,
        QTextDocument.ResourceType.MarkdownResource,
    )
)
_LINK_SCHEMES: Final = frozenset({"http", "https", "mailto", "tel"})


class SafeMessageView(QTextBrowser):
    """A message with its formatting, as tall as its content, for use inside a bubble or a preview.

    Opens no links and loads nothing by itself: pictures come from `blob_image`, everything else is
    answered with something empty but valid. (Qt opens the address as a local file, a network share
    included, when the answer is None or empty bytes.)

    Signals:
        link_activated: a link that may be opened was clicked; whoever receives it asks and opens.
        link_hovered: the address under the pointer, "" when it leaves, for the status bar.
    """

    link_activated = Signal(QUrl)
    link_hovered = Signal(str)

    def __init__(self, blob_image: BlobImage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._blob_image = blob_image
        self._message = CleanHtml("")
        self._wanted_sizes: dict[str, QSize] = {}
        # Without frame and padding, it is exactly as tall as its text.
        set_style(self, StyleProperty.KIND, "bare")
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.anchorClicked.connect(self._on_anchor_clicked)
        self.highlighted.connect(self._on_highlighted)
        self.document().documentLayout().documentSizeChanged.connect(self._on_document_size_changed)

    def show_message(self, message: CleanHtml) -> None:
        """Show a cleaned message in place of what is shown now."""
        self._message = message
        self._wanted_sizes.clear()
        self.setHtml(message.html)
        self._fit_images()

    def refresh_images(self) -> None:
        """Ask for all pictures anew, after some of them have arrived on this machine."""
        self.show_message(self._message)

    def _on_anchor_clicked(self, url: QUrl) -> None:
        if url.scheme().lower() in _LINK_SCHEMES:
            self.link_activated.emit(url)

    def _on_highlighted(self, url: QUrl) -> None:
        self.link_hovered.emit(url.toDisplayString() if url.scheme().lower() in _LINK_SCHEMES else "")

    def _on_document_size_changed(self, size: QSizeF) -> None:
        height = max(1, ceil(size.height()))
        # A bar that comes and goes would change the width, and that the height again.
        bar = (
            Qt.ScrollBarPolicy.ScrollBarAsNeeded
            if height > MAX_HEIGHT
            else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
        self.setVerticalScrollBarPolicy(bar)
        self.setFixedHeight(min(height, MAX_HEIGHT))

    def _image(self, name: str) -> QImage:
        image = self._blob_image(name.removeprefix("blob:")) if BLOB.fullmatch(name) else None
        return blank_image() if image is None or image.isNull() else image

    def _fit_images(self) -> None:
        """Give each picture its own or its named size, but never more than the width there is."""
        room = max(self.viewport().width(), 1)
        block = self.document().begin()
        while block.isValid():
            fragments = block.begin()
            while not fragments.atEnd():
                fragment = fragments.fragment()
                if fragment.charFormat().isImageFormat():
                    shape = QTextImageFormat(fragment.charFormat().toImageFormat())
                    if self._fit(shape, room):
                        cursor = QTextCursor(self.document())
                        cursor.setPosition(fragment.position())
                        cursor.setPosition(
                            fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor
                        )
                        cursor.setCharFormat(shape)
                fragments += 1
            block = block.next()

    def _fit(self, shape: QTextImageFormat, room: int) -> bool:
        """Change the size in `shape` to what there is room for; tells whether that was a change."""
        wanted = self._wanted_sizes.get(shape.name())
        if wanted is None:
            wanted = _wanted_size(shape, self._image(shape.name()).size())
            self._wanted_sizes[shape.name()] = wanted
        width = min(wanted.width(), room)
        if shape.width() == width:
            return False
        shape.setWidth(width)
        shape.setHeight(max(1, round(wanted.height() * width / wanted.width())))
        return True

    # Overrides of Qt

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        # Qt: never the base class, which opens files; see the class.
        if kind in _TEXT_KINDS:
            return QByteArray(b" ")
        return self._image(name.toString() if isinstance(name, QUrl) else name)

    def doSetSource(
        self,
        name: QUrl | str,
        /,
        type: QTextDocument.ResourceType = QTextDocument.ResourceType.UnknownResource,
    ) -> None:
        """Go nowhere: a message is no browser."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit_images()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # The list of messages scrolls, not the message, unless the message is too tall to be shown whole.
        if self.height() < MAX_HEIGHT:
            event.ignore()
        else:
            super().wheelEvent(event)


def _wanted_size(shape: QTextImageFormat, natural: QSize) -> QSize:
    """The size that the message names, completed from that of the picture."""
    width, height = int(shape.width()), int(shape.height())
    if width > 0 and height > 0:
        return QSize(width, height)
    if width > 0:
        return natural.scaled(width, _ANY, Qt.AspectRatioMode.KeepAspectRatio)
    if height > 0:
        return natural.scaled(_ANY, height, Qt.AspectRatioMode.KeepAspectRatio)
    return natural


def blank_image() -> QImage:
    """A picture of one transparent pixel: the one answer that makes Qt look nowhere else."""
    image = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor(0, 0, 0, 0))
    return image
