"""Rewrites any HTML as a small, flat, well-formed document: the linear step before real cleaning.

Text browsers and cleaners need exponential or quadratic time for some short inputs: tables nested
20 deep, 100,000 open tags, one word of half a megabyte, a line of no-break spaces. None of these can
come out of here, and the time spent is proportional to the input, which is capped too.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from html import escape
from typing import Final

from agent_desktop.services.html.links import link_warning, safe_link
from agent_desktop.services.html.sources import Pictures, SourceKind, source_of, without_long_pictures
from agent_desktop.services.mail.html_tokens import End, Start, Text, tokens

MAX_INPUT_CHARS: Final = 2_000_000
MAX_TOKENS: Final = 100_000
MAX_TEXT_CHARS: Final = 200_000
"""Twice as many need over two seconds when each character is of another script than the one before."""

MAX_RUN: Final = 4_000
"""Characters without any markup: cleaning one longer text with many no-break blanks is quadratic."""

MAX_NODES: Final = 3_000
MAX_BREAKS: Final = 5_000
MAX_DEPTH: Final = 60
MAX_IMAGES: Final = 200
MAX_QUOTES: Final = 3
"""Each level takes room from both sides; with eight of them a line holds one word."""

MAX_LISTS: Final = 5
MAX_WORD: Final = 200

REST_IS_PLAIN: Final = "This message has too much formatting; the rest of it is shown without."
REST_IS_CUT: Final = "This message is too long; only its beginning is shown."
PICTURE: Final = "picture"
"""Stands for a picture of the mail's own that did not come with it, and has no words."""
PICTURES_MISSING: Final = "Some pictures of this message cannot be shown."

_INLINE: Final = {
    "a": "a", "b": "b", "strong": "b", "i": "i", "em": "i", "cite": "i", "dfn": "i", "var": "i",
    "u": "u", "ins": "u", "s": "s", "del": "s", "strike": "s", "sub": "sub", "sup": "sup",
    "code": "code", "tt": "code", "kbd": "code", "samp": "code",
}  # fmt: skip
_BLOCKS: Final = {
    "p": "p", "ul": "ul", "ol": "ol", "menu": "ul", "dir": "ul", "li": "li", "blockquote": "blockquote",
    "h1": "h1", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h5", "h6": "h6", "pre": "div",
    "tr": "div", "caption": "div", "center": "div", "dd": "div", "dt": "div",
} | dict.fromkeys(
    "div section article header footer main nav aside address figure figcaption fieldset legend form "
    "details summary".split(),
    "div",
)  # fmt: skip
_LISTS: Final = ("ul", "ol", "menu", "dir")
# Remembered for matching their end tags, but not written.
_STRUCTURE: Final = frozenset({"table", "thead", "tbody", "tfoot", "td", "th"})

ALLOWED_TAGS: Final = frozenset(_INLINE.values()) | frozenset(_BLOCKS.values()) | {"br", "hr", "img"}


@dataclass(frozen=True, slots=True)
class Flat:
    """The rewritten document, and what was lost."""

    html: str
    problems: tuple[str, ...]


def flatten(html: str, pictures: Pictures, *, warn: bool = True) -> Flat:
    """Rewrite `html`; `pictures` decides what is written for each of them.

    With `warn`, links that deceive are followed by where they lead.
    """
    writer = _Writer(pictures, warn)
    html = without_long_pictures(html, MAX_INPUT_CHARS)
    for count, token in enumerate(tokens(html[:MAX_INPUT_CHARS])):
        if count >= MAX_TOKENS or writer.full:
            writer.problem(REST_IS_CUT)
            break
        match token:
            case Text(text):
                writer.text(text)
            case Start(name, attributes):
                writer.start(name, attributes)
            case End(name):
                writer.end(name)
    else:
        if len(html) > MAX_INPUT_CHARS:
            writer.problem(REST_IS_CUT)
    return writer.finish()


# Direction overrides and isolates (100,000 of them need seconds, and they disguise), soft hyphens,
# controls, and the characters by which Qt marks frames and objects inside its own documents.
_REMOVED: Final = re.compile(
    "[\xad\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufff9-\uffff\ud800-\udfff]"
)
_MARKS: Final = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{8})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_WORD: Final = re.compile(rf"([^ \n\u200b]{{{MAX_WORD}}})(?=[^ \n\u200b])")
_BLANKS: Final = re.compile(r"[ \t\n\r\u2028\u2029]+")


def clean_text(text: str) -> str:
    """Text that a text browser lays out quickly: no controls, no towers of accents, no endless words."""
    return _WORD.sub(_with_break, _MARKS.sub("\\1", _REMOVED.sub("", text)))


