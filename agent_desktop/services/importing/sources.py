"""Finds out what lies in files and folders that somebody wants to import, by looking into them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from agent_desktop.domain.errors import InputError
from agent_desktop.services.importing.columns import has_customer_columns
from agent_desktop.services.importing.reading import HEAD, decoded, head_of
from agent_desktop.services.importing.records import is_record
from agent_desktop.services.importing.report import SkippedItem

MOST_FILES = 1_000_000


class SourceKind(StrEnum):
    """What a source is. `TITLES` has the words for people."""

    MAIL = "mail"
    MBOX = "mbox"
    MAILDIR = "maildir"
    RECORDS = "records"
    CUSTOMERS = "customers"
    ARTICLE = "article"


TITLES: dict[SourceKind, str] = {
    SourceKind.MAIL: "mail",
    SourceKind.MBOX: "mailbox (mbox)",
    SourceKind.MAILDIR: "mail folder (Maildir)",
    SourceKind.RECORDS: "JSON records",
    SourceKind.CUSTOMERS: "table of customers",
    SourceKind.ARTICLE: "article",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Something that can be imported. `name` is its path as the user knows it; `size` is in bytes."""

    path: Path
    name: str
    kind: SourceKind
    size: int


@dataclass(slots=True)
class Plan:
    """What an import would read, and what it leaves out."""

    sources: list[Source] = field(default_factory=list)
    skipped: list[SkippedItem] = field(default_factory=list)


def plan(paths: list[Path]) -> Plan:
    """Look into files and folders (not following links within them).

    Raises InputError when a path does not exist.
    """
    found = Plan()
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise InputError(f"There is nothing at {path}.")
        for file, name in _files(path.resolve(), path.name or str(path)):
            if file in seen:
                continue
            seen.add(file)
            if len(seen) > MOST_FILES:
                raise InputError(f"{path} holds more than {MOST_FILES:,} files. Import parts of it.")
            _look_at(file, name, found)
    return found


def _files(path: Path, name: str) -> Iterator[tuple[Path, str]]:
    """Files and Maildirs below a path in a stable order; hidden files and links are left alone."""
    if not path.is_dir() or is_maildir(path):
        yield path, name
        return
    try:
        entries = sorted(path.iterdir())
    except OSError:
        yield path, name
        return
    for entry in entries:
        if not entry.name.startswith(".") and not entry.is_symlink():
            yield from _files(entry, f"{name}/{entry.name}")


def is_maildir(path: Path) -> bool:
    """Whether a folder is a Maildir: mails lie in `cur` and `new`."""
    return (path / "cur").is_dir() and (path / "new").is_dir()


def _look_at(path: Path, name: str, found: Plan) -> None:
    try:
        if path.is_dir():
            if not is_maildir(path):
                raise InputError("The folder could not be opened.")
            found.sources.append(Source(path, name, SourceKind.MAILDIR, _size_of_maildir(path)))
            return
        if not path.is_file():
            raise InputError("This is not a file.")
        size = path.stat().st_size
        if size == 0:
            raise InputError("The file is empty.")
        kind = kind_of(path.name, head_of(path))
    except InputError as error:
        found.skipped.append(SkippedItem(name, "", error.sentence))
    except OSError as error:
        found.skipped.append(SkippedItem(name, "", f"The file could not be opened ({error.strerror})."))
    else:
        if kind is None:
            found.skipped.append(SkippedItem(name, "", "This is nothing that can be imported."))
        else:
            found.sources.append(Source(path, name, kind, size))


def _size_of_maildir(path: Path) -> int:
    return sum(mail.stat().st_size for mail in mails_of_maildir(path))


def mails_of_maildir(path: Path) -> list[Path]:
    """The mails of a Maildir in a stable order."""
    return [
        file
        for folder in (path / "cur", path / "new")
        for file in sorted(folder.iterdir())
        if not file.name.startswith(".") and not file.is_symlink() and file.is_file()
    ]


_FIELD = re.compile(rb"([!-9;-~]{1,80})[ \t]*:")
_MAIL_FIELDS = frozenset(
    b"from to cc date subject received message-id mime-version return-path content-type delivered-to reply-to "
    b"x-mailer sender in-reply-to references delivery-date envelope-to dkim-signature".split()
)
_NAMES_OF_RECORDS = re.compile(r'"(events|messages|turns|customer_turns|raw|body|shortcut|email|identities)"')
_HEADING = re.compile(r"#{1,3} \S")


def kind_of(file_name: str, head: bytes) -> SourceKind | None:
    """What a file is, from its first 64 KB and, where these say nothing, its name; None for nothing of ours."""
    suffixes = [part.lower() for part in file_name.split(".")[1:] if part.lower() != "gz"]
    suffix = suffixes[-1] if suffixes else ""
    start = head.lstrip(b"\xef\xbb\xbf\r\n\t ")
    if start.startswith(b"From ") and (suffix != "eml" or head.count(b"\n\nFrom ") > 0):
        return SourceKind.MBOX
    if start[:1] in (b"{", b"[") and suffix not in ("md", "eml", "csv"):
        return SourceKind.RECORDS if _has_records(head) else None
    if suffix == "eml" or (_looks_like_mail(start) and suffix not in ("md", "markdown", "csv", "tsv")):
        return SourceKind.MAIL
    if _is_binary(head):
        return None
    text = decoded(head)
    if suffix in ("md", "markdown") or text.startswith("---\n") or _HEADING.match(text):
        return SourceKind.ARTICLE
    if has_customer_columns(text[:HEAD]):
        return SourceKind.CUSTOMERS
    return None


def _is_binary(head: bytes) -> bool:
    """Whether this is no text in any encoding: zeros that are not those of UTF-16, or many control characters."""
    text = decoded(head[:4096])
    controls = sum(letter < " " and letter not in "\n\t\f" for letter in text)
    return head[:4096].count(b"\0") > len(head[:4096]) * 0.55 or controls > len(text) / 50


def _looks_like_mail(start: bytes) -> bool:
    names = set()
    for line in start[:16_384].split(b"\n")[:60]:
        match = _FIELD.match(line)
        if match:
            names.add(match[1].lower())
        elif not line.startswith((b" ", b"\t", b">From ")):
            break
    return len(names & _MAIL_FIELDS) >= 2


def _has_records(head: bytes) -> bool:
    """Whether JSON text begins with something that can be imported."""
    text = decoded(head).lstrip()
    first_line = text.partition("\n")[0]
    try:
        return is_record(json.loads(first_line))
    except (ValueError, RecursionError):
        # A document over several lines, or a line longer than the head: what it names decides.
        return (
            re.search(r'"(events|messages|turns|customer_turns|raw|body|shortcut|email|identities)"', text)
            is not None
        )
