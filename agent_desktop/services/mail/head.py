"""What the head of a mail says about where it belongs, and by what a mail is known, however often it comes."""

from dataclasses import dataclass
from datetime import datetime

from agent_desktop.services.mail.addresses import Address, parse_addresses
from agent_desktop.services.mail.headers import Headers, parse_date, parse_message_ids
from agent_desktop.services.mail.numbers import number_of
from agent_desktop.services.mail.structure import MAX_HEADERS_BYTES, read_structure

MOST_REFERENCES = 100
_WRITTEN = ("message-id", "from", "to", "cc", "date", "subject", "in-reply-to", "references", "content-type")
_BLANKS = b" \t\n\r\x0b\x0c"


@dataclass(frozen=True, slots=True)
class MailHead:
    """What the head of a mail says about where it belongs. `key` is the same for every copy of the mail.

    `references` are what it refers to, the first mail of the thread first and the mail that is answered last.
    """

    key: int
    message_id: str
    references: tuple[str, ...]
    sender: Address
    recipients: tuple[Address, ...]
    subject: str
    date: datetime | None


def key_of(raw: bytes) -> tuple[int, Address]:
    """The key of a mail and its sender alone; never fails."""
    end = _end_of_head(raw)
    headers = read_structure(raw[:end]).root.headers
    message_ids = parse_message_ids(headers.raw("message-id"))
    return _key_of_mail(message_ids[0] if message_ids else "", headers, raw, end), _sender(headers)


def head_of(raw: bytes) -> MailHead:
    """Read the head of a mail; never fails."""
    end = _end_of_head(raw)
    headers = read_structure(raw[:end]).root.headers
    message_ids = parse_message_ids(headers.raw("message-id"))
    return MailHead(
        key=_key_of_mail(message_ids[0] if message_ids else "", headers, raw, end),
        message_id=message_ids[0] if message_ids else "",
        references=references_of(headers),
        sender=_sender(headers),
        recipients=(*parse_addresses(headers.all("to"))[0], *parse_addresses(headers.all("cc"))[0]),
        subject=headers.text("subject"),
        date=parse_date(headers.raw("date")),
    )


def references_of(headers: Headers) -> tuple[str, ...]:
    """The Message-IDs that a mail refers to, the one that it answers last."""
    references = (*parse_message_ids(headers.raw("references")), *_answered(headers.raw("in-reply-to")))
    return tuple(dict.fromkeys(references))[:MOST_REFERENCES]


def _answered(in_reply_to: str) -> tuple[str, ...]:
    """The mail that is answered. Some programs write "Message from Ann <ann@example.org> of Monday <id>"."""
    found = parse_message_ids(in_reply_to)
    return found[:1] if in_reply_to.lstrip().startswith("<") else found[-1:]


def _end_of_head(raw: bytes) -> int:
    limit = raw[:MAX_HEADERS_BYTES]
    ends = [place for place in (limit.find(b"\n\n"), limit.find(b"\n\r\n"), limit.find(b"\r\r")) if place > 0]
    return min(ends, default=len(limit) - 1) + 1


def _sender(headers: Headers) -> Address:
    found = _first(headers, "from") or _first(headers, "sender") or _first(headers, "return-path")
    return found or Address("", "")


def _first(headers: Headers, name: str) -> Address | None:
    return next(iter(parse_addresses(headers.all(name))[0]), None)


def _key_of_mail(message_id: str, headers: Headers, raw: bytes, end: int) -> int:
    """A mail is the same when what its author wrote is, by whatever way a copy came: ids alone are not unique."""
    if not message_id:
        return number_of(raw)
    written = "\x1f".join(headers.raw(name) for name in _WRITTEN).encode("utf-8", "replace")
    return number_of(written + b"\x1f" + raw[end:].translate(None, _BLANKS))
