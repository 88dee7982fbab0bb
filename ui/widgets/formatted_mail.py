"""A mail with its formatting: cleaned and decoded on a background thread, shown without opening anything."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, QUrl, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.message import Attachment
from agent_desktop.services.html.clean import CleanHtml, clean_in_worker
from ui.fonts import FontRole
from ui.html.view import SafeMessageView
from ui.tokens import ColorRole
from ui.widgets.pictures import read_picture
from ui.widgets.safe_text import SafeLabel

_PICTURE_ROOM = QSize(1_200, 2_400)
_MOST_PICTURES = 60
_LARGEST_HTML = 4_000_000

ReadBlob = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class FormattedMail:
    """What there is to show, all of it safe and decoded."""

    content: CleanHtml
    pictures: dict[str, QImage]


def load_formatted(read_blob: ReadBlob, html_blob: str, attachments: Sequence[Attachment]) -> FormattedMail:
    """Clean the HTML of a mail and decode the pictures that came with it; to be called on a background thread.

    Raises InputError when the HTML is not on this computer.
    """
    # Reading mail is a package of its own, which no window needs to be there.
    from agent_desktop.services.mail.bounded import BoundedWorker

    raw = read_blob(html_blob)
    if raw is None:
        raise InputError("The formatted mail is not on this computer yet. Its text is shown instead.")
    own = {item.content_id.strip("<> "): item.sha256 for item in attachments if item.content_id}
    with BoundedWorker() as worker:  # its process starts only for very long mails
        content = clean_in_worker(worker, raw[:_LARGEST_HTML].decode("utf-8", "replace"), own)
    pictures = {}
    for sha256 in list(dict.fromkeys(own.values()))[:_MOST_PICTURES]:
        found = read_blob(sha256) if sha256 in content.html else None
        image = read_picture(found, _PICTURE_ROOM) if found is not None else None
        if image is not None:
            pictures[sha256] = image
    return FormattedMail(content, pictures)


class FormattedMailView(QWidget):
    """Shows a `FormattedMail` as high as it is, and says what of it is not shown."""

    link_activated = Signal(str)
    resized = Signal()

    def __init__(self, mail: FormattedMail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = SafeMessageView(mail.pictures.get, self)
        self.view.setAccessibleName("Formatted message")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for words in _left_out(mail.content):
            layout.addWidget(SafeLabel(words, FontRole.SECONDARY, ColorRole.TEXT_2, wrap=True, parent=self))
        layout.addWidget(self.view)
        self.view.link_activated.connect(self._tell_link)
        self.view.document().documentLayout().documentSizeChanged.connect(self._tell_size)
        self.view.show_message(mail.content)

    def _tell_size(self) -> None:
        self.updateGeometry()  # what is around it forgets the height before
        self.resized.emit()

    def _tell_link(self, url: QUrl) -> None:
        self.link_activated.emit(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))


def _left_out(content: CleanHtml) -> list[str]:
    words = list(content.problems)
    if content.remote_images:
        one = content.remote_images == 1
        words.append(
            f"{content.remote_images} {'picture' if one else 'pictures'} on the internet "
            f"{'was' if one else 'were'} not loaded, so that the sender does not learn that you read this."
        )
    return words
