"""Makes the HTML of a stranger safe and quick to show: flattened within limits, then cleaned.

Two independent steps have to agree before anything is shown: `flatten` writes a small document of
known tags, and nh3 parses that anew and keeps only what its own list allows. No styles, no tables,
no forms, no addresses of pictures but our own blobs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

import nh3

from agent_desktop.services.html.flatten import ALLOWED_TAGS, clean_text, flatten

if TYPE_CHECKING:
    from agent_desktop.services.mail.bounded import BoundedWorker

INLINE_CHARS: Final = 64_000
"""Up to here cleaning takes some hundredths of a second and needs no process of its own."""

SECONDS: Final = 1.0
PLAIN_CHARS: Final = 100_000
TOO_COMPLEX: Final = "This message is too complex to show with its formatting."

BLOB: Final = re.compile(r"blob:[0-9a-f]{64}")
"""The only addresses that pictures of a cleaned message have."""


@dataclass(frozen=True, slots=True)
class CleanHtml:
    """HTML that `SafeMessageView` may show, the remote pictures left out, and what else was lost."""

    html: str
    remote_image_urls: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def remote_images(self) -> int:
        """How many pictures would have to be fetched from elsewhere, one-pixel trackers not counted."""
        return len(self.remote_image_urls)


def clean_html(html: str, allowed_images: Mapping[str, str]) -> CleanHtml:
    """Clean a message's HTML.

    `allowed_images` maps what an `img` may name to the sha256 of the blob to show instead: content
    ids (without `cid:`) of the mail's own pictures, and addresses of remote ones that were fetched
    for the reader. Every other picture is left out.
    """
    blobs = {key: blob for key, blob in allowed_images.items() if BLOB.fullmatch(f"blob:{blob}")}
    flat = flatten(html, blobs)
    cleaned = nh3.clean(
        flat.html,
        tags=set(ALLOWED_TAGS),
        clean_content_tags={"script", "style"},
        attributes={"a": {"href"}, "img": {"src", "alt", "width", "height"}},
        attribute_filter=_filter_attribute,
        strip_comments=True,
        link_rel=None,
        url_schemes={"http", "https", "mailto", "tel", "blob"},
    )
    return CleanHtml(cleaned, flat.remote_image_urls, flat.problems)


def _filter_attribute(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "src":
        return value if BLOB.fullmatch(value) else None
    if attribute == "href":
        return None if value[:5].lower() == "blob:" else value
    return value


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
    from agent_desktop.services.mail.text import html_to_text

    if len(html) <= INLINE_CHARS:
        return clean_html(html, allowed_images)
    try:
        return worker.call(clean_html, html, dict(allowed_images), seconds=seconds)
    except WorkerError:
        text = html_to_text(html, PLAIN_CHARS)
        return CleanHtml(plain_html(text), (), (TOO_COMPLEX,))
