"""Makes readable plain text from the HTML of a mail: linear, bounded, with links, lists and quotes."""

import re
from dataclasses import dataclass
from typing import Final

from agent_desktop.services.mail.html_tokens import Start, Text, Token, tokens

MAX_TEXT_CHARS: Final = 1_000_000
MAX_LINK_CHARS: Final = 500
MAX_NESTING: Final = 10
"""Of quotes and lists that is shown; deeper ones look like this one."""

_LINES: Final = frozenset(
    "div section article header footer main nav aside tr li dt dd address center form fieldset "
    "figure figcaption caption option legend body html".split()
)
_PARAGRAPHS: Final = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl blockquote pre table".split())
_CELLS: Final = frozenset({"td", "th"})


@dataclass(frozen=True, slots=True)
class KnownQuotes:
    """Where old mail begins in a text, by the marks that mail programs leave in their HTML.

    `heads` are the lines of "On ... wrote:" in whatever language; from line `rest` on all is old.
    """

    heads: frozenset[int] = frozenset()
    rest: int | None = None


def html_to_text(html: str, limit: int = MAX_TEXT_CHARS) -> str:
    """Text that says what the HTML says.

    Paragraphs become lines, list items get a dash or their number, quotes a `>`, links their
    address in parentheses where it says more than their text. Stops after `limit` characters.
    """
    return html_to_text_and_quotes(html, limit)[0]


def html_to_text_and_quotes(html: str, limit: int = MAX_TEXT_CHARS) -> tuple[str, KnownQuotes]:
    """The text of `html_to_text`, and which of its lines are known to begin old mail."""
    writer = _Writer(limit)
    for token in tokens(html):
        if writer.full:
            break
        writer.take(token)
    return writer.finish(), writer.known_quotes()


# What mail programs put around "On ... wrote:" and the quote below it.
_QUOTE_CLASSES: Final = frozenset(
    "gmail_quote gmail_quote_container gmail_attr yahoo_quoted moz-cite-prefix protonmail_quote tutanota_quote "
    "zmail_extra OutlookMessageHeader yahoo-quoted-begin replyContainer gmx_quote zoho_quote".split()
)
_REST_IDS: Final = frozenset(
    "divRplyFwdMsg x_divRplyFwdMsg appendonsend x_appendonsend OLK_SRC_BODY_SECTION stopSpelling replySplit "
    "mail-editor-reference-message-container ms-outlook-mobile-reference-message".split()
)
_OUTLOOK_RULE: Final = re.compile(
    r"border-top:\s*solid\s+#(?:B5C4DF|E1E1E1)\b|border-top-color:\s*rgb\(229, ?229, ?229\)", re.IGNORECASE
)


