"""Decides what becomes of a mail that has arrived: a message, a report on one of ours, or nothing that anybody reads.

Everything is decided within the transaction that writes it, so that what was read stays true. A mail never acts as one
of us, whatever it says of its sender.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.customer import Customer, Identity, normalise_address
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.customer import Address, CreateCustomer, customer_of, identity_id
from agent_desktop.domain.operations.inbound import SuggestMatch, TellConversation
from agent_desktop.domain.operations.message import ReceiveMessage, ReportDelivery
from agent_desktop.domain.records import Record
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.workspace import Channel, ChannelKind, Reopening, User
from agent_desktop.services.mail.bounces import DeliveryReport
from agent_desktop.services.mail.keeping import (
    LONGEST_SUBJECT,
    NO_SUBJECT,
    address_text,
    address_texts,
    imported_mail_id,
)
from agent_desktop.services.mail.parse import ParsedMail
from agent_desktop.services.mail.subjects import without_answer_marks
from agent_desktop.services.outside_text import clean, one_line
from sync.server.mail.auto_reply import AutoReply
from sync.server.mail.reading import NOT_READ, Arrived
from sync.server.mail.threads import MailThreads, Match, NamedReply, is_bare_answer
from sync.server.transaction import Transaction

Report = Callable[[Record], None]
"""Does one thing of the server's own."""
OnOurs = Callable[[Rows, Sequence[DeliveryReport]], Sequence[Record]]
"""What reports of mail servers say about messages of ours; nothing, when they are not about any."""

WINDOW = timedelta(hours=1)
MOST_FROM_PERSON, MOST_FROM_PROGRAM = 60, 10
"""So many mails of one sender become messages of one conversation within an hour; the rest is held."""
LOOP = "loop"
NO_CHANNEL = "no channel"
HELD_BACK = (
    "More mails of {sender} are held back: {count} came within an hour, as if two programs answered each other."
    " An administrator can let them through."
)
UNKNOWN_SENDER = "Unknown sender"
_OF_LATE = (
    "SELECT state, count(*) FROM (SELECT state FROM inbound"  # noqa: S608 - a number
    f" WHERE conversation_id = ? AND sender = ? AND done_at > ? LIMIT {MOST_FROM_PERSON * 2}) AS of_late GROUP BY state"
)


class InboundState(StrEnum):
    """What became of a raw mail."""

    WAITING = "waiting"
    DONE = "done"
    """It is a message, or told about one of ours."""
    OWN = "own"
    """It is a copy of a mail of ours."""
    HELD = "held"
    """Nobody sees it until an administrator decides."""
    DISCARDED = "discarded"
    """An administrator decided that nobody sees it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail, and where it is seen. `answered`: its sender got an automatic answer. `bare_answer`: it is
    an answer by its subject, and refers to nothing.
    """

    state: InboundState
    conversation_id: Id | None = None
    reason: str | None = None
    answered: bool = False
    bare_answer: bool = False


