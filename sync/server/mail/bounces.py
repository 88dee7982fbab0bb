"""What reports of mail servers say about replies of ours: not delivered, delayed, delivered, or called spam.

Only a report that names a reply by its signed Message-ID changes anything. Everybody can send something that looks like
a report; the signature shows that whoever wrote it got the reply, or carried it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from agent_desktop.domain.customer import normalise_address
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind
from agent_desktop.domain.operations.inbound import TellConversation
from agent_desktop.domain.operations.message import ReportDelivery
from agent_desktop.domain.recipient_lines import DELIVERED, NOT_DELIVERED, NOT_YET, detail_of, lines_of
from agent_desktop.domain.records import Record
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.mail.bounce_reasons import FailureReason
from agent_desktop.services.mail.bounces import DeliveryReport

NamedReply = Callable[[str], Id | None]
"""The reply that a Message-ID of ours names; None for what was not made with our key."""
LONGEST_WORDS: Final = 200
_LEFT: Final = frozenset(
    {Delivery.SENT, Delivery.DELIVERED, Delivery.READ, Delivery.UNKNOWN, Delivery.FAILED, Delivery.SENDING}
)
"""What has not left yet, or is about to leave once more, an old report says nothing about."""
_WHY: Final[Mapping[FailureReason, str]] = {
    FailureReason.UNKNOWN_ADDRESS: "there is no such mailbox",
    FailureReason.UNKNOWN_HOST: "there is no mail server of this name",
    FailureReason.MOVED: "the mailbox has moved",
    FailureReason.TAKES_NO_MAIL: "this address takes no mail",
    FailureReason.DISABLED: "the mailbox is switched off",
    FailureReason.MAILBOX_FULL: "the mailbox is full",
    FailureReason.TOO_LARGE: "the mail is too large for it",
    FailureReason.REFUSED: "its mail server refused the mail",
    FailureReason.UNREACHABLE: "its mail server could not be reached",
    FailureReason.OTHER: "its mail server gives no reason that we know",
}
COMPLAINT: Final = "{address} marked a reply of ours as spam."


class ReportsOnOurs:
    """Tells which replies reports are about, and what has to be written down of them."""

    def __init__(self, named_reply: NamedReply) -> None:
        self._named_reply = named_reply

    def __call__(self, rows: Rows, reports: Sequence[DeliveryReport]) -> Sequence[Record]:
        """What follows from the reports of one mail; nothing, when they are about no reply of ours."""
        about: dict[Id, list[DeliveryReport]] = {}
        for report in reports:
            # What we called the mail is what we called it, whatever a gateway made of its Message-ID.
            named = self._named_reply
            message_id = named(report.envelope_id) or named(report.original_message_id)
            if message_id is not None:
                about.setdefault(message_id, []).append(report)
        records: list[Record] = []
        for message_id, told in about.items():
            message = rows.get(Message, message_id)
            if message is not None and _is_reply(message):
                records += _records(message, told)
        return records


def _is_reply(message: Message) -> bool:
    return message.kind is MessageKind.REPLY and message.direction is Direction.OUT


def _records(message: Message, reports: Iterable[DeliveryReport]) -> Iterable[Record]:
    lines = lines_of(message.delivery_detail)
    delivery = message.delivery
    for report in reports:
        address = _recipient(message, report)
        if report.action == "complained":
            yield TellConversation(
                conversation_id=message.conversation_id, text=COMPLAINT.format(address=address)
            )
        elif report.action == "failed":
            lines[address] = f"{NOT_DELIVERED}{_WHY[report.reason]}{_words(report)}"
            if _counts(message, address):
                delivery = Delivery.FAILED
        elif report.action == "delayed" and not lines.get(address, "").startswith(NOT_DELIVERED):
            lines[address] = f"{NOT_YET}its server goes on trying{_words(report)}"
        elif report.action == "delivered":
            lines[address] = DELIVERED
    if delivery is not Delivery.FAILED and all(lines.get(one) == DELIVERED for one in _everybody(message)):
        delivery, lines = Delivery.DELIVERED, {}
    detail = detail_of(lines)
    if message.delivery in _LEFT and (delivery, detail) != (message.delivery, message.delivery_detail):
        yield ReportDelivery(
            conversation_id=message.conversation_id,
            message_id=message.id,
            delivery=Delivery.SENT if delivery in (Delivery.UNKNOWN, Delivery.SENDING) else delivery,
            detail=detail,
        )


def _everybody(message: Message) -> tuple[str, ...]:
    return tuple(_normal(address) for address in (*message.to, *message.cc, *message.bcc))


def _normal(address: str) -> str:
    return normalise_address(ChannelKind.EMAIL, address)


def _recipient(message: Message, report: DeliveryReport) -> str:
    """Whom of ours a report is about: a forwarded mail fails at an address that we have never written to."""
    everybody = _everybody(message)
    for named in (_normal(report.recipient), _normal(report.original_recipient)):
        if named in everybody:
            return named
    return everybody[0] if len(everybody) == 1 else _normal(report.recipient) or "A recipient"


def _counts(message: Message, address: str) -> bool:
    """Whether the reply failed as a whole when it did not reach this one: not for those who only get a copy."""
    return address not in {_normal(one) for one in (*message.cc, *message.bcc)} - {
        _normal(one) for one in message.to
    }


def _words(report: DeliveryReport) -> str:
    said = " ".join(word for word in (report.reply_code, report.status) if word)
    words = report.diagnostic[:LONGEST_WORDS].strip()
    whole = words if said and said in words else " ".join(part for part in (said, words) if part)
    return f" ({whole})" if whole else ""
