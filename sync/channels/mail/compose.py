"""Makes the mail that carries a reply: every value is cleaned before it goes in, and read back before it goes out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from agent_desktop.domain.mail_account import MailAccount, SenderName
from agent_desktop.domain.mail_address import mail_address
from agent_desktop.domain.message import Attachment, Direction, Message
from agent_desktop.domain.placeholders import looks_like_link
from agent_desktop.services.mail.head import head_of
from agent_desktop.services.mail.names import clean_file_name, clean_line
from agent_desktop.services.mail.subjects import compared, is_answer, without_answer_marks
from agent_desktop.services.mail.written import document_of
from sync.channels.mail import header_block
from sync.channels.mail.reply_token import ReplyTokens
from sync.server.ports import Outgoing

LOOP_HEADER: Final = "X-Loop"
"""Names the mailbox that a mail has left: one that comes back with it is not answered."""
MOST_REFERENCES: Final = 30
"""So many names of earlier mails are given: the first, by which all know the thread, and the newest."""
LONGEST_QUOTE: Final = 20_000
LONGEST_SUBJECT: Final = 250
LONGEST_NAME: Final = 120
LONGEST_ID: Final = 250
_MEDIA_TYPE: Final = re.compile(
    r"(?!message/|multipart/)[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+_-]{0,80}", re.ASCII
)
_MESSAGE_ID: Final = re.compile(r"[!-;=?-~]{3,250}", re.ASCII)


class CannotCompose(Exception):
    """This reply can never become a mail as it is; the text is a sentence for the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A mail ready to be handed over. `international`: there are addresses that only SMTPUTF8 carries."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    content: bytes
    international: bool


def compose(outgoing: Outgoing, settings: MailAccount, tokens: ReplyTokens, now: datetime) -> Composed:
    """The mail of a reply. Raises CannotCompose when it can never be one."""
    message, channel = outgoing.message, outgoing.channel
    sender = to_address(channel.address)
    to, cc, bcc = (_addresses(listed) for listed in (message.to, message.cc, message.bcc))
    recipients = tuple(dict.fromkeys((*to, *cc, *bcc)))
    if not recipients:
        raise CannotCompose("This reply has no recipient. Edit it and say whom it is for.")
    international = not "".join((sender, *recipients)).isascii()
    domain = sender.rpartition("@")[2]
    message_id = tokens.message_id(message.id, domain)
    answered = _answered(outgoing.thread)
    quotes = settings.quote and not message.automatic and not message.forwarded

    head = header_block.HeaderBlock()
    head.add("From", header_block.mailbox(_sender_name(outgoing, settings.sender_name), sender))
    if to or not cc:
        head.add("To", header_block.mailboxes(to) or "undisclosed-recipients:;")
    if cc:
        head.add("Cc", header_block.mailboxes(cc))
    if settings.plus_addresses:
        head.add("Reply-To", tokens.address(message.id, sender))
    subject = subject_of(message, outgoing.thread) or _one_line(channel.name, LONGEST_SUBJECT)
    head.add("Subject", header_block.text(subject))
    head.add("Date", format_datetime(now))
    head.add("Message-ID", header_block.message_ids([message_id]))
    # For whoever gets a forward it begins a thread.
    references = () if message.forwarded else _references(outgoing, tokens, domain)
    if references:
        head.add("In-Reply-To", header_block.message_ids(references[-1:]))
        head.add("References", header_block.message_ids(references))
    if message.automatic:
        head.add("Auto-Submitted", "auto-replied")
        head.add("X-Auto-Response-Suppress", "All")
    head.add(LOOP_HEADER, sender)
    content = head.encode() + _body(outgoing, answered if quotes else None)
    _check(content, sender, (*to, *cc))
    return Composed(
        message_id=message_id,
        sender=sender,
        recipients=recipients,
        content=content,
        international=international,
    )


def _check(content: bytes, sender: str, recipients: tuple[str, ...]) -> None:
    """Read back what goes out: a defect in a library or here must not add a recipient or a sender."""
    head = head_of(content)
    if head.sender.address != sender or {one.address for one in head.recipients if one.address} != {
        *recipients
    }:
        raise CannotCompose("The names and addresses of this reply could not be put into a mail. Edit them.")


# ----- addresses and names


def to_address(written: str) -> str:
    """One plain address with an ASCII domain. Raises CannotCompose for everything else."""
    address = mail_address(written)
    if address is None:
        shown = clean_line(written[:200])[:100]
        raise CannotCompose(f"“{shown}” is no e-mail address. Edit the reply and correct it.")
    return address


def _addresses(written: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(to_address(address) for address in written))


def _one_line(text: str, longest: int) -> str:
    return clean_line(text[: longest * 2])[:longest].strip()


def _sender_name(outgoing: Outgoing, wanted: SenderName) -> str:
    channel = _one_line(outgoing.channel.name, LONGEST_NAME)
    agent = _one_line(outgoing.author_name, LONGEST_NAME)
    if wanted is SenderName.CHANNEL or not agent or outgoing.message.automatic:
        return channel
    return f"{agent} ({channel})" if wanted is SenderName.AGENT_AND_CHANNEL and channel else agent


