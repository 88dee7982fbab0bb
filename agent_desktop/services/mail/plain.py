"""Makes the text parts of a mail readable: paragraphs that were cut into lines, marks of mailbox files."""

import re
from typing import Final

from agent_desktop.services.mail.structure import Part

ENRICHED: Final = frozenset({"text/enriched", "text/richtext"})


def plain_text(text: str, part: Part) -> str:
    """The words of a decoded part of plain or "enriched" text as their writer saw them."""
    if part.media_type in ENRICHED:
        return _without_marks(text)
    text = _without_mailbox_marks(text)
    if part.parameters.get("format", "").lower() == "flowed":
        return _unflowed(text, keep_blank=part.parameters.get("delsp", "").lower() != "yes")
    return text


_MARK: Final = re.compile(r"<(?:(<)|(/?[a-zA-Z][\w-]{0,59})>)")
_LINE_ENDS: Final = re.compile(r"(?<!\n)\n(?!\n)|\n(\n+)")


def _without_marks(text: str) -> str:
    """The words of RFC 1896: `<bold>` and the like are marks, `<<` is a sign, single line ends are blanks."""
    text = _LINE_ENDS.sub(lambda match: match[1] or " ", text)
    words: list[str] = []
    position = 0
    hidden = 0  # parameters such as the name of a colour are no words
    for match in _MARK.finditer(text):
        if not hidden:
            words.append(text[position : match.start()])
        position = match.end()
        if match[1]:
            words.append("<" * (not hidden))
        elif match[2].lower() == "param":
            hidden += 1
        elif match[2].lower() == "/param":
            hidden = max(0, hidden - 1)
    words.append(text[position:])
    return "".join(words)


def _without_mailbox_marks(text: str) -> str:
    """Mailbox files write ">From" for a line that begins with "From"; it is no quote."""
    if ">From " not in text:
        return text
    lines = ["", *text.split("\n"), ""]
    for index, line in enumerate(lines[1:-1], 1):
        if line.startswith(">From ") and not lines[index - 1][:1] == lines[index + 1][:1] == ">":
            lines[index] = line.removeprefix(">")
    return "\n".join(lines[1:-1])


def _unflowed(text: str, *, keep_blank: bool) -> str:
    """Join the lines that RFC 3676 says are one paragraph; quoted ones stay as they are."""
    lines: list[str] = []
    paragraph: list[str] = []
    for line in text.split("\n"):
        line = line.removeprefix(" ")  # "stuffed" so that no line begins with a blank, ">" or "From"
        flowing = line.endswith(" ") and line != "-- " and not line.startswith(">")
        if flowing:
            paragraph.append(line if keep_blank else line[:-1])
        elif paragraph and (line == "-- " or line.startswith(">")):
            lines += ["".join(paragraph).rstrip(), line]
            paragraph.clear()
        else:
            lines.append("".join([*paragraph, line]))
            paragraph.clear()
    if paragraph:
        lines.append("".join(paragraph).rstrip())
    return "\n".join(lines)
