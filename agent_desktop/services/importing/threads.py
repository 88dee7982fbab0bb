"""Which mails belong together: by what they refer to, in whatever order and files they lie."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.services.mail.addresses import Address, parse_addresses
from agent_desktop.services.mail.headers import Headers, parse_date, parse_message_ids
from agent_desktop.services.mail.structure import MAX_HEADERS_BYTES, read_structure

MOST_REFERENCES = 100
_WRITTEN = ("message-id", "from", "to", "cc", "date", "subject", "in-reply-to", "references", "content-type")


@dataclass(frozen=True, slots=True)
class MailHead:
    """What the head of a mail says about where it belongs. `key` is the same for every copy of the mail."""

    key: int
    message_id: str
    references: tuple[str, ...]
    sender: Address
    recipients: tuple[Address, ...]
    subject: str
    date: datetime | None


def head_of(raw: bytes) -> MailHead:
    """Read the head of a mail; never fails."""
    end = _end_of_head(raw)
    headers = read_structure(raw[:end]).root.headers
    message_ids = parse_message_ids(headers.raw("message-id"))
    references = (*parse_message_ids(headers.raw("references")), *_answered(headers.raw("in-reply-to")))
    sender = _first(headers, "from") or _first(headers, "sender") or _first(headers, "return-path")
    return MailHead(
        key=_key_of_mail(message_ids[0] if message_ids else "", headers, raw, end),
        message_id=message_ids[0] if message_ids else "",
        references=tuple(dict.fromkeys(references))[:MOST_REFERENCES],
        sender=sender or Address("", ""),
        recipients=(*parse_addresses(headers.all("to"))[0], *parse_addresses(headers.all("cc"))[0]),
        subject=headers.text("subject"),
        date=parse_date(headers.raw("date")),
    )


def _answered(in_reply_to: str) -> tuple[str, ...]:
    """The mail that is answered. Some programs write "Message from Ann <ann@example.org> of Monday <id>"."""
    found = parse_message_ids(in_reply_to)
    return found[:1] if in_reply_to.lstrip().startswith("<") else found[-1:]


def _end_of_head(raw: bytes) -> int:
    limit = raw[:MAX_HEADERS_BYTES]
    ends = [place for place in (limit.find(b"\n\n"), limit.find(b"\n\r\n"), limit.find(b"\r\r")) if place > 0]
    return min(ends, default=len(limit) - 1) + 1


def _first(headers: Headers, name: str) -> Address | None:
    return next(iter(parse_addresses(headers.all(name))[0]), None)


def _key_of_mail(message_id: str, headers: Headers, raw: bytes, end: int) -> int:
    """A mail is the same when what its author wrote is, by whatever way a copy came: ids alone are not unique."""
    if not message_id:
        return _number(raw)
    written = "\x1f".join(headers.raw(name) for name in _WRITTEN).encode("utf-8", "replace")
    return _number(written + b"\x1f" + b"".join(raw[end:].split()))


def _number(content: bytes) -> int:
    return int.from_bytes(hashlib.sha256(content).digest()[:16], "big")


def row_id(key: int) -> Id:
    """The id of the message that a mail becomes."""
    return derived_id(EPOCH, "import", "mail", f"{key:032x}")


def thread_id(root: int) -> Id:
    """The id of the conversation that begins with this reference."""
    return derived_id(EPOCH, "import", "mail thread", f"{root:032x}")


@dataclass(slots=True)
class Thread:
    """What is known about mails that belong together.

    `roots` are what may be the beginning of the thread; `first` and `last` are the earliest and latest date.
    """

    roots: set[int]
    first: datetime | None = None
    last: datetime | None = None
    subject: str = ""
    customer: Address = field(default_factory=lambda: Address("", ""))
    customer_at: datetime | None = None
    conversation_id: Id = ""


class ThreadIndex:
    """Groups mails by their references. Keeps numbers instead of texts: millions of mails fit in memory."""

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}
        self._threads: dict[int, Thread] = {}

    def add(self, head: MailHead, date: datetime | None, customer: Address | None) -> None:
        """Note a mail. `customer` is who of its sender and recipients is not us."""
        own = self._node(head)
        references = [_number(reference.encode("utf-8", "replace")) for reference in head.references]
        thread = self._threads.setdefault(self._top(own), Thread(set()))
        thread.roots.add(references[0] if references else own)
        for reference in references:
            thread = self._join(own, reference)
        _note(thread, head.subject, date, customer)

    def thread_of(self, head: MailHead) -> Thread | None:
        """The thread of a mail; None when it was not noted."""
        return self._threads.get(self._top(self._node(head)))

    @staticmethod
    def _node(head: MailHead) -> int:
        return _number(head.message_id.encode("utf-8", "replace")) if head.message_id else head.key

    def _top(self, node: int) -> int:
        parents = self._parents
        top = node
        while (above := parents.get(top, top)) != top:
            top = above
        while node != top:  # shorten the way for the next time
            parents[node], node = top, parents[node]
        parents.setdefault(top, top)
        return top

    def _join(self, one: int, other: int) -> Thread:
        first, second = self._top(one), self._top(other)
        thread = self._threads.setdefault(first, Thread(set()))
        if first == second:
            return thread
        merged = self._threads.pop(second, None)
        self._parents[second] = first
        if merged is not None:
            thread.roots |= merged.roots
            _note(thread, merged.subject, merged.first, None)
            _note(thread, "", merged.last, None)
            _note_customer(thread, merged.customer, merged.customer_at)
        return thread


def _note(thread: Thread, subject: str, date: datetime | None, customer: Address | None) -> None:
    if date is not None:
        if thread.first is None or date < thread.first:
            thread.first, thread.subject = date, subject or thread.subject
        thread.last = date if thread.last is None else max(thread.last, date)
    thread.subject = thread.subject or subject
    if customer is not None:
        _note_customer(thread, customer, date)


def _note_customer(thread: Thread, customer: Address, at: datetime | None) -> None:
    """The customer of a thread is who wrote first."""
    known = thread.customer.address
    if customer.address and (
        not known or (at is not None and (thread.customer_at is None or at < thread.customer_at))
    ):
        thread.customer, thread.customer_at = customer, at
