"""Whom an answer by mail goes to, before anybody has chosen otherwise.

As in other help desks, who was written to stays in the conversation: an answer goes to the customer, and everybody else
of To and Cc gets a copy, except ourselves, as does somebody who answers what we wrote to them. A mail whose sender
could not be confirmed is answered to the customer alone, at the address that we know: it must not choose who reads our
answer. So is one that went to more people than a mail of ours goes to.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from agent_desktop.domain.channels import LIMITS
from agent_desktop.domain.mail_address import address_in
from agent_desktop.domain.message import Message
from agent_desktop.domain.trust import SenderTrust, trust_of
from agent_desktop.domain.workspace import ChannelKind


@dataclass(frozen=True, slots=True)
class Recipients:
    """Everybody a mail goes to."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.to) + len(self.cc) + len(self.bcc)


@dataclass(frozen=True, slots=True)
class Answer:
    """Whom a reply may go to. `asked` is where a sender wants answers whom nobody has confirmed, "" for none."""

    sender: Recipients = Recipients()
    everybody: Recipients = Recipients()
    asked: str = ""
    doubtful: bool = False
    """The sender is not who they claim to be, as far as our mail server can tell."""

    @property
    def usual(self) -> Recipients:
        """Whom it goes to unless its author says otherwise."""
        return self.sender if self.doubtful or self.too_many else self.everybody

    @property
    def too_many(self) -> bool:
        """Whether everybody is more than one mail goes to."""
        return self.everybody.count > LIMITS[ChannelKind.EMAIL].maximum_recipients


UNKNOWN_ANSWER = Answer()
"""Where there is nobody to answer by mail."""


def answer_to(
    last_in: Message | None, last_out: Message | None, customer: tuple[str, ...], ours: Collection[str]
) -> Answer:
    """Whom to answer after the last messages of both sides. `customer` are the customer's addresses, the best first,
    and `ours` those of our channels.
    """
    heard = last_in if last_in is not None and not last_in.automatic else None
    said = last_out if last_out is not None and not last_out.automatic and _is_mail(last_out) else None
    if said is not None and (heard is None or heard.created_at <= said.created_at):
        to, cc = _others(said.to, ours), _others(said.cc, (*ours, *said.to))
        if to:
            return Answer(Recipients(to), Recipients(to, cc))
    if heard is None:
        return Answer(Recipients(customer[:1]), Recipients(customer[:1]))
    trust, came_from = trust_of(heard.authentication), address_in(heard.sender)
    # Of several addresses the customer is answered at the one that they wrote from, if they do not say otherwise.
    wanted = heard.reply_to or (came_from if _same(came_from) in map(_same, customer) else "")
    if wanted and _same(wanted) in {_same(address) for address in (*customer[:1], *ours)}:
        wanted = ""
    # An address of theirs that we know needs nobody to confirm it.
    is_theirs = trust is not SenderTrust.FAILED and _same(wanted) in map(_same, customer)
    followed = bool(wanted) and (is_theirs or trust is SenderTrust.VERIFIED)
    sender = (wanted,) if followed else customer[:1]
    asked = "" if followed else wanted
    answers_us = said is not None and _same(came_from) in map(_same, (*said.to, *said.cc))
    beside = (came_from,) if answers_us else ()
    copies = _others((*beside, *heard.to, *heard.cc), (*ours, *sender, *customer, heard.reply_to))
    return Answer(Recipients(sender), Recipients(sender, copies), asked, trust is SenderTrust.FAILED)


def _is_mail(message: Message) -> bool:
    return any("@" in address for address in message.to)


def _others(addresses: Iterable[str], without: Iterable[str]) -> tuple[str, ...]:
    """Each address once, without those; an address of ours may carry the mark of a conversation behind a plus."""
    seen = {_same(address) for address in without if address}
    found = []
    for address in addresses:
        if "@" in address and not seen & {_same(address), _same(_unmarked(address))}:
            seen.add(_same(address))
            found.append(address)
    return tuple(found)


def _same(address: str) -> str:
    return address.strip().casefold()


def _unmarked(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
