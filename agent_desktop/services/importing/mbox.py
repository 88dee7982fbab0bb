"""Reads mails one by one out of mailbox files of any size (mboxo and mboxrd), without loading the file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from agent_desktop.domain.errors import InputError
from agent_desktop.services.importing.reading import SourceFile
from agent_desktop.services.importing.records import time_of

LARGEST_MAIL = 64 * 1024 * 1024

# Written by every program that makes mailboxes: a time, and the year at the end or before a zone.
_ENVELOPE = re.compile(rb"From .*\b\d{1,2}:\d{2}(:\d{2})?\b.*\b(19|20)\d{2}\b")
_HEADER = re.compile(rb"[!-9;-~]{1,80}[ \t]*:")
_QUOTED_FROM = re.compile(rb">+From ")
_DATE = re.compile(rb"\b[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d{1,2}:\d{2}(:\d{2})? .*")


@dataclass(frozen=True, slots=True)
class RawMail:
    """The bytes of a mail and when its mailbox received it; None in `content` for one that is too large."""

    content: bytes | None
    received_at: datetime | None = None


def mails_of_mbox(file: SourceFile) -> Iterator[RawMail]:
    """The mails of a mailbox file in order."""
    mail: list[bytes] = []
    size, envelope, is_first = 0, b"", True
    after_blank = at_line_start = True
    line, damage = _next(file)
    while line:
        following, damage = _next(file) if line.endswith(b"\n") else (b"", None)
        if at_line_start and after_blank and _begins_mail(line, following, is_first):
            if not is_first:
                yield _mail(mail, size, envelope)
            mail, size, envelope, is_first = [], 0, line, False
        else:
            size += len(line)
            if size <= LARGEST_MAIL:
                mail.append(line[1:] if at_line_start and _QUOTED_FROM.match(line) else line)
        if not line.strip(b"\r\n") and at_line_start:
            after_blank = True
        elif at_line_start or line.endswith(b"\n"):
            after_blank = False
        at_line_start = line.endswith(b"\n")
        if not following and not at_line_start:
            following, damage = _next(file)
        line = following
    if not is_first or size:
        yield _mail(mail, size, envelope)
    if damage is not None:
        raise damage


def _next(file: SourceFile) -> tuple[bytes, InputError | None]:
    try:
        return file.line(), None
    except InputError as error:
        return b"", error


def _begins_mail(line: bytes, following: bytes, is_first: bool) -> bool:
    if not line.startswith(b"From "):
        return False
    return is_first or _ENVELOPE.match(line) is not None or _HEADER.match(following) is not None


def _mail(lines: list[bytes], size: int, envelope: bytes) -> RawMail:
    received_at = None
    if match := _DATE.search(envelope):
        received_at = time_of(match[0].decode("ascii", "replace"))
    if size > LARGEST_MAIL:
        return RawMail(None, received_at)
    content = b"".join(lines)
    # The blank line before the next mail belongs to the mailbox.
    for end in (b"\r\n\r\n", b"\n\n"):
        if content.endswith(end):
            content = content[: -len(end) // 2]
            break
    return RawMail(content, received_at)
