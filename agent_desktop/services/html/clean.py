"""Makes the HTML of a stranger safe and quick to show: flattened within limits, then cleaned.

Two independent steps have to agree before anything is kept or shown: `flatten` writes a small document
of known tags, and nh3 parses that anew and keeps only what its own list allows. No styles, no tables,
no forms, nothing that a browser would fetch.

A server cleans what it keeps (`clean_for_storage`), and whoever shows it cleans it again (`clean_html`),
because it cannot know that the server did.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Final

import nh3

from agent_desktop.services.html.flatten import (
    ALLOWED_TAGS,
    MAX_IMAGES,
    REST_IS_CUT,
    REST_IS_PLAIN,
    clean_text,
    flatten,
)
from agent_desktop.services.html.sources import (
    CONTENT_ID,
    DATA,
    REMOTE,
    WEB,
    ShownPictures,
    StoredPictures,
)

if TYPE_CHECKING:
    from agent_desktop.services.mail.bounded import BoundedWorker

INLINE_CHARS: Final = 64_000
"""Up to here cleaning takes some hundredths of a second and needs no process of its own."""

SECONDS: Final = 1.0
STORAGE_SECONDS: Final = 5.0
PLAIN_CHARS: Final = 100_000
TOO_COMPLEX: Final = "This message is too complex to show with its formatting."

BLOB: Final = re.compile(r"blob:[0-9a-f]{64}")
"""The only addresses that pictures of a cleaned message have."""

_NO_LINKS: Final = ("blob:", "cid:", "data:")
_Filter = Callable[[str, str, str], str | None]


@dataclass(frozen=True, slots=True)
class CleanHtml:
    """HTML that a viewer may show, the remote pictures left out, and what else was lost.

    `written_pictures` holds the content of pictures that stood in the document itself, by the SHA-256
    in their address.
    """

    html: str
    remote_image_urls: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    written_pictures: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def remote_images(self) -> int:
        """How many pictures would have to be fetched from elsewhere, one-pixel trackers not counted."""
        return len(self.remote_image_urls)


def clean_html(html: str, allowed_images: Mapping[str, str]) -> CleanHtml:
    """Clean a message's HTML to show it.

    `allowed_images` maps what an `img` may name to the sha256 of the blob to show instead: content
    ids (without `cid:`) of the mail's own pictures, and addresses of remote ones that were fetched
    for the reader. Of the other pictures only those are shown that stand in the document itself.
    """
    blobs = {key: blob for key, blob in allowed_images.items() if BLOB.fullmatch(f"blob:{blob}")}
    pictures = ShownPictures(blobs, MAX_IMAGES)
    flat = flatten(html, pictures)
    cleaned = _allow_listed(flat.html, {"src"}, {"blob"}, _shown_attribute)
    return CleanHtml(cleaned, tuple(pictures.remote), flat.problems, pictures.written)


def clean_for_storage(html: str) -> str:
    """Clean a message's HTML to keep it; a browser that is shown the result fetches nothing.

    The addresses of the mail's own pictures, of remote ones and of those written out in it stay as data,
    for whoever shows it to decide. What was cut off is said at the end. Several seconds of work for the
    worst input: for what may be long, see `clean_for_storage_in_worker`.
    """
    flat = flatten(html, StoredPictures(), warn=False)
    cleaned = _allow_listed(flat.html, {"src", REMOTE}, {"cid", "data"}, _stored_attribute)
    return cleaned + _noted(
        sentence for sentence in flat.problems if sentence in {REST_IS_CUT, REST_IS_PLAIN}
    )


def _noted(sentences: Iterable[str]) -> str:
    return "".join(f"<p>[{escape(sentence, quote=False)}]</p>" for sentence in sentences)


def _allow_listed(html: str, sources: set[str], schemes: set[str], keep: _Filter) -> str:
    return nh3.clean(
        html,
        tags=set(ALLOWED_TAGS),
        clean_content_tags={"script", "style"},
        attributes={"a": {"href"}, "img": {"alt", "width", "height"} | sources},
        attribute_filter=keep,
        strip_comments=True,
        link_rel=None,
        url_schemes={"http", "https", "mailto", "tel"} | schemes,
    )


def _shown_attribute(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "src":
        return value if BLOB.fullmatch(value) else None
    return _kept_link(attribute, value)


def _stored_attribute(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "src":
        return value if CONTENT_ID.fullmatch(value) or DATA.fullmatch(value) else None
    if attribute == REMOTE:
        return value if WEB.fullmatch(value) else None
    return _kept_link(attribute, value)


def _kept_link(attribute: str, value: str) -> str | None:
    return None if attribute == "href" and value.lower().startswith(_NO_LINKS) else value


def plain_html(text: str) -> str:
    """Plain text as HTML that shows it line by line."""
    lines = clean_text(text[:PLAIN_CHARS]).splitlines()
    return "<br>".join(escape(line, quote=False) for line in lines[:5_000])


def clean_in_worker(
    worker: "BoundedWorker",
    html: str,
    allowed_images: Mapping[str, str],
    *,
    seconds: float = SECONDS,
) -> CleanHtml:
    """Clean like `clean_html`, but never longer than `seconds`: then the message comes as plain text.

    Short messages are cleaned at once; for long ones `worker` lends its process. Call it from a
    background task.
    """
    # Loaded here: a window shows the text of mails long before anybody wants to see their formatting.
    from agent_desktop.services.mail.bounded import WorkerError

    if len(html) <= INLINE_CHARS:
        return clean_html(html, allowed_images)
    try:
        return worker.call(clean_html, html, dict(allowed_images), seconds=seconds)
    except WorkerError:
        return CleanHtml(_words_alone(html), (), (TOO_COMPLEX,))


def clean_for_storage_in_worker(
    worker: "BoundedWorker", html: str, *, seconds: float = STORAGE_SECONDS
) -> str:
    """Clean like `clean_for_storage`, but never longer than `seconds`: then only its words are kept, which it says."""
    from agent_desktop.services.mail.bounded import WorkerError

    if len(html) <= INLINE_CHARS:
        return clean_for_storage(html)
    try:
        return worker.call(clean_for_storage, html, seconds=seconds)
    except WorkerError:
        return _words_alone(html) + _noted([TOO_COMPLEX])


def _words_alone(html: str) -> str:
    from agent_desktop.services.mail.text import html_to_text

    return plain_html(html_to_text(html, PLAIN_CHARS))
