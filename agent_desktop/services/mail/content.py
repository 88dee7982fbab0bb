"""Chooses what of a mail's parts is its text, its HTML and its attachments, and decodes them.

The choice is that of JMAP (RFC 8621, section 4.1.4): text and HTML bodies are told apart inside
`multipart/alternative`, everything else that is not shown in place is an attachment.
"""

import html as html_module
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from agent_desktop.services.mail.appointments import appointment_text
from agent_desktop.services.mail.decoding import decode_base64_text, decode_text, decode_transfer
from agent_desktop.services.mail.embedded import EmbeddedFile, take_files
from agent_desktop.services.mail.headers import parse_parameters
from agent_desktop.services.mail.names import clean_file_name, clean_line
from agent_desktop.services.mail.plain import ENRICHED, plain_text
from agent_desktop.services.mail.signed import signed_content
from agent_desktop.services.mail.structure import MEDIA_TYPE, Part, read_structure
from agent_desktop.services.mail.text import MAX_TEXT_CHARS, KnownQuotes, html_to_text_and_quotes
from agent_desktop.services.mail.tnef import Packed, PackedFile, read_tnef

MAX_HTML_CHARS: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class ParsedAttachment:
    """A file that came with a mail; `inline` when the HTML shows it in place by its content id."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
    content_id: str
    inline: bool


@dataclass(frozen=True, slots=True)
class Body:
    """What a mail shows and brings."""

    text: str
    html: str | None
    attachments: tuple[ParsedAttachment, ...]
    quotes: KnownQuotes = field(default_factory=KnownQuotes)


def read_body(root: Part, problems: list[str]) -> Body:
    """Decode the texts and attachments below `root`; adds a sentence for each thing that was wrong."""
    reader = _Reader(problems)
    reader.visit(root)
    return reader.body()


@dataclass(slots=True)
class _Shown:
    """Parts to show, in order, once for readers of text and once for readers of HTML."""

    text: list[Part] = field(default_factory=list)
    html: list[Part] = field(default_factory=list)


_EXTENSIONS: Final = {
    "application/json": ".json",
    "application/ms-tnef": ".dat",
    "application/msword": ".doc",
    "application/pdf": ".pdf",
    "application/pgp-signature": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/zip": ".zip",
    "audio/mpeg": ".mp3",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "message/delivery-status": ".txt",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/vcard": ".vcf",
    "video/mp4": ".mp4",
}


class _Reader:
    def __init__(self, problems: list[str]) -> None:
        self._problems = problems
        self._shown = _Shown()
        self._attached: list[Part] = []
        self._texts: dict[int, str] = {}  # by identity of the part: decoding is done once
        self._packed: dict[int, Packed] = {}  # by identity of the part: what winmail.dat holds
        self._appointments: list[Part] = []
        self._embedded: list[EmbeddedFile] = []
        self._opened = 0

    def visit(self, root: Part) -> None:
        """Sort the leaves below `root`; recursion is as deep as the nesting limit of the structure."""
        self._visit([root], "mixed", in_alternative=False)

    def _visit(self, parts: list[Part], kind: str, *, in_alternative: bool) -> None:
        shown = self._shown
        texts_before, htmls_before = len(shown.text), len(shown.html)
        for index, part in enumerate(parts):
            if part.is_multipart:
                inner = part.media_type.partition("/")[2]
                if inner == "encrypted":
                    self._problem(ENCRYPTED)
                is_alternative = in_alternative or inner == "alternative"
                self._visit(part.children, inner, in_alternative=is_alternative)
                continue
            opened = self._open_signed(part)
            if opened is not None:
                self._visit([opened], "mixed", in_alternative=in_alternative)
                continue
            media_type = _shown_type(part)
            if not self._is_shown(part, media_type, kind, index):
                self._attach(part)
            elif in_alternative:
                (shown.html if media_type == "text/html" else shown.text).append(part)
            else:
                shown.text.append(part)
                shown.html.append(part)
        if kind == "alternative":
            if len(shown.text) == texts_before:
                shown.text += shown.html[htmls_before:]
            elif len(shown.html) == htmls_before:
                shown.html += shown.text[texts_before:]

    def _is_shown(self, part: Part, media_type: str, kind: str, index: int) -> bool:
        if media_type not in _SHOWN or _disposition(part)[0] == "attachment":
            return False
        if media_type in ENRICHED and kind == "alternative" and index > 0:
            return False
        if kind == "related":
            return index == 0 or not part.headers.raw("content-id")
        if not _file_name(part):
            return True
        return index == 0 and bool(part.raw[part.start : part.end].strip())

    def _attach(self, part: Part) -> None:
        self._attached.append(part)
        if part.media_type in _PACKED or _file_name(part).lower() == "winmail.dat":
            packed = read_tnef(self._content(part))
            if packed is not None:
                self._packed[id(part)] = packed
                if not packed.whole:
                    self._problem(DAMAGED)
        elif part.media_type in _SIGNED:
            self._problem(ENCRYPTED)
        elif part.media_type == "text/calendar":
            self._appointments.append(part)
            self._problem(_APPOINTMENTS.get(part.parameters.get("method", "").lower(), APPOINTMENT))

    def _open_signed(self, part: Part) -> Part | None:
        """The mail inside an opaquely signed one; how many are opened in one another is limited."""
        if not _may_be_signed(part) or self._opened >= MAX_OPENED:
            return None
        inner = signed_content(self._content(part))
        if inner is None:
            return None
        self._opened += 1
        structure = read_structure(inner)
        self._problems += structure.problems
        return structure.root

    def body(self) -> Body:
        """Decode what was sorted."""
        html = self._html()
        text, quotes = self._text()
        content_ids = _content_ids(html or "")
        attachments = [file for part in self._attached for file in self._attachments(part, content_ids)]
        attachments += [_embedded_attachment(file) for file in self._embedded]
        if "-----BEGIN PGP MESSAGE-----" in text:
            self._problem(ENCRYPTED)
        return Body(text, html, tuple(attachments), quotes)

    def _text(self) -> tuple[str, KnownQuotes]:
        if not any(self._decoded(part).strip() for part in self._shown.text):
            parts = self._shown.html
        else:
            parts = self._shown.text
        texts = []
        quotes = KnownQuotes()
        for part in parts:
            decoded = self._decoded(part)
            if _shown_type(part) == "text/html":
                text, found = html_to_text_and_quotes(decoded)
                quotes = found if len(parts) == 1 else quotes
                texts.append(text)
            else:
                texts.append(plain_text(decoded, part))
        texts = [text for text in texts if text.strip()] or self._packed_texts() or self._appointed()
        text = "\n\n".join(texts)
        if len(text) > MAX_TEXT_CHARS:
            self._problem(f"Only the first {MAX_TEXT_CHARS:,} characters of this mail are shown.")
        return text[:MAX_TEXT_CHARS], quotes

    def _packed_texts(self) -> list[str]:
        """The text of winmail.dat, for mails that have no other."""
        found = [packed.text or html_to_text_and_quotes(packed.html)[0] for packed in self._packed.values()]
        return [_CONTROLS.sub("", text.replace("\r\n", "\n")) for text in found if text.strip()]

    def _appointed(self) -> list[str]:
        """What the mail invites to, if it has no words of its own."""
        found = (appointment_text(self._decoded(part)) for part in self._appointments[:1])
        return [text for text in found if text]

    def _html(self) -> str | None:
        if not any(_shown_type(part) == "text/html" for part in self._shown.html):
            packed = next((packed.html for packed in self._packed.values() if packed.html), "")
            return packed[:MAX_HTML_CHARS] if packed and not self._shown.text else None
        pieces = []
        for part in self._shown.html:
            decoded = self._decoded(part)
            if _shown_type(part) == "text/html":
                pieces.append(decoded)
            elif decoded.strip():
                pieces.append(f"<pre>{html_module.escape(plain_text(decoded, part))}</pre>")
        joined = "\n".join(pieces)
        if len(joined) > MAX_HTML_CHARS:
            self._problem("Only the beginning of the formatted text of this mail is kept.")
        return joined[:MAX_HTML_CHARS]

    def _decoded(self, part: Part) -> str:
        known = self._texts.get(id(part))
        if known is not None:
            return known
        content = self._content(part, words=True)
        if _shown_type(part) == "text/plain":
            content, files = take_files(content)
            self._embedded += files
        content = content[: 4 * MAX_HTML_CHARS]
        charset = part.parameters.get("charset", "")
        if not charset and _shown_type(part) == "text/html":
            charset = _meta_charset(content)
        text, trusted = decode_text(content, charset)
        if not trusted:
            self._problem(
                "Some characters of this mail may look wrong: it does not say how they are written."
            )
        text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        self._texts[id(part)] = text
        return text

    def _content(self, part: Part, *, words: bool = False) -> bytes:
        encoding = part.headers.raw("content-transfer-encoding").partition(";")[0].strip().lower()
        raw = part.raw[part.start : part.end]
        is_base64_text = words and encoding == "base64"
        content, whole = decode_base64_text(raw) if is_base64_text else decode_transfer(raw, encoding)
        if not whole:
            self._problem(DAMAGED)
        return content

    def _attachments(self, part: Part, content_ids: frozenset[str]) -> Iterator[ParsedAttachment]:
        packed = self._packed.get(id(part))
        if packed is None:
            yield self._attachment(part, content_ids)
        else:
            for file in packed.files:
                yield _packed_attachment(file, content_ids)

    def _attachment(self, part: Part, content_ids: frozenset[str]) -> ParsedAttachment:
        content = self._content(part)
        content_id = clean_line(part.headers.raw("content-id")).strip("<> ")[:500]
        return ParsedAttachment(
            name=_attachment_name(part, content),
            media_type=part.media_type,
            content=content,
            content_id=content_id,
            inline=content_id.lower() in content_ids,
        )

    def _problem(self, sentence: str) -> None:
        self._problems.append(sentence)


_SHOWN: Final = frozenset({"text/plain", "text/html"}) | ENRICHED
_PACKED: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SIGNED: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
MAX_OPENED: Final = 5
DAMAGED: Final = "A part of this mail is damaged; what could be read of it is shown."
ENCRYPTED: Final = "This mail is encrypted; it is attached for a program that can open it."
APPOINTMENT: Final = "This mail brings an appointment; it is attached."
_APPOINTMENTS: Final = {
    "request": "This mail is an invitation; the appointment is attached.",
    "cancel": "This mail cancels an appointment; the appointment is attached.",
    "reply": "This mail answers an invitation; the appointment is attached.",
}
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e]")
"""What no text has to have: controls, and what turns the letters after it around, to look like other words."""


def _shown_type(part: Part) -> str:
    """A multipart without parts is text after all: its words must not be lost."""
    return "text/plain" if part.media_type.startswith("multipart/") else part.media_type


def _may_be_signed(part: Part) -> bool:
    if part.media_type == "application/octet-stream":
        return _file_name(part).lower().endswith(".p7m")
    return part.media_type in _SIGNED


def _disposition(part: Part) -> tuple[str, dict[str, str]]:
    return parse_parameters(part.headers.raw("content-disposition"))


def _file_name(part: Part) -> str:
    return _disposition(part)[1].get("filename", "") or part.parameters.get("name", "")


_MEDIA_TYPES: Final = {extension: media_type for media_type, extension in _EXTENSIONS.items()} | {
    ".jpg": "image/jpeg",
    ".txt": "text/plain",
}


def _media_type_of(name: str) -> str:
    return _MEDIA_TYPES.get(f".{name.rpartition('.')[2].lower()}", "application/octet-stream")


def _packed_attachment(file: PackedFile, content_ids: frozenset[str]) -> ParsedAttachment:
    name = clean_file_name(file.name)
    content_id = clean_line(file.content_id).strip("<> ")[:500]
    media_type = file.media_type if MEDIA_TYPE.fullmatch(file.media_type) else _media_type_of(name)
    return ParsedAttachment(name, media_type, file.content, content_id, content_id.lower() in content_ids)


def _embedded_attachment(file: EmbeddedFile) -> ParsedAttachment:
    name = clean_file_name(decode_text(file.name)[0])
    return ParsedAttachment(name, _media_type_of(name), file.content, "", inline=False)


def _attachment_name(part: Part, content: bytes) -> str:
    extension = _EXTENSIONS.get(part.media_type, "")
    name = _file_name(part)
    if not name and part.media_type == "message/rfc822":
        subject = read_structure(content[:65_536]).root.headers.text("subject")[:80]
        name = re.sub(r"[/\\:]", "_", subject) + ".eml" if subject else ""
    stem = "appointment" if part.media_type == "text/calendar" else "attachment"
    return clean_file_name(name, f"{stem}{extension}")


_CONTENT_ID: Final = re.compile(r"""\bcid:([^"'\s<>)]{1,500})""", re.IGNORECASE)


def _content_ids(html: str) -> frozenset[str]:
    return frozenset(unquote(match).lower() for match in _CONTENT_ID.findall(html))


_META_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}?charset\s{0,5}=\s{0,5}[\"']?([\w.:-]{1,40})", re.I)


def _meta_charset(content: bytes) -> str:
    match = _META_CHARSET.search(content[:2_048])
    return match[1].decode("latin-1") if match else ""