# ----- what is answered


def _answered(thread: tuple[Message, ...]) -> Message | None:
    return next((message for message in reversed(thread) if message.direction is Direction.IN), None)


def subject_of(message: Message, thread: tuple[Message, ...]) -> str:
    """What the customer wrote last as subject, behind one "Re:", unless the reply has a subject of its own."""
    own = _one_line(message.subject, LONGEST_SUBJECT)
    answered = _answered(thread)
    if answered is None or not answered.subject.strip():
        return own
    is_forward = without_answer_marks(own) != own and not is_answer(own)
    if own and (is_forward or compared(own) not in {compared(one.subject) for one in thread}):
        return own
    return f"Re: {without_answer_marks(_one_line(answered.subject, LONGEST_SUBJECT))}".strip()


def _references(outgoing: Outgoing, tokens: ReplyTokens, domain: str) -> tuple[str, ...]:
    """The names of the mails before this one, what is answered last: with what that one itself refers to."""
    answered = _answered(outgoing.thread)
    before: list[str] = []
    if answered is not None and answered.raw_blob:
        raw = outgoing.read(answered.raw_blob)
        before += head_of(raw).references if raw else ()
    for message in outgoing.thread:
        name = message.external_id
        if name is None and message.direction is Direction.OUT:
            name = tokens.message_id(message.id, domain)
        before.append(name or "")
    last = (answered.external_id or "") if answered is not None else ""
    known = dict.fromkeys(name for name in before if _MESSAGE_ID.fullmatch(name) and "@" in name)
    if last in known:
        del known[last]
        known[last] = None
    names = tuple(known)
    return names if len(names) <= MOST_REFERENCES else (names[0], *names[-(MOST_REFERENCES - 1) :])


# ----- the body


def _body(outgoing: Outgoing, answered: Message | None) -> bytes:
    """Everything from the first header about the content on."""
    mail = EmailMessage(policy=SMTP)
    text = _plain(outgoing.message.text)
    introduction = _introduction(answered) if answered else ""
    quoted = _plain(answered.text[:LONGEST_QUOTE]).strip("\n") if answered else ""
    below = "\n".join(f"> {line}".rstrip() for line in quoted.split("\n"))
    whole = f"{text}\n\n{introduction}\n{below}\n" if quoted else f"{text}\n"
    mail.set_content(whole, charset="utf-8", cte=_encoding(whole))
    pictures = [file for file in outgoing.attachments if file.inline and file.content_id]
    shown = tuple((_content_id(file), clean_file_name(file.name)) for file in pictures)
    html = document_of(text, introduction, quoted, shown)
    mail.add_alternative(html, subtype="html", charset="utf-8", cte=_encoding(html))
    page = mail.get_payload()[1]  # type: ignore[index]  # the alternative that was just added
    assert isinstance(page, EmailMessage)
    for file in pictures:
        content, (main, sub) = _content(outgoing, file), _media_type(file.media_type)
        page.add_related(
            content,
            main,
            sub,
            cid=f"<{_content_id(file)}>",
            filename=clean_file_name(file.name),
            disposition="inline",
        )
    for file in outgoing.attachments:
        if file not in pictures:
            main, sub = _media_type(file.media_type)
            mail.add_attachment(_content(outgoing, file), main, sub, filename=clean_file_name(file.name))
    return mail.as_bytes()


def _plain(text: str) -> str:
    """Text with line ends of one kind, and without what would end or hide it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return lines.encode("utf-8", "replace").decode("utf-8")


def _encoding(text: str) -> str:
    """Plain where it is; else in a form that every server carries, whatever its lines are like."""
    is_plain = all(
        len(line) <= 76 and line.isascii() and not line.startswith("From ") for line in text.split("\n")
    )
    return "7bit" if is_plain else "quoted-printable"


def _introduction(answered: Message) -> str:
    """Who wrote what is quoted, and when. A name that would read as a link is left out."""
    name = _one_line(answered.author_name, LONGEST_NAME)
    if not name or looks_like_link(name):
        name = "the customer"
    at = answered.created_at
    return f"On {at.day} {at:%B %Y at %H:%M} UTC, {name} wrote:"


# ----- files


def _content(outgoing: Outgoing, file: Attachment) -> bytes:
    content = outgoing.read(file.sha256)
    if content is None:
        name = clean_file_name(file.name)
        raise CannotCompose(
            f"The file “{name}” is not on the server any more. Edit the reply and attach it again."
        )
    return content


def _content_id(file: Attachment) -> str:
    """Our own: what a stranger's mail called a picture is not repeated."""
    return f"{file.id}@inline"


def _media_type(written: str) -> tuple[str, str]:
    """Of messages and of what is made of parts the bytes are sent, for such parts must not be encoded."""
    found = _MEDIA_TYPE.fullmatch(written.strip().lower())
    main, _, sub = (found[0] if found else "application/octet-stream").partition("/")
    return main, sub
