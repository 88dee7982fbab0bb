"""Where the pictures of a message come from, and what is written for them: when it is kept, and when it is shown."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from html import escape
from typing import Final, Protocol
from urllib.parse import quote, unquote

MAX_REMOTE_CHARS: Final = 4_000
MAX_DATA_CHARS: Final = 700_000
"""Half a megabyte of a picture that is written out in the message itself."""

REMOTE: Final = "data-remote"
"""The attribute that keeps the address of a remote picture: no browser follows it."""

DATA: Final = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,([A-Za-z0-9+/]+={0,2})", re.IGNORECASE)
CONTENT_ID: Final = re.compile(r"cid:[A-Za-z0-9%._~@$!*+-]{1,400}")
WEB: Final = re.compile(r"https?://[^\s\"'<>`\\]+", re.IGNORECASE)

_BLANKS: Final = re.compile(r"[ \t\r\n\f]+")
_WRITTEN_OUT: Final = re.compile(r"data:image/[a-z+.-]{2,12};base64,[A-Za-z0-9+/=\s]{2000,}", re.IGNORECASE)


class SourceKind(Enum):
    """Where a picture would come from."""

    OWN = auto()
    """A part of the same mail; the key is its content id."""
    REMOTE = auto()
    """A web server; the key is the address."""
    WRITTEN = auto()
    """The message itself; the key is the `data:` address."""
    NONE = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Source:
    """Where one picture would come from, and how that is called there."""

    kind: SourceKind
    key: str = ""


def source_of(attributes: Mapping[str, str]) -> Source:
    """The source of an `img`, as a stranger wrote it or as `StoredPictures` did."""
    written = attributes.get("src") or attributes.get(REMOTE, "")
    source = _BLANKS.sub("", written)
    if source.startswith("//"):
        source = f"https:{source}"
    if not source:
        return Source(SourceKind.NONE)
    if source[:4].lower() == "cid:":
        return Source(SourceKind.OWN, unquote(source[4:]))
    if len(source) <= MAX_REMOTE_CHARS and WEB.fullmatch(source):
        return Source(SourceKind.REMOTE, source)
    if len(source) <= MAX_DATA_CHARS and DATA.fullmatch(source):
        return Source(SourceKind.WRITTEN, source)
    return Source(SourceKind.OTHER)


def without_long_pictures(html: str, room: int) -> str:
    """The document without the pictures written out in it that are too long, so that there is room for its words."""

    def kept(match: re.Match[str]) -> str:
        return "data:," if len(html) > room or len(match[0]) > MAX_DATA_CHARS else match[0]

    return _WRITTEN_OUT.sub(kept, html)


class Pictures(Protocol):
    """Decides what is written for a picture."""

    def attribute(self, source: Source) -> str | None:
        """The attribute that names what is shown, None when the description stands in its place."""
        ...


class StoredPictures:
    """For a document that is kept: every address that may be wanted later, where no browser would follow it."""

    def attribute(self, source: Source) -> str | None:
        """The source as it may be kept."""
        match source.kind:
            case SourceKind.OWN:
                name = f"cid:{quote(source.key, safe='@.$!*+~-_', errors='replace')}"
                return f'src="{name}"' if CONTENT_ID.fullmatch(name) else None
            case SourceKind.REMOTE:
                return f'{REMOTE}="{escape(source.key)}"'
            case SourceKind.WRITTEN:
                return f'src="{escape(source.key)}"'
            case _:
                return None


@dataclass(slots=True)
class ShownPictures:
    """For a document that is shown: blobs alone.

    `allowed` names the blob of a content id or of an address. `remote` collects the addresses that were not
    allowed, `written` the content of pictures that stand in the document, by the SHA-256 they are shown by.
    """

    allowed: Mapping[str, str]
    most: int
    remote: dict[str, None] = field(default_factory=dict)
    written: dict[str, bytes] = field(default_factory=dict)

    def attribute(self, source: Source) -> str | None:
        """The blob to show."""
        blob = self._blob(source)
        return f'src="blob:{escape(blob)}"' if blob else None

    def _blob(self, source: Source) -> str | None:
        if source.kind is SourceKind.WRITTEN:
            return self._written(source.key)
        if source.kind not in {SourceKind.OWN, SourceKind.REMOTE}:
            return None
        blob = self.allowed.get(source.key) or self.allowed.get(source.key.lower())
        if not blob and source.kind is SourceKind.REMOTE and len(self.remote) < self.most:
            self.remote.setdefault(source.key)
        return blob

    def _written(self, address: str) -> str | None:
        try:
            content = base64.b64decode(address.partition(",")[2], validate=True)
        except binascii.Error:
            return None
        sha256 = hashlib.sha256(content).hexdigest()
        self.written.setdefault(sha256, content)
        return sha256
