"""What became of a reply for each of its recipients, where that differs: who has it is never sent it again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from agent_desktop.domain.customer import normalise_address
from agent_desktop.domain.mail_address import mail_address
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.recipient_lines import NOT_DELIVERED, NOT_KNOWN, NOT_YET, detail_of, lines_of
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.store.database import Statements
from sync.server.many import AMONG, Among
from sync.server.ports import ByRecipient, RecipientResult, SendResult

_SETTLED: Final = frozenset({Delivery.SENT, Delivery.FAILED, Delivery.UNKNOWN})
_STAYS: Final = frozenset({Delivery.FAILED, Delivery.DELIVERED, Delivery.READ})
_DIFFERING: Final = (
    f"SELECT message_id, recipients FROM outbound WHERE recipients IS NOT NULL AND message_id {AMONG}"  # noqa: S608 - from code
)
MAY_HAVE_IT: Final = '%"delivery":"sen%'
"""A pattern of the column where somebody has the reply, or the provider may have it for them: `sent` or `sending`."""
_KEEP: Final = "UPDATE outbound SET recipients = ? WHERE message_id = ?"


@dataclass(frozen=True, slots=True)
class Recipients:
    """As it stands on a row of `outbound`. Nobody is known: for all of them it is what became of the reply."""

    known: ByRecipient = field(default_factory=dict)

    @classmethod
    def read(cls, column: str | None) -> "Recipients":
        """From the database."""
        return cls(msgspec.json.decode(column, type=dict[str, RecipientResult]) if column else {})

    @property
    def column(self) -> str | None:
        """For the database."""
        return msgspec.json.encode(self.known).decode() if self.known else None

    @property
    def settled(self) -> frozenset[str]:
        """Who is not to be written to any more."""
        return frozenset(address for address, told in self.known.items() if told.delivery in _SETTLED)

    @property
    def reached(self) -> bool:
        """Whether somebody surely has the reply, so that it has left."""
        return bool(self._with(Delivery.SENT))

    @property
    def wait(self) -> bool:
        """Whether somebody is to be tried again, by itself."""
        return bool(self._with(Delivery.QUEUED)) and not self._with(Delivery.SENDING)

    def handed_over(self, told: ByRecipient) -> "Recipients":
        """When the provider may have the reply for those that it has not refused."""
        if told:
            return Recipients({**self.known, **told})
        return self._becoming(self._with(Delivery.QUEUED), RecipientResult(Delivery.SENDING))

    def after(self, result: SendResult) -> "Recipients":
        """When an attempt is over."""
        told = Recipients({**self.known, **result.recipients})
        if result.delivery is Delivery.UNKNOWN and not told.reached:
            return told  # a person decides about all of it
        tried = told._with(Delivery.SENDING)
        if not (tried or result.recipients) or result.delivery is Delivery.FAILED:
            tried = [*tried, *told._with(Delivery.QUEUED)]
        return told._becoming(tried, RecipientResult(result.delivery, result.detail))

    def given_up(self) -> "Recipients":
        """When nobody may be tried again, for another attempt may be under way."""
        return self._becoming(self._with(Delivery.QUEUED), RecipientResult(Delivery.UNKNOWN))

    def again(self, lost: frozenset[str]) -> "Recipients":
        """When a person has it sent once more: to whom it did not reach, `lost` among them whose mail came back."""
        kept = {one for one in self._with(Delivery.SENT) if _normal(one) not in lost}
        others = [one for one in self.known if one not in kept]
        return self._becoming(others, RecipientResult(Delivery.QUEUED)) if kept and others else Recipients()

    def told(self, message: Message, result: SendResult) -> tuple[Delivery, str]:
        """What is to be said about the reply, as the message stands now."""
        if not self.known or (self.wait and not self.reached) or self._with(Delivery.SENDING):
            return (Delivery.QUEUED if self.wait else result.delivery), result.detail
        earlier = message.delivery in _STAYS or message.delivery is Delivery.SENT
        lines = lines_of(message.delivery_detail) if earlier else {}
        for address, told in self.known.items():
            words = _words(told)
            if words:
                lines[_normal(address)] = words
            elif lines.get(_normal(address), "").startswith((NOT_YET, NOT_KNOWN)):
                del lines[_normal(address)]
        if not self.reached:
            return Delivery.FAILED, detail_of(lines)
        # Somebody has it, so it can neither be called back nor held nor sent as a whole once more.
        return (message.delivery if message.delivery in _STAYS else Delivery.SENT), detail_of(lines)

    def _with(self, delivery: Delivery) -> list[str]:
        return [address for address, told in self.known.items() if told.delivery is delivery]

    def _becoming(self, addresses: Iterable[str], told: RecipientResult) -> "Recipients":
        return Recipients({**self.known, **dict.fromkeys(addresses, told)})


def tried_no_more(result: SendResult, sentence: str) -> SendResult:
    """The result when what would be tried again is given up; `sentence` takes the last words as `detail`."""
    ended = {
        address: RecipientResult(Delivery.FAILED, sentence.format(detail=told.said))
        for address, told in result.recipients.items()
        if told.delivery is Delivery.QUEUED
    }
    result = replace(result, recipients={**result.recipients, **ended})
    if result.delivery is not Delivery.QUEUED:
        return result
    return replace(result, delivery=Delivery.FAILED, detail=sentence.format(detail=result.detail))


def send_again(connection: Statements, messages: Sequence[Message]) -> None:
    """A person has replies sent once more, given as they stood before: not to those who have it."""
    before = {message.id: message for message in messages}
    differing = dict(connection.execute(_DIFFERING, (Among(sorted(before)),)).fetchall())
    for message_id, message in before.items():
        lost = _lost(message)
        if message_id in differing:
            recipients = Recipients.read(differing[message_id])
        elif lost:  # it came back, so it had been taken for all of them
            recipients = Recipients(dict.fromkeys(_written_to(message), RecipientResult(Delivery.SENT)))
        else:
            continue
        connection.execute(_KEEP, (recipients.again(lost).column, message_id))


def _written_to(message: Message) -> dict[str, str]:
    """Its recipients as a mail names them, and as they stand in the lines about it."""
    written = {address: mail_address(address) for address in (*message.to, *message.cc, *message.bcc)}
    return {named: _normal(address) for address, named in written.items() if named}


def _lost(message: Message) -> frozenset[str]:
    """For whom it came back, as they are compared."""
    lines = lines_of(message.delivery_detail)
    lost = {address for address, words in lines.items() if words.startswith(NOT_DELIVERED)}
    named = {_normal(named) for named, address in _written_to(message).items() if address in lost}
    return frozenset(lost | named)


def _words(told: RecipientResult) -> str:
    if told.delivery is Delivery.FAILED:
        return f"{NOT_DELIVERED}{told.said}".rstrip(".")
    if told.delivery is Delivery.QUEUED:
        return f"{NOT_YET}it is tried again ({told.said})".replace(".)", ")")
    if told.delivery is Delivery.UNKNOWN:
        return f"{NOT_KNOWN}{told.said or 'nobody saw how it ended'}".rstrip(".")
    return ""


def _normal(address: str) -> str:
    return normalise_address(ChannelKind.EMAIL, address)
