"""Splits what a customer newly wrote from the quoted mail and the signature below it.

Folding is never losing: what is taken away is returned beside the rest. Forwarded mails stay
visible, for their content is what somebody wanted to show; answers written between quoted lines
keep those lines, for they make no sense without.
"""

from dataclasses import dataclass
from typing import Final

from agent_desktop.services.mail.quote_marks import (
    is_device_line,
    is_forward,
    is_header_block,
    is_quoted,
    is_rule,
    is_separator,
    is_signature_mark,
    is_sure_head,
    may_mark,
    quote_head_end,
)
from agent_desktop.services.mail.signatures import signature_start
from agent_desktop.services.mail.text import KnownQuotes

MAX_LINES: Final = 5_000
"""Lines in which marks are looked for; the rest of a longer mail stays as it is."""

MAX_SIGNATURE_LINES: Final = 15
NOTHING_KNOWN: Final = KnownQuotes()


@dataclass(frozen=True, slots=True)
class SplitText:
    """A mail's text in two: what to show at once, and what to show on demand."""

    reply: str
    quoted: str


def split_quote(
    text: str, known: KnownQuotes = NOTHING_KNOWN, *, sender: str = "", forwarded: bool = False
) -> SplitText:
    """Separate the new part of a mail's text from quotes and signature.

    `known` is what the HTML said about old mail, `sender` the name of who wrote, by which a signature
    is recognised; `forwarded` tells by the subject that the older mail is what somebody wanted to show.
    When nothing would be left, everything counts as new.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > MAX_LINES:
        return SplitText(text.strip("\n"), "")
    kept = _Folder(lines, known, sender, forwarded).kept()
    reply = [line for line, keep in zip(lines, kept, strict=True) if keep]
    quoted = [line for line, keep in zip(lines, kept, strict=True) if not keep]
    if not any(line.strip() for line in reply):
        return SplitText(_joined(lines), "")
    return SplitText(_joined(reply), _joined(quoted))


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n").rstrip()


class _Folder:
    def __init__(self, lines: list[str], known: KnownQuotes, sender: str, forwarded: bool) -> None:
        self._lines = lines
        self._known = known
        self._sender = sender
        self._forwarded = forwarded
        self._quoted = [is_quoted(line) for line in lines]
        self._blank = [not line.strip() for line in lines]
        self._kept = [True] * len(lines)
        self._last_text = max((i for i, blank in enumerate(self._blank) if not blank), default=-1)
        self._last_quoted = max((i for i, quoted in enumerate(self._quoted) if quoted), default=-1)

    def kept(self) -> list[bool]:
        """Tell for each line whether it belongs to the new part."""
        end = self._find_end()
        self._fold(end, len(self._lines))
        self._fold(signature_start(self._lines[:end], self._sender), end)
        self._fold_trailing_quote(end)
        return self._kept

    def _find_end(self) -> int:
        """Fold what is inside the text; return where the new part ends."""
        index = 0
        anything = False  # whether there is new text above `index`
        while index < len(self._lines):
            line = self._lines[index]
            if index == self._known.rest and anything and not self._forwarded:
                return self._above_rules(index)
            if self._blank[index] or self._quoted[index]:
                index += 1
                continue
            if index not in self._known.heads and not may_mark(line):
                anything = True
                index += 1
                continue
            if is_forward(line) or (self._forwarded and is_header_block(self._lines, index)):
                return len(self._lines)
            head_end = self._head_end(index)
            if head_end is not None:
                run_end = self._quote_run_end(head_end)
                if self._last_text < run_end:
                    return index
                if run_end == head_end and anything:
                    if index in self._known.heads or is_sure_head(self._lines[index:head_end]):
                        return index
                    index = head_end
                    continue
                between = run_end > head_end and self._last_quoted >= run_end
                index = self._fold(index, head_end if between else run_end)
                continue
            if anything and self._ends_here(index):
                return self._above_rules(index)
            anything = True
            index += 1
        return len(self._lines)

    def _head_end(self, index: int) -> int | None:
        end = index
        while end in self._known.heads or (end > index and end + 1 in self._known.heads):
            end += 1
        return end if end > index else quote_head_end(self._lines, index)

    def _ends_here(self, index: int) -> bool:
        line = self._lines[index]
        if is_signature_mark(line):
            return self._is_short(index)
        if is_rule(line):
            following = index + 1
            while following < len(self._lines) and self._blank[following]:
                following += 1
            if following < len(self._lines) and is_header_block(self._lines, following):
                return True
            return line.lstrip().startswith("_") and self._is_short(index)
        if is_device_line(line):
            return True
        return is_separator(line) or is_header_block(self._lines, index)

    def _above_rules(self, index: int) -> int:
        """A line drawn right above the quoted part belongs to it."""
        while index > 0 and (self._blank[index - 1] or is_rule(self._lines[index - 1])):
            index -= 1
        return index

    def _is_short(self, index: int) -> bool:
        """A signature has few lines before the mail or the quoted part begins."""
        count = 0
        end = min(self._last_text + 1, index + 1 + 4 * MAX_SIGNATURE_LINES)
        for following in range(index + 1, end):
            if self._quoted[following] or quote_head_end(self._lines, following) is not None:
                return True
            count += not self._blank[following]
            if count > MAX_SIGNATURE_LINES:
                return False
        return end > self._last_text

    def _quote_run_end(self, start: int) -> int:
        """Index after the quoted lines that begin at `start`, blank lines among them included."""
        end = start
        index = start
        while index < len(self._lines) and (self._blank[index] or self._quoted[index]):
            index += 1
            if self._quoted[index - 1]:
                end = index
        return end

    def _fold(self, start: int, end: int) -> int:
        self._kept[start:end] = [False] * (end - start)
        return end

    def _fold_trailing_quote(self, end: int) -> None:
        start = end
        while start > 0 and (self._blank[start - 1] or self._quoted[start - 1]):
            start -= 1
        if start > 0 and any(self._quoted[start:end]):
            self._fold(start, end)
