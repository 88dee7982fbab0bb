"""A mail with its formatting: cleaned and decoded on a background thread, shown without opening anything."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import QSize, QUrl, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.message import Attachment
from agent_desktop.services.html.clean import CleanHtml, clean_in_worker
from ui.fonts import FontRole
from ui.html.view import SafeMessageView
from ui.pictures import PictureReader
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.safe_text import SafeLabel
from ui.widgets.soft_bar import SoftBar

_PICTURE_ROOM = QSize(1_200, 2_400)
_MOST_PICTURES = 60
_LARGEST_HTML = 4_000_000

SHOW_PICTURES: Final = "Show pictures"
ALWAYS: Final = "Always for this sender"

ReadBlob = Callable[[str], bytes | None]
Loaded = Callable[[Sequence[str]], Mapping[str, str]]
"""The SHA-256 of those of these addresses whose pictures were loaded before."""


@dataclass(frozen=True, slots=True)
class FormattedMail:
    """What there is to show, all of it safe and decoded."""

    content: CleanHtml
    pictures: dict[str, QImage]


def load_formatted(
    read_blob: ReadBlob,
    html_blob: str,
    attachments: Sequence[Attachment],
    reader: PictureReader,
    loaded: Loaded = lambda urls: {},
) -> FormattedMail:
    """Clean the HTML of a mail and decode the pictures that are here; to be called on a background thread.

    Raises InputError when the HTML is not on this computer.
    """
    # Reading mail is a package of its own, which no window needs to be there.
    from agent_desktop.services.mail.bounded import BoundedWorker

    raw = read_blob(html_blob)
    if raw is None:
        raise InputError("The formatted mail is not on this computer yet. Its text is shown instead.")
    html = raw[:_LARGEST_HTML].decode("utf-8", "replace")
    own = {item.content_id.strip("<> "): item.sha256 for item in attachments if item.content_id}
    with closing(BoundedWorker()) as worker:  # its process starts only for very long mails
        content = clean_in_worker(worker, html, own)
        if content.remote_images and (known := loaded(content.remote_image_urls)):
            content = clean_in_worker(worker, html, own | dict(known))
            own |= known
    pictures = {}
    for sha256 in [*dict.fromkeys(own.values()), *content.written_pictures][:_MOST_PICTURES]:
        if sha256 in content.html:
            image = reader.read(sha256, partial(_content, content, read_blob, sha256), _PICTURE_ROOM)
            if image is not None:
                pictures[sha256] = image
    return FormattedMail(content, pictures)


def _content(content: CleanHtml, read_blob: ReadBlob, sha256: str) -> bytes | None:
    return content.written_pictures.get(sha256) or read_blob(sha256)


class FormattedMailView(QWidget):
    """Shows a `FormattedMail` as high as it is, says what of it is not shown, and offers to load its pictures."""

    link_activated = Signal(str)
    resized = Signal()
    pictures_wanted = Signal(bool)
    """The pictures on the internet are to be loaded; True: those of this sender always."""

    def __init__(
        self,
        themes: ThemeManager,
        mail: FormattedMail,
        parent: QWidget | None = None,
        *,
        may_always: bool = False,
    ) -> None:
        super().__init__(parent)
        self._mail = mail
        self._may_always = may_always
        self.view = SafeMessageView(lambda sha256: self._mail.pictures.get(sha256), self)
        self.view.setAccessibleName("Formatted message")
        self._problems = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_2, wrap=True, parent=self)
        self._bar = SoftBar(themes, ColorRole.SUNKEN, self)
        self._words = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_2, wrap=True, parent=self._bar)
        self._show = Button(themes, SHOW_PICTURES, ButtonKind.LINK, parent=self._bar)
        self._always = Button(themes, ALWAYS, ButtonKind.LINK, parent=self._bar)
        for part in (self._words, self._show, self._always):
            part.setToolTip("Loading them tells the sender that this was read.")
        self._show.clicked.connect(lambda: self.pictures_wanted.emit(False))
        self._always.clicked.connect(lambda: self.pictures_wanted.emit(True))
        self._bar.row.addWidget(self._words, 1)
        self._bar.row.addWidget(self._show)
        self._bar.row.addWidget(self._always)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._bar)
        layout.addWidget(self._problems)
        layout.addWidget(self.view)
        self.view.link_activated.connect(self._tell_link)
        self.view.document().documentLayout().documentSizeChanged.connect(self._tell_size)
        self.show_mail(mail)

    @property
    def remote_urls(self) -> tuple[str, ...]:
        """The addresses of pictures that are not shown."""
        return self._mail.content.remote_image_urls

    def show_mail(self, mail: FormattedMail) -> None:
        """Show this in place of what is shown."""
        self._mail = mail
        words = " ".join(mail.content.problems)
        self._problems.setText(words)
        self._problems.setVisible(bool(words))
        self._offer(_not_loaded(mail.content.remote_images))
        self.view.show_message(mail.content)

    def show_progress(self, done: int, of: int) -> None:
        """Say how far the loading is."""
        self._words.setText(f"Loading pictures: {done} of {of}")
        for button in (self._show, self._always):
            button.hide()

    def show_failure(self, failed: int, why: str) -> None:
        """Say that pictures could not be loaded, and of one why; they may be asked for again."""
        self._offer(why if failed == 1 else f"{failed} pictures could not be loaded.")
        self._show.setText("Try again")
        self._always.hide()

    def _offer(self, words: str) -> None:
        self._bar.setVisible(bool(words))
        self._words.setText(words)
        self._show.setText(SHOW_PICTURES)
        self._show.show()
        self._always.setVisible(self._may_always)

    def _tell_size(self) -> None:
        self.updateGeometry()  # what is around it forgets the height before
        self.resized.emit()

    def _tell_link(self, url: QUrl) -> None:
        self.link_activated.emit(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))


def _not_loaded(count: int) -> str:
    return f"{count} picture{'s' * (count > 1)} not loaded" if count else ""