class _Writer:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._lines: list[str] = []
        self._words: list[str] = []
        self._space = False
        self._quotes = 0
        self._lists: list[int | None] = []  # number of the last item, None for unnumbered lists
        self._preformatted = 0
        self._link: tuple[str, int] | None = None
        self._blank_wanted = False
        self._last_quotes = 0
        self._heads: set[int] = set()
        self._rest: int | None = None
        self._head: tuple[str, int] | None = (
            None  # the element around a head, and how many of its name are open
        )
        self._is_head = False  # whether the line being written belongs to it

    @property
    def full(self) -> bool:
        """Whether the limit is reached."""
        return self._size >= self._limit

    def take(self, token: Token) -> None:
        """Write what one token means."""
        if isinstance(token, Text):
            self._write(token.text)
        elif isinstance(token, Start):
            self._start(token.name, token.attributes)
        else:
            self._end(token.name)

    def finish(self) -> str:
        """Close what is open and return the text."""
        self._end_line()
        return "\n".join(self._lines).strip("\n")[: self._limit]

    def known_quotes(self) -> KnownQuotes:
        """What the marks of mail programs say about the lines of the text."""
        return KnownQuotes(frozenset(self._heads), self._rest)

    def _mark(self, name: str, attributes: dict[str, str]) -> None:
        if self._rest is not None or name == "blockquote":
            return
        style = attributes.get("style", "")
        if attributes.get("id") in _REST_IDS or ("border-top" in style and _OUTLOOK_RULE.search(style)):
            self._end_line()
            self._rest = len(self._lines)
        elif (
            self._head is None
            and "class" in attributes
            and not _QUOTE_CLASSES.isdisjoint(attributes["class"].split())
        ):
            self._end_line()
            self._head = (name, 0)

    def _follow_head(self, name: str, step: int) -> None:
        """Notice where the element around a head ends; the quote itself is no head either."""
        assert self._head is not None
        if name == "blockquote":
            self._end_line()
            self._head = None
        elif name == self._head[0]:
            open_elements = self._head[1] + step
            if open_elements < 1:
                self._end_line()
            self._head = (name, open_elements) if open_elements > 0 else None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if attributes:
            self._mark(name, attributes)
        if self._head is not None:
            self._follow_head(name, 1)
        if name == "br":
            self._end_line(always=True)
        elif name == "hr":
            self._paragraph()
            self._write("---")
            self._paragraph()
        elif name == "img":
            if alt := attributes.get("alt", "").strip():
                self._write(f"[{alt[:200]}]")
        elif name == "a":
            self._link = (attributes.get("href", "").strip(), len(self._words))
        elif name in _CELLS:
            self._space = True
        elif name in _PARAGRAPHS:
            self._paragraph()
            if name == "blockquote":
                self._quotes += 1
            elif name in {"ul", "ol"}:
                self._lists.append(0 if name == "ol" else None)
            elif name == "pre":
                self._preformatted += 1
        elif name in _LINES:
            self._end_line()
            if name == "li":
                self._bullet()

    def _end(self, name: str) -> None:
        if self._head is not None:
            self._follow_head(name, -1)
        if name == "a":
            self._finish_link()
        elif name in _PARAGRAPHS:
            self._paragraph()
            if name == "blockquote":
                self._quotes = max(0, self._quotes - 1)
            elif name in {"ul", "ol"} and self._lists:
                self._lists.pop()
            elif name == "pre":
                self._preformatted = max(0, self._preformatted - 1)
        elif name in _LINES:
            self._end_line()

    def _bullet(self) -> None:
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number + 1
        self._words.append("- " if number is None else f"{number + 1}. ")
        self._space = False

    def _finish_link(self) -> None:
        if self._link is None:
            return
        address, since = self._link
        self._link = None
        shown = "".join(self._words[since:]).strip()
        if shown and _LINK.match(address) and _bare(address) != _bare(shown):
            self._write(f" ({address[:MAX_LINK_CHARS]})")

    def _write(self, text: str) -> None:
        if self._preformatted:
            first, *rest = text.split("\n")
            self._append(first.rstrip("\r"))
            for line in rest:
                self._end_line(always=True)
                self._append(line.rstrip("\r"))
            return
        words = text.split()
        if not words:
            self._space = self._space or bool(text)
            return
        if self._words and (self._space or text[0].isspace()) and self._words[-1][-1:] != " ":
            self._append(" ")
        self._append(" ".join(words))
        self._space = text[-1].isspace()

    def _append(self, text: str) -> None:
        if text:
            self._is_head = self._head is not None
            self._words.append(text)
            self._size += len(text)

    def _paragraph(self) -> None:
        self._end_line()
        self._blank_wanted = True

    def _end_line(self, *, always: bool = False) -> None:
        line = "".join(self._words).rstrip()
        self._words.clear()
        self._space = False
        if self._link is not None:
            self._link = (self._link[0], 0)
        if not line and not always:
            return
        if not line:
            self._blank_line()
            return
        quotes = min(self._quotes, MAX_NESTING)
        if self._blank_wanted:
            self._blank_line()
        quote = ">" * quotes + " " if quotes else ""
        indent = "  " * (min(len(self._lists), MAX_NESTING) - 1)
        if self._is_head and not self._quotes:
            self._heads.add(len(self._lines))
        self._lines.append(f"{quote}{indent}{line}")
        self._last_quotes = quotes
        self._size += 1 + len(quote) + len(indent)

    def _blank_line(self) -> None:
        """One at most, however many a layout asks for; quoted only between quoted lines."""
        self._blank_wanted = False
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append(">" * min(self._quotes, MAX_NESTING, self._last_quotes))
            self._size += 1


_LINK: Final = re.compile(r"https?://|mailto:|tel:", re.IGNORECASE)


def _bare(link: str) -> str:
    return re.sub(r"^(?:https?://|mailto:|tel:)?(?:www\.)?|[/?#]$", "", link.strip().lower())
