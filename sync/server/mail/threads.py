"""Which conversation a mail belongs to: by a signed name of ours, else by what mails refer to each other.

What mails refer to is looked up by numbers that stand for Message-IDs. A number is noted once for each conversation,
whichever mail came first, so that the order in which mails arrive makes no difference.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.conversation_merging import merged_with, survivor_of_conversation
from agent_desktop.domain.customer import Customer, normalise_address, survivor_of
from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_address import address_in
from agent_desktop.domain.message import Message
from agent_desktop.domain.rows import INBOX_SCOPE
from agent_desktop.domain.scopes import conversation_scope
from agent_desktop.domain.trust import SenderTrust
from agent_desktop.domain.workspace import Channel, ChannelKind
from agent_desktop.services.mail.addresses import parse_addresses
from agent_desktop.services.mail.subjects import compared, is_answer
from sync.server.mail.reading import Arrived
from sync.server.mail.references import note_references, reference_number
from sync.server.many import AMONG, Among
from sync.server.transaction import Transaction

NamedReply = Callable[[str], Id | None]
"""The reply of ours that a Message-ID or an address names; None for what we did not sign."""

SAME_SUBJECT = timedelta(days=30)
"""So long an answer that refers to nothing may belong to what its sender wrote about the same."""
_FIRST, _LAST = 5, 20
"""So many references of a mail count, from either end."""
_HOPS = 50
MOST_OF_A_NAME = 20
"""So many conversations are found by one name, those that had it first: whoever writes thousands of mails that refer to
the same one makes none of them dearer than the others."""
_KNOWN = (
    "SELECT DISTINCT number, conversation_id FROM (SELECT r.number, m.conversation_id,"  # noqa: S608 - from code
    " row_number() OVER (PARTITION BY r.number ORDER BY r.message_id) AS place"
    f" FROM mail_reference r JOIN message m ON m.id = r.message_id WHERE r.number {AMONG}) AS named"
    f" WHERE place <= {MOST_OF_A_NAME}"
)
_WROTE = (
    'SELECT author_id, "to", cc, bcc, reply_to FROM message'  # noqa: S608 - from code
    f" WHERE conversation_id {AMONG} AND forwarded = 0 ORDER BY created_at DESC LIMIT 200"
)
_PROVEN = (
    "SELECT DISTINCT sender FROM message"  # noqa: S608 - from code
    f" WHERE conversation_id {AMONG} AND authentication LIKE '%dmarc=pass%' LIMIT 200"
)
_OF_SENDER = (
    "SELECT conversation_id FROM inbound WHERE sender = ? AND done_at > ? AND bare_answer >= ?"
    " AND conversation_id IS NOT NULL ORDER BY done_at DESC LIMIT 50"
)
_FOLLOW_UPS = "SELECT id FROM conversation WHERE follow_up_of = ?"


@dataclass(frozen=True, slots=True)
class Match:
    """Where a mail goes. `appended` is where it surely belongs; the others may belong together with it."""

    appended: Conversation | None = None
    suggested: tuple[Conversation, ...] = ()


@dataclass(slots=True)
class _Said:
    """What the mails of this transaction add to a conversation."""

    people: set[str] = field(default_factory=set)
    proven: set[str] = field(default_factory=set)
    """Domains whose mails were proven to be theirs."""
    numbers: set[str] = field(default_factory=set)


class MailThreads:
    """Finds conversations within one transaction, those that it makes included."""

    def __init__(
        self, transaction: Transaction, named_reply: NamedReply, own_addresses: Collection[str]
    ) -> None:
        self._connection = transaction.connection
        self._rows = transaction.rows
        self._named_reply = named_reply
        self._own_addresses = own_addresses
        self._conversations: dict[str, set[Id]] = defaultdict(set)
        self._looked_up: set[str] = set()
        self._said: dict[Id, _Said] = defaultdict(_Said)
        self._follow_ups: dict[Id, list[Id]] = defaultdict(list)
        self._new: list[tuple[str, Id]] = []

    def expect(self, arrivals: Iterable[Arrived]) -> None:
        """Look up what these mails refer to, in one question."""
        wanted = {number for arrived in arrivals for number in _numbers(arrived)} - self._looked_up
        if not wanted:
            return
        self._looked_up |= wanted
        for number, conversation_id in self._connection.execute(_KNOWN, (Among(sorted(wanted)),)):
            self._conversations[number].add(conversation_id)

    def match(self, arrived: Arrived, customer: Customer | None) -> Match:
        """Where a mail belongs. `customer` is whose address the sender has; None: nobody's yet."""
        sender = normalise_address(ChannelKind.EMAIL, arrived.sender.address)
        proven = arrived.trust is not SenderTrust.FAILED and sender not in self._own_addresses
        answered, goes_there = self._answered(arrived)
        numbers = _numbers(arrived)
        own = reference_number(arrived.mail.message_id) if arrived.mail.message_id else ""
        referred = self._found((number for number in numbers if number != own), arrived)
        # Of what bears the same name in another mailbox one is a copy, and goes on there by itself.
        copies = [one for one in self._found([own], arrived) if one not in referred]
        sure = [*referred, *(one for one in copies if one.channel_id == arrived.waiting.channel_id)]
        referred += copies
        subject = compared(arrived.mail.subject)
        if answered is None:
            referred += [one for one in self._same_subject(arrived, subject) if one not in referred]
        if answered is not None and proven and goes_there:
            return Match(answered, tuple(one for one in referred if one.id != answered.id))
        if answered is not None:
            referred.insert(0, answered)
        for conversation in sure if proven else ():
            if (
                compared(conversation.subject) == subject
                and self._takes_part(conversation, arrived, customer)
                and not self._is_doubtful(conversation, arrived)
                and not self.shows_more(conversation, arrived.waiting.channel_id)
            ):
                return Match(conversation, tuple(one for one in referred if one.id != conversation.id))
        return Match(None, tuple(dict.fromkeys(referred)))

    def _answered(self, arrived: Arrived) -> tuple[Conversation | None, bool]:
        """The conversation of the reply of ours that a mail surely answers, and whether it may go there: it came to
        the mailbox that the reply was sent from, or to one that no fewer may read.
        """
        for name in _names(arrived):
            message_id = self._named_reply(name)
            message = None if message_id is None else self._rows.get(Message, message_id)
            if message is None:
                continue
            found = survivor_of_conversation(self._rows, message.conversation_id)
            if found is not None:
                channel_id = arrived.waiting.channel_id
                return found, message.channel_id == channel_id or not self.shows_more(found, channel_id)
        return None, False

    def shows_more(self, conversation: Conversation, channel_id: Id) -> bool:
        """Whether others may read a conversation than a mailbox: what came to a few goes on among them."""
        if any(one.channel_id == channel_id for one in merged_with(self._rows, conversation)):
            return False
        channel = self._rows.get(Channel, channel_id)
        if channel is None:
            return False
        new = replace(conversation, channel_id=channel.id, team_id=channel.team_id, merged_into=None)
        home = _home(conversation_scope(self._rows, new))
        return home not in (INBOX_SCOPE, _home(conversation.scope))

    def _found(self, numbers: Iterable[str], arrived: Arrived) -> list[Conversation]:
        """The conversations of mails that are called so or refer to what is, in the order of the numbers."""
        seen: set[Id] = set()
        all_found: list[Conversation] = []
        for number in numbers:
            found = []
            for conversation_id in sorted(self._conversations.get(number, ())):
                conversation = survivor_of_conversation(self._rows, conversation_id)
                if conversation is not None and conversation.id not in seen:
                    seen.add(conversation.id)
                    found.append(conversation)
            # What came to several of our mailboxes goes on in each of them.
            all_found += sorted(found, key=lambda one: one.channel_id != arrived.waiting.channel_id)
        return all_found

    def _takes_part(self, conversation: Conversation, arrived: Arrived, customer: Customer | None) -> bool:
        """Whether the sender is known to a conversation: as its customer, or as somebody that a mail of it names."""
        names = merged_with(self._rows, conversation)
        if customer is not None and any(self._same_customer(one.customer_id, customer) for one in names):
            return True
        address = normalise_address(ChannelKind.EMAIL, arrived.sender.address)
        if not address:
            return False
        if address in self._said[conversation.id].people:
            return True
        wrote = self._connection.execute(_WROTE, (Among([one.id for one in names]),))
        for author_id, *lists in wrote:
            if customer is not None and author_id == customer.id:
                return True
            if any(address in listed.casefold() for listed in lists) and address in _addresses(lists):
                return True
        return False

    def _is_doubtful(self, conversation: Conversation, arrived: Arrived) -> bool:
        """Whether what should speak for a sender is missing, who therefore may be anybody that knows a Message-ID.

        It is missing where the channel's own mail server looked and found nothing, and where it proved an earlier
        mail of that domain in this conversation, but not this one.
        """
        if arrived.authentication:
            return arrived.trust is SenderTrust.UNPROVEN
        domain = _domain(arrived.sender.address)
        if domain in self._said[conversation.id].proven:
            return True
        names = [one.id for one in merged_with(self._rows, conversation)]
        proven = self._connection.execute(_PROVEN, (Among(names),))
        return any(_domain(address_in(sender)) == domain for (sender,) in proven)

    def _same_customer(self, customer_id: Id, customer: Customer) -> bool:
        found = survivor_of(self._rows, customer_id)
        return found is not None and found.id == customer.id

    def _same_subject(self, arrived: Arrived, subject: str) -> list[Conversation]:
        """What the sender wrote about the same of late, where one of both is an answer that refers to nothing."""
        if arrived.references or not arrived.sender.address:
            return []
        since = arrived.waiting.received_at - SAME_SUBJECT
        answers = is_bare_answer(arrived)
        if not answers:
            # What begins something was late where an answer to it came first.
            since = max(since, arrived.mail.date or arrived.waiting.received_at)
        keys = (arrived.waiting.sender, to_microseconds(since), 0 if answers else 1)
        found = self._connection.execute(_OF_SENDER, keys)
        ids = dict.fromkeys(row_id for (row_id,) in found.fetchall())
        conversations = (survivor_of_conversation(self._rows, row_id) for row_id in ids)
        return [one for one in conversations if one is not None and compared(one.subject) == subject]

    def follow_ups(self, conversation: Conversation) -> list[Conversation]:
        """The conversations of the same customer that go on from this one, the newest first."""
        ids = [row_id for (row_id,) in self._connection.execute(_FOLLOW_UPS, (conversation.id,))]
        ids += self._follow_ups[conversation.id]
        found = (survivor_of_conversation(self._rows, row_id) for row_id in dict.fromkeys(ids))
        own = [one for one in found if one is not None and one.customer_id == conversation.customer_id]
        return sorted(own, key=lambda one: one.created_at, reverse=True)

    def unlinked(self, conversation: Conversation, others: Sequence[Conversation]) -> Iterator[Conversation]:
        """Of others that belong together with it, those where nothing leads from one to the other yet: their ends.

        What both of them knew before is no news: whoever said that they do not belong together is not asked again.
        """
        tops = {self._top(conversation).id}
        for other in others:
            top = self._top(other)
            if top.id not in tops:
                tops.add(top.id)
                yield top

    def _top(self, conversation: Conversation) -> Conversation:
        for _ in range(_HOPS):
            above = conversation.suggested_id or conversation.follow_up_of
            found = survivor_of_conversation(self._rows, above) if above else None
            if found is None or found.id == conversation.id:
                return conversation
            conversation = found
        return conversation

    def is_news(self, arrived: Arrived, conversation: Conversation, other: Conversation) -> bool:
        """Whether nothing that this mail refers to was known to both before."""
        return not any({conversation.id, other.id} <= self._survivors(number) for number in _numbers(arrived))

    def _survivors(self, number: str) -> set[Id]:
        found = (
            survivor_of_conversation(self._rows, row_id) for row_id in self._conversations.get(number, ())
        )
        return {one.id for one in found if one is not None}

    def note(self, arrived: Arrived, conversation: Conversation) -> None:
        """A mail has become a message of a conversation: the next ones of this transaction find it there."""
        said, mail = self._said[conversation.id], arrived.mail
        everybody = (arrived.sender, *mail.to, *mail.cc, *mail.reply_to)
        said.people.update(normalise_address(ChannelKind.EMAIL, one.address) for one in everybody)
        if arrived.trust is SenderTrust.VERIFIED:
            said.proven.add(_domain(arrived.sender.address))
        own = reference_number(mail.message_id) if mail.message_id else ""
        for number in _numbers(arrived):
            known = self._conversations[number]
            if len(known) >= MOST_OF_A_NAME:
                continue
            if number != own and conversation.id not in self._survivors(number):
                self._new.append((number, arrived.waiting.message_id))
            known.add(conversation.id)
        if conversation.follow_up_of is not None:
            self._follow_ups[conversation.follow_up_of].append(conversation.id)

    def write(self) -> None:
        """Write down what the new messages refer to; what they are called themselves follows from the commit."""
        note_references(self._connection, self._new)