class MailDecisions:
    """Decides on mails one after another within one transaction. `report` carries out what follows from them."""

    def __init__(
        self,
        transaction: Transaction,
        report: Report,
        named_reply: NamedReply,
        on_ours: OnOurs,
    ) -> None:
        self._rows = transaction.rows
        self._connection = transaction.connection
        self._now = transaction.time
        self._report = report
        self._named_reply = named_reply
        self._on_ours = on_ours
        self._own_addresses = frozenset(
            normalise_address(ChannelKind.EMAIL, channel.address)
            for channel in self._rows.query(Channel, kind=ChannelKind.EMAIL.value)
            if channel.address
        )
        self.threads = MailThreads(transaction, named_reply, self._own_addresses)
        self._auto_reply = AutoReply(transaction)

    def expect(self, arrivals: Sequence[Arrived]) -> None:
        """Read what these mails will be compared with, all rows of an entity in one question."""
        addresses = [one.sender.address for one in arrivals if one.sender.address]
        identities = [identity_id(ChannelKind.EMAIL, address) for address in addresses]
        self._rows.expect(Identity, identities)
        people = [self._rows.get(Identity, row_id) for row_id in identities]
        self._rows.expect(Customer, (one.customer_id for one in people if one is not None))
        waiting = [one.waiting for one in arrivals]
        before = [imported_mail_id(int(one.key, 16)) for one in waiting]
        self._rows.expect(Message, (*(one.message_id for one in waiting), *before))
        self.threads.expect(arrivals)

    def take(self, arrived: Arrived) -> Outcome:
        """Let a mail become what it is."""
        channel = self._rows.get(Channel, arrived.waiting.channel_id)
        if channel is None:
            return Outcome(InboundState.HELD, reason=NO_CHANNEL)
        if self._is_own_copy(arrived):
            return Outcome(InboundState.OWN)
        there = self._there(arrived)
        if there is not None:
            return Outcome(InboundState.DONE, there.conversation_id)
        told = self._told(arrived)
        if told is not None:
            return told
        address = arrived.sender.address
        customer = customer_of(self._rows, ChannelKind.EMAIL, address) if address else None
        match = self.threads.match(arrived, customer)
        goes_to, follows = self._standing(match.appended, channel, arrived)
        if goes_to is not None and not arrived.waiting.released and self._is_loop(goes_to, arrived):
            return Outcome(InboundState.HELD, goes_to.id, LOOP)
        customer_id = customer.id if customer is not None else self._new_customer(arrived)
        if goes_to is None:
            conversation_id = self._begin(arrived, channel, customer_id, match, follows)
        else:
            conversation_id = goes_to.id
            self._link(arrived, goes_to, match.suggested)
        self._receive(arrived, conversation_id, customer_id)
        conversation = self._rows.get(Conversation, conversation_id)
        assert conversation is not None
        self.threads.note(arrived, conversation)
        answered = goes_to is None and self._answer(arrived, channel, conversation)
        return Outcome(
            InboundState.DONE, conversation_id, answered=answered, bare_answer=is_bare_answer(arrived)
        )

    def _is_own(self, address: str) -> bool:
        return normalise_address(ChannelKind.EMAIL, address) in self._own_addresses

    def _is_own_copy(self, arrived: Arrived) -> bool:
        """A reply of ours that came back, such as by a list or a copy to ourselves. Both have to be ours: whoever got
        a reply of ours knows what it is called.
        """
        name = arrived.mail.message_id
        return bool(name) and self._is_own(arrived.sender.address) and self._named_reply(name) is not None

    def _there(self, arrived: Arrived) -> Message | None:
        """The message that this mail became before, such as by an import."""
        waiting = arrived.waiting
        found = self._rows.get(Message, waiting.message_id)
        return found or self._rows.get(Message, imported_mail_id(int(waiting.key, 16)))

    def _told(self, arrived: Arrived) -> Outcome | None:
        """What a mail server says about a message of ours."""
        if not arrived.mail.delivery_reports:
            return None
        records = self._on_ours(self._rows, arrived.mail.delivery_reports)
        about: Id | None = None
        for record in records:
            self._report(record)
            if isinstance(record, ReportDelivery | TellConversation):
                about = about or record.conversation_id
        return Outcome(InboundState.DONE, about) if records else None

    def _standing(
        self, found: Conversation | None, channel: Channel, arrived: Arrived
    ) -> tuple[Conversation | None, Conversation | None]:
        """Where a mail of a conversation goes: to it, or to what follows it; and what a new one would follow."""
        if found is None or self._kind(arrived).by_program:
            return found, None  # a program opens nothing
        if self._takes_more(found, channel):
            return found, None
        for later in self.threads.follow_ups(found):
            if self._takes_more(later, channel) and not self.threads.shows_more(later, channel.id):
                return later, found
        return None, found

    def _takes_more(self, conversation: Conversation, channel: Channel) -> bool:
        """Whether a customer's mail goes on in this conversation, by the rule of the channel that it came on."""
        if conversation.status is Status.CLOSED:
            return False
        if conversation.status is not Status.SOLVED or channel.reopening is Reopening.ALWAYS:
            return True
        solved = conversation.solved_at
        if channel.reopening is Reopening.NEVER or solved is None:
            return False
        return self._now - solved <= timedelta(days=channel.reopen_days)

    def _is_loop(self, conversation: Conversation, arrived: Arrived) -> bool:
        """Whether too many mails of this sender came to a conversation. The first that is held is told of there."""
        since = to_microseconds(self._now - WINDOW)
        keys = (conversation.id, arrived.waiting.sender, since)
        counts = dict(self._connection.execute(_OF_LATE, keys).fetchall())
        most = MOST_FROM_PROGRAM if self._kind(arrived).by_program else MOST_FROM_PERSON
        if counts.get(InboundState.DONE.value, 0) < most:
            return False
        if InboundState.HELD.value not in counts:
            words = HELD_BACK.format(sender=arrived.sender.address or UNKNOWN_SENDER, count=most)
            self._report(TellConversation(conversation_id=conversation.id, text=words))
        return True

    def _kind(self, arrived: Arrived) -> MailKind:
        """What wrote it: by what it is, or because it bears the mark of one of our own answers."""
        kind = arrived.mail.kind
        is_echo = not kind.by_program and any(self._is_own(mark) for mark in arrived.mail.loop_marks)
        return MailKind.AUTOMATIC if is_echo else kind

    def _new_customer(self, arrived: Arrived) -> Id:
        """Whoever writes from an address that nobody has is somebody new; whom they may be is for people to say."""
        sender = arrived.sender
        customer_id = derived_id(arrived.waiting.received_at, "mail customer", arrived.waiting.inbound_id)
        addresses = (Address(kind=ChannelKind.EMAIL, address=sender.address),) if sender.address else ()
        name = sender.name or sender.address or UNKNOWN_SENDER
        self._report(CreateCustomer(customer_id=customer_id, name=name, addresses=addresses))
        return customer_id

    def _begin(
        self, arrived: Arrived, channel: Channel, customer_id: Id, match: Match, follows: Conversation | None
    ) -> Id:
        """A new conversation for a mail, with what it may belong to."""
        waiting = arrived.waiting
        conversation_id = derived_id(waiting.received_at, "mail conversation", waiting.inbound_id)
        suggested = () if follows is not None else match.suggested
        first = next(iter(suggested), None)
        self._report(
            CreateConversation(
                conversation_id=conversation_id,
                customer_id=customer_id,
                channel_id=channel.id,
                subject=one_line(without_answer_marks(clean(arrived.mail.subject)), LONGEST_SUBJECT)
                or NO_SUBJECT,
                assignee_id=self._goes_on_with(follows),
                team_id=follows.team_id if follows is not None else channel.team_id,
                suggested_id=None if first is None else first.id,
                follow_up_of=None if follows is None else follows.id,
            )
        )
        if first is not None:
            self._link(arrived, first, suggested[1:])
        return conversation_id

    def _goes_on_with(self, follows: Conversation | None) -> Id | None:
        """Who worked on it before goes on, as long as they are here."""
        if follows is None or follows.assignee_id is None:
            return None
        user = self._rows.get(User, follows.assignee_id)
        return user.id if user is not None and user.active else None

    def _link(self, arrived: Arrived, conversation: Conversation, others: Sequence[Conversation]) -> None:
        """Say of conversations that a mail brings together that they may belong together."""
        new = [other for other in others if self.threads.is_news(arrived, conversation, other)]
        for other in self.threads.unlinked(conversation, new):
            self._report(SuggestMatch(conversation_id=other.id, suggested_id=conversation.id))

    def _receive(self, arrived: Arrived, conversation_id: Id, customer_id: Id) -> None:
        mail, waiting = arrived.mail, arrived.waiting
        text = clean(mail.text)
        self._report(
            ReceiveMessage(
                conversation_id=conversation_id,
                message_id=waiting.message_id,
                customer_id=customer_id,
                channel_id=waiting.channel_id,
                text=text if arrived.readable else "\n\n".join(filter(None, (NOT_READ, text))),
                sent_at=waiting.received_at,
                quoted=clean(mail.quoted),
                subject=clean(mail.subject),
                files=arrived.files,
                html_blob=arrived.html_blob,
                raw_blob=waiting.raw_blob,
                external_id=clean(mail.message_id) or None,
                mail_kind=self._kind(arrived),
                to=address_texts(mail.to),
                cc=address_texts(mail.cc),
                sender=address_text(mail.from_),
                reply_to=clean(_answered_at(mail)),
                authentication=arrived.authentication,
            )
        )
        for problem in _told_in_one(mail.problems):
            self._report(TellConversation(conversation_id=conversation_id, text=problem))

    def _answer(self, arrived: Arrived, channel: Channel, conversation: Conversation) -> bool:
        """Whether an automatic answer goes out to who began a conversation."""
        if self._is_own(arrived.sender.address) or self._kind(arrived).by_program:
            return False
        payload = self._auto_reply.to(arrived, channel, conversation)
        if payload is None:
            return False
        self._report(payload)
        return True


def _answered_at(mail: ParsedMail) -> str:
    """Where the sender wants answers, if not where the mail came from."""
    wanted = next((one.address for one in mail.reply_to if one.address), "")
    return wanted if wanted != mail.from_.address else ""


def _told_in_one(problems: Sequence[str]) -> Iterator[str]:
    if problems:
        yield clean(" ".join(problems))
