"""Reads one raw mail into what the rest of the program works with; never fails, whatever it gets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.services.mail.addresses import Address, parse_addresses
from agent_desktop.services.mail.bounces import DeliveryReport, read_reports
from agent_desktop.services.mail.content import Body, ParsedAttachment, read_body
from agent_desktop.services.mail.decoding import decode_text
from agent_desktop.services.mail.headers import Headers, parse_date, parse_message_ids
from agent_desktop.services.mail.kinds import kind_of
from agent_desktop.services.mail.names import clean_line
from agent_desktop.services.mail.quotes import SplitText, split_quote
from agent_desktop.services.mail.structure import read_structure

MAX_SUBJECT_CHARS: Final = 1_000
MAX_MARKS: Final = 20
SALVAGE_BYTES: Final = 64 * 1024
SALVAGE_TEXT_CHARS: Final = 20_000
UNREADABLE_SUBJECT: Final = "(unreadable mail)"


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """Everything a mail says, decoded, cleaned and within limits.

    `text` is what to show, `quoted` what was folded away from it; `html` is as it came and must be
    cleaned before it is shown. Message ids stand without their angle brackets. `delivery_reports` says
    of a bounce or an abuse report what became of which mail of ours. `loop_marks` are the values of
    X-Loop. `headers` are the mail's own fields, for questions that only its receiver can answer.
    `problems` are sentences for the agent, empty for a mail in order.
    """

    subject: str
    from_: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    date: datetime | None
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    text: str
    quoted: str
    html: str | None
    attachments: tuple[ParsedAttachment, ...]
    kind: MailKind
    delivery_reports: tuple[DeliveryReport, ...]
    list_id: str
    loop_marks: tuple[str, ...]
    headers: Headers = field(repr=False)
    problems: tuple[str, ...]
    is_salvaged: bool = False
    """Whether only a part of it could be read, for it is too complex or hostile."""

    @property
    def is_automatic(self) -> bool:
        """Whether a program must not answer this mail, be it a program's own, one sent to many, or one of which nobody
        knows what it is.
        """
        return self.kind is not MailKind.PERSONAL or self.is_salvaged


def parse_mail(raw: bytes) -> ParsedMail:
    """Read a raw mail.

    Takes time proportional to its length and never raises: what cannot be read is left out and
    named in `problems`, and at worst the mail comes back as `salvage_mail` gives it.
    """
    try:
        return read_mail(raw)
    except (ArithmeticError, LookupError, MemoryError, RecursionError, TypeError, ValueError):
        return salvage_mail(raw, "This mail could not be read; it is kept as it came.")


def read_mail(raw: bytes) -> ParsedMail:
    """Read a raw mail without the safety net of `parse_mail`; tests hold it to never needing it."""
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    structure = read_structure(raw)
    headers = structure.root.headers
    problems = structure.problems
    body = read_body(structure.root, problems)
    from_ = _sender(headers, problems)
    kind, reports = read_reports(
        headers, from_, structure.root.parameters.get("report-type", "").lower(), body
    )
    subject = headers.text("subject")[:MAX_SUBJECT_CHARS]
    split = SplitText(body.text, "") if kind else _split(body, from_, subject)
    in_reply_to = parse_message_ids(headers.raw("in-reply-to"))
    message_ids = parse_message_ids(headers.raw("message-id"))
    return ParsedMail(
        subject=subject,
        from_=from_,
        to=_recipients(headers, "to", problems),
        cc=_recipients(headers, "cc", problems),
        reply_to=_recipients(headers, "reply-to", problems),
        date=_date(headers, problems),
        message_id=message_ids[0] if message_ids else "",
        in_reply_to=in_reply_to[0] if in_reply_to else "",
        references=parse_message_ids(headers.raw("references")),
        text=split.reply,
        quoted=split.quoted,
        html=body.html,
        attachments=body.attachments,
        kind=kind or kind_of(headers, from_.address, structure.root.media_type),
        delivery_reports=reports,
        list_id=_list_id(headers),
        loop_marks=_loop_marks(headers),
        headers=headers,
        problems=tuple(dict.fromkeys(_all_problems(problems, raw, body, headers))),
    )


_FORWARDED: Final = re.compile(r"(?:fwd?|wg|tr|rv|enc|doorst|vb|i|vl|пересл\w*) ?:", re.IGNORECASE)


def _split(body: Body, sender: Address, subject: str) -> SplitText:
    forwarded = _FORWARDED.match(subject) is not None
    return split_quote(body.text, body.quotes, sender=sender.name, forwarded=forwarded)


def _all_problems(problems: list[str], raw: bytes, body: Body, headers: Headers) -> Iterator[str]:
    if not raw.strip():
        yield "This mail is empty."
    elif not headers.fields:
        yield "This mail has no headers."
    elif not (body.text or body.html or body.attachments):
        yield "This mail has no content."
    yield from problems


def _sender(headers: Headers, problems: list[str]) -> Address:
    for name in ("from", "sender", "return-path"):
        found, _ = parse_addresses(headers.all(name))
        if found:
            if name == "from" and len({address.address for address in found}) > 1:
                problems.append("This mail names more than one sender; the first one is shown.")
            return found[0]
    problems.append("This mail does not say who sent it.")
    return Address("", "")


def _recipients(headers: Headers, name: str, problems: list[str]) -> tuple[Address, ...]:
    found, all_taken = parse_addresses(headers.all(name))
    if not all_taken:
        problems.append(f"This mail has more than {len(found)} recipients; the rest is left out.")
    return found


def _list_id(headers: Headers) -> str:
    value = headers.text("list-id")
    return (value.rpartition("<")[2].partition(">")[0] if "<" in value else value)[:MAX_SUBJECT_CHARS]


def _loop_marks(headers: Headers) -> tuple[str, ...]:
    return tuple(clean_line(decode_text(value)[0]) for name, value in headers.fields if name == "x-loop")[
        :MAX_MARKS
    ]


def _date(headers: Headers, problems: list[str]) -> datetime | None:
    value = headers.raw("date")
    date = parse_date(value)
    if value and date is None:
        problems.append("The date of this mail makes no sense.")
    return date


_SALVAGE: Final = re.compile(
    rb"^(subject|from|to|cc|date|message-id|in-reply-to|references):[ \t]*"
    rb"([^\r\n]{0,2000}(?:\r?\n[ \t][^\r\n]{0,2000}){0,20})",
    re.I | re.M,
)
_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n|\r\r")
_BELONGS: Final = frozenset({b"to", b"cc", b"in-reply-to", b"references"})
"""What only a head says: in a text it is what somebody else wrote."""


def salvage_mail(raw: bytes, problem: str) -> ParsedMail:
    """Read the little that says what a mail is about, and where it belongs, when it cannot be parsed properly.

    Looks only at its beginning, by simple patterns, so that nothing in it can go wrong.
    """
    start = raw[:SALVAGE_BYTES]
    end = found.start() if (found := _END_OF_HEAD.search(start)) else len(start)
    fields: list[tuple[str, bytes]] = [
        (match[1].decode("ascii").lower(), match[2].replace(b"\r", b" ").replace(b"\n", b" "))
        for match in _SALVAGE.finditer(start)
        if match.start() < end or match[1].lower() not in _BELONGS
    ]
    headers = Headers(tuple(fields))
    (senders, to, cc) = (parse_addresses(headers.raw(name)[:2_000])[0] for name in ("from", "to", "cc"))
    message_ids = parse_message_ids(headers.raw("message-id"))
    in_reply_to = parse_message_ids(headers.raw("in-reply-to"))
    return ParsedMail(
        subject=headers.text("subject")[:MAX_SUBJECT_CHARS] or UNREADABLE_SUBJECT,
        from_=senders[0] if senders else Address("", ""),
        to=to,
        cc=cc,
        reply_to=(),
        date=parse_date(headers.raw("date")),
        message_id=message_ids[0] if message_ids else "",
        in_reply_to=in_reply_to[0] if in_reply_to else "",
        references=parse_message_ids(headers.raw("references")),
        text=decode_text(start)[0].replace("\0", "")[:SALVAGE_TEXT_CHARS],
        quoted="",
        html=None,
        attachments=(),
        kind=MailKind.PERSONAL,  # nobody knows that nobody wrote it
        delivery_reports=(),
        list_id="",
        loop_marks=(),
        headers=headers,
        problems=(clean_line(problem),),
        is_salvaged=True,
    )
