"""What a mail says around its text, in words: whom it went to, whether its sender is proven, whom it did not reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from agent_desktop.domain.mail_address import address_in
from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind
from agent_desktop.domain.recipient_lines import DELIVERED, NOT_DELIVERED, NOT_KNOWN, NOT_YET, lines_of
from agent_desktop.domain.trust import SenderTrust, trust_of
from ui.tokens import ChipTone

_METHODS = {"spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC"}
_LEFT = frozenset({Delivery.SENT, Delivery.DELIVERED, Delivery.READ})


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence that stands above the text of a message, and how urgent it is."""

    words: str
    tone: ChipTone = ChipTone.NEUTRAL


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What became of a reply for one recipient. `address` is "" where the sentence is about all of it."""

    address: str
    sentence: str
    lost: bool
    """It did not arrive, or nobody knows, and nobody tries any more."""


class MailLabel(NamedTuple):
    """What kind of mail a message is, in words, and what follows from it."""

    words: str
    hint: str


_LABELS: Mapping[MailKind, MailLabel] = {
    MailKind.LIST: MailLabel(
        "mailing list",
        "Sent to many, or by a program for somebody, such as a newsletter or a notice. It gets no automatic answer.",
    ),
    MailKind.AUTOMATIC: MailLabel(
        "automatic reply",
        "A program wrote this, such as a note that somebody is away. It reopens nothing, and nobody waits for an"
        " answer.",
    ),
    MailKind.BOUNCE: MailLabel(
        "delivery report",
        "A mail server says what became of a mail. It reopens nothing, and nobody waits for an answer.",
    ),
    MailKind.ABUSE_REPORT: MailLabel(
        "abuse report",
        "A mail provider says that somebody called a mail of yours spam. Nobody waits for an answer.",
    ),
}


def label_of(message: Message) -> MailLabel | None:
    """What to say of a mail that nobody wrote to us alone."""
    return _LABELS.get(message.mail_kind) if message.direction is Direction.IN else None


def people_words(message: Message, sender: str = "") -> str:
    """Where a mail came from, if there is a `sender` to name, and whom it went to: of ours always, of theirs when it
    went to several.
    """
    if message.kind is not MessageKind.REPLY:
        return ""
    everybody = (*message.to, *message.cc, *message.bcc)
    ours = message.direction is Direction.OUT
    # A number or a handle needs not be said: there the channel says it all.
    is_told = (ours or len(everybody) > 1) and any("@" in address for address in everybody)
    parts = (
        ("from", (_named(sender, message.author_name),) if sender else ()),
        *((("to", message.to), ("cc", message.cc), ("bcc", message.bcc)) if is_told else ()),
    )
    return ", ".join(f"{name} {', '.join(addresses)}" for name, addresses in parts if addresses)


def _named(sender: str, author: str) -> str:
    """A sender by their address alone, where their name is what the message bears already."""
    address = address_in(sender)
    return address if address and sender == f"{author} <{address}>" else sender


def notices_of(message: Message, author: str) -> tuple[Notice, ...]:
    """What a reader has to know before they believe, answer or rely on a message."""
    if message.direction is Direction.IN:
        return _about_sender(message, author)
    if message.delivery not in _LEFT:
        return ()  # what failed as a whole is said where it is decided about
    return tuple(
        Notice(report.sentence, ChipTone.WARN)
        for report in recipient_reports(message.delivery_detail)
        if report.sentence
    )


def _about_sender(message: Message, author: str) -> tuple[Notice, ...]:
    found = []
    trust = trust_of(message.authentication)
    if trust is SenderTrust.UNPROVEN:
        found.append(Notice(f"Nothing confirms that this mail is from {author or 'this sender'}."))
    if trust is SenderTrust.FAILED:
        failed = ", ".join(_failures(message.authentication))
        found.append(
            Notice(
                f"This mail claims to be from {author or 'this sender'}, and that could not be confirmed ({failed})."
                " Do not act on it before you have asked them in another way.",
                ChipTone.WARN,
            )
        )
    if message.reply_to:
        found.append(Notice(f"The sender wants answers at {message.reply_to}."))
    return tuple(found)


def _failures(authentication: str) -> list[str]:
    """Every method that did not pass, in its usual spelling: "SPF fail"."""
    found = []
    for word in authentication.casefold().split():
        method, _, result = word.partition("=")
        if method in _METHODS and result not in ("pass", "none", ""):
            found.append(f"{_METHODS[method]} {result}")
    return found


def recipient_reports(detail: str) -> tuple[RecipientReport, ...]:
    """What mail servers said about single recipients, a sentence each."""
    reports: list[RecipientReport] = []
    for address, words in lines_of(detail).items():
        if words.startswith(NOT_DELIVERED):
            why = words.removeprefix(NOT_DELIVERED)
            reports.append(RecipientReport(address, f"Not delivered to {address}: {why}.", lost=True))
        elif words.startswith(NOT_KNOWN):
            why = words.removeprefix(NOT_KNOWN)
            sentence = f"It is not known whether this arrived at {address}: {why}."
            reports.append(RecipientReport(address, sentence, lost=True))
        elif words.startswith(NOT_YET):
            why = words.removeprefix(NOT_YET)
            reports.append(RecipientReport(address, f"Not delivered to {address} yet: {why}.", lost=False))
        elif words and words != DELIVERED:
            reports.append(RecipientReport(address, f"{address}: {words}.", lost=False))
        elif not words and address.strip():
            reports.append(RecipientReport("", address, lost=False))
    return tuple(reports)


def unreached(message: Message) -> tuple[str, ...]:
    """Those whom a reply of ours did not reach for good, as far as is known."""
    return tuple(report.address for report in recipient_reports(message.delivery_detail) if report.lost)