def _with_break(word: re.Match[str]) -> str:
    # Scripts written from right to left are joined across an invisible break, at twenty times the cost.
    return f"{word[1]} " if _RIGHT_TO_LEFT.search(word[1]) else f"{word[1]}\u200b"


_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


@dataclass(slots=True)
class _Open:
    """An element whose end has not come; written only when something inside it is."""

    source: str
    tag: str | None
    attributes: str = ""
    written: bool = False
    link: str = ""
    link_text: list[str] = field(default_factory=list)


class _Writer:
    def __init__(self, pictures: Pictures, warn: bool) -> None:
        self._pictures = pictures
        self._warn = warn
        self._out: list[str] = []
        self._stack: list[_Open] = []
        self._inside: Counter[str] = Counter()  # how many of each source are open
        self._links: list[_Open] = []
        self._written = 0  # entries of the stack below this one are written
        self._characters = 0
        self._run = 0  # characters since the last tag
        self._nodes = 0
        self._breaks = 0
        self._shown_images = 0
        self._problems: dict[str, None] = {}
        self._line_has_text = False
        self._after_blank = False

    @property
    def full(self) -> bool:
        """Whether there is as much text as will be shown."""
        return self._characters >= MAX_TEXT_CHARS

    def problem(self, sentence: str) -> None:
        """Remember what the reader should know."""
        self._problems.setdefault(sentence)

    def finish(self) -> Flat:
        """Close what is open."""
        while self._stack:
            self._pop()
        return Flat("".join(self._out), tuple(self._problems))

    def text(self, text: str) -> None:
        """Write characters; white space counts as one blank except in preformatted text."""
        if self._inside["pre"]:
            lines = text.replace("\r\n", "\n").split("\n")
            for number, line in enumerate(lines):
                if number:
                    self._break()
                self._characters_of(line.replace("\t", "    ").replace("  ", "\u00a0 "))
            return
        self._characters_of(_BLANKS.sub(" ", text))

    def _characters_of(self, text: str) -> None:
        text = clean_text(text)
        if text == " " and not self._line_has_text:
            return
        if self._after_blank:
            text = text.removeprefix(" ")
        if not text:
            return
        self._after_blank = text.endswith(" ")
        self._write_open()
        room = MAX_TEXT_CHARS - self._characters
        if len(text) > room:
            self.problem(REST_IS_CUT)
            text = text[:room]
        self._characters += len(text)
        for start in range(0, len(text), MAX_RUN):
            piece = text[start : start + MAX_RUN]
            if self._run + len(piece) > MAX_RUN:
                self._tag("<br>")
            self._run += len(piece)
            self._out.append(escape(piece, quote=False))
        if text != " ":
            self._line_has_text = True
        if self._links:
            self._links[-1].link_text.append(text)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Open an element, or write it if it has no end."""
        if name == "br":
            self._break()
        elif name == "hr":
            self._close_to("p")
            if self._may_add_node():
                self._write_open()
                self._tag("<hr>")
        elif name in {"img", "image"}:
            self._image(attributes)
        elif name in _BLOCKS:
            self._open_block(name)
        elif name in _STRUCTURE:
            self._close_to("p")
            if name in {"td", "th"}:
                self._close_cell()
            self._push(_Open(name, None))
        elif name in _INLINE:
            self._open_inline(name, attributes)

    def end(self, name: str) -> None:
        """Close the innermost element of that name, if a tag like this one may close it."""
        if name in _INLINE and self._inside[name]:
            for position in range(len(self._stack) - 1, -1, -1):
                entry = self._stack[position]
                if entry.source == name:
                    self._pop_to(position)
                    return
                if entry.source not in _INLINE:
                    return
        elif name in _BLOCKS or name in _STRUCTURE:
            self._close_to(name)
        if name == "br":  # browsers take </br> for <br>
            self._break()

    def _open_block(self, name: str) -> None:
        self._close_to("p")
        if name == "li":
            self._close_to("li", but_not_beyond=_LISTS)
        elif name == "tr":
            self._close_to("tr", but_not_beyond=("table",))
        tag = _BLOCKS[name]
        lists = sum(map(self._inside.__getitem__, _LISTS))
        if (name == "blockquote" and self._inside[name] >= MAX_QUOTES) or (
            name in _LISTS and lists >= MAX_LISTS
        ):
            tag = "div"
        self._push(_Open(name, tag))
        self._end_line()

    def _open_inline(self, name: str, attributes: dict[str, str]) -> None:
        if name != "a":
            self._push(_Open(name, _INLINE[name]))
            return
        self._close_to("a")
        link = safe_link(attributes.get("href", ""))
        if link is None:
            self._push(_Open(name, None))
        else:
            self._push(_Open(name, "a", f' href="{escape(link)}"', link=link))

    def _close_cell(self) -> None:
        """Cells of a row stand side by side with some room between, whatever is in them."""
        self._close_to("td", but_not_beyond=("tr", "table"))
        self._close_to("th", but_not_beyond=("tr", "table"))
        if self._line_has_text:
            self._characters_of("\u2003")

    def _image(self, attributes: dict[str, str]) -> None:
        source = source_of(attributes)
        tracks = _is_tracker(attributes)
        if tracks and source.kind is not SourceKind.OWN:
            return
        shown = self._pictures.attribute(source)
        if tracks and not shown:
            return
        if shown and self._shown_images < MAX_IMAGES and self._may_add_node():
            self._shown_images += 1
            self._line_has_text, self._after_blank = True, False
            self._write_open()
            sizes = "".join(
                f' {name}="{attributes[name]}"'
                for name in ("width", "height")
                if re.fullmatch(r"[1-9][0-9]{0,3}", attributes.get(name, ""))
            )
            self._tag(f'<img {shown} alt="{escape(_alt(attributes))}"{sizes}>')
            return
        if shown or source.kind not in {SourceKind.REMOTE, SourceKind.NONE}:
            self.problem(PICTURES_MISSING)
        words = _alt(attributes) or (PICTURE if source.kind is SourceKind.OWN else "")
        if words:
            self._characters_of(f"[{words}]")

    def _tag(self, markup: str) -> None:
        self._out.append(markup)
        self._run = 0

    def _break(self) -> None:
        if self._breaks < MAX_BREAKS:
            self._breaks += 1
            self._write_open()
            self._tag("<br>")
        elif self._line_has_text:
            self._out.append(" ")
        self._line_has_text = False

    def _end_line(self) -> None:
        if self._nodes >= MAX_NODES and self._line_has_text:
            self._break()
        self._line_has_text = False

    def _may_add_node(self) -> bool:
        if self._nodes >= MAX_NODES:
            self.problem(REST_IS_PLAIN)
            return False
        self._nodes += 1
        return True

    def _write_open(self) -> None:
        for entry in self._stack[self._written :]:
            if entry.tag is not None and self._may_add_node():
                self._tag(f"<{entry.tag}{entry.attributes}>")
                entry.written = True
        self._written = len(self._stack)

    def _push(self, entry: _Open) -> None:
        if len(self._stack) >= MAX_DEPTH:
            return
        self._stack.append(entry)
        self._inside[entry.source] += 1
        if entry.link:
            self._links.append(entry)

    def _pop(self) -> None:
        entry = self._stack.pop()
        self._written = min(self._written, len(self._stack))
        self._inside[entry.source] -= 1
        if entry.link:
            self._links.pop()
        if entry.written:
            self._tag(f"</{entry.tag}>")
        if self._warn and entry.link and entry.written:
            target = link_warning("".join(entry.link_text), entry.link)
            if target:
                self._characters_of(f" (\u2192 {target})")
        if entry.source in _BLOCKS:
            self._end_line()

    def _pop_to(self, position: int) -> None:
        while len(self._stack) > position:
            self._pop()

    def _close_to(self, name: str, *, but_not_beyond: tuple[str, ...] = ()) -> None:
        """Close the innermost `name` and what is open inside it; cells keep what is around them."""
        if not self._inside[name]:
            return
        for position in range(len(self._stack) - 1, -1, -1):
            source = self._stack[position].source
            if source == name:
                self._pop_to(position)
                return
            if source in but_not_beyond or (source in {"td", "th"} and name in {"p", "a"}):
                return


def _alt(attributes: dict[str, str]) -> str:
    return _BLANKS.sub(" ", attributes.get("alt", "")).strip()[:200]


_UNSEEN: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|\b(?:width|height)\s*:\s*[012](?:\.\d+)?(?:px)?\s*(?:!|;|$)",
    re.IGNORECASE,
)


def _is_tracker(attributes: dict[str, str]) -> bool:
    """A picture of a pixel shows nothing; it is there to tell the sender who read the mail."""
    if any(attributes.get(name, "").strip(" px") in {"0", "1", "2"} for name in ("width", "height")):
        return True
    return "hidden" in attributes or _UNSEEN.search(attributes.get("style", "")[:1_000]) is not None