def _domain(address: str) -> str:
    return normalise_address(ChannelKind.EMAIL, address).rpartition("@")[2]


def _home(scope: str) -> str:
    """Who sees all that is in a scope, without those who see one conversation besides."""
    return scope.partition("+")[0]


def is_bare_answer(arrived: Arrived) -> bool:
    """Whether a mail is an answer by its subject alone."""
    return not arrived.references and is_answer(arrived.mail.subject)


def _numbers(arrived: Arrived) -> list[str]:
    """The numbers of a mail's references, the nearest first, and of itself."""
    references = arrived.references
    if len(references) > _FIRST + _LAST:
        references = (*references[:_FIRST], *references[-_LAST:])
    names = [*reversed(references), arrived.mail.message_id]
    return list(dict.fromkeys(reference_number(name) for name in names if name))


def _names(arrived: Arrived) -> Iterator[str]:
    """What may be a signed name of ours: the mails that are answered, and the addresses that it came to."""
    mail = arrived.mail
    if mail.in_reply_to:
        yield mail.in_reply_to
    yield from reversed(arrived.references)
    if mail.message_id:
        yield mail.message_id
    yield from (one.address for one in (*mail.to, *mail.cc))
    for name in ("delivered-to", "x-original-to", "envelope-to"):
        yield from (one.address for one in parse_addresses(mail.headers.all(name))[0])


def _addresses(lists: Iterable[str]) -> set[str]:
    """The addresses in columns that hold lists, or one address."""
    found: set[str] = set()
    for listed in lists:
        found.update(
            normalise_address(ChannelKind.EMAIL, part)
            for part in listed.strip("[]").replace('"', "").split(",")
        )
    return found
