"""Markdown with a head of `name: value` lines between two lines of `---`: how articles lie in files."""

from collections.abc import Mapping

FENCE = "---"
MAXIMUM_HEAD_LINES = 100


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The names (in small letters) and values of the head, and the body; without a head all of it is body."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].strip() != FENCE:
        return {}, text.removeprefix("\ufeff")
    values: dict[str, str] = {}
    for number, line in enumerate(lines[1 : MAXIMUM_HEAD_LINES + 1], 1):
        if line.strip() == FENCE:
            return values, "\n".join(lines[number + 1 :]).strip("\n")
        name, colon, value = line.partition(":")
        if colon and not name.startswith((" ", "\t", "#", "-")):
            values[name.strip().lower()] = _unquoted(value.strip())
    return {}, text.removeprefix("\ufeff")


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        inner = value[1:-1]
        return (
            inner.replace('\\"', '"').replace("\\\\", "\\") if value[0] == '"' else inner.replace("''", "'")
        )
    return value


def with_front_matter(values: Mapping[str, str], body: str) -> str:
    """The text of a file with these values as its head; values are quoted where they need it."""
    head = [f"{name}: {_quoted(value)}" for name, value in values.items() if value]
    return "\n".join([FENCE, *head, FENCE, "", body]).rstrip("\n") + "\n"


def _quoted(value: str) -> str:
    line = " ".join(value.splitlines())
    if line == line.strip() and line[:1] not in "\"'[]{}#&*!|>%@`" and ": " not in line and " #" not in line:
        return line
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"'
