"""Writing first, by mail: to a customer who is known or new, with a warning where something is open already."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from agent_desktop.domain.channels import problems, recipient_problems
from agent_desktop.domain.clock import Clock
from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.delivery import Delivery
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.message import Message
from agent_desktop.domain.operations.conversation import CreateConversation, SetStatus
from agent_desktop.domain.operations.customer import Address, CreateCustomer, customer_of
from agent_desktop.domain.operations.message import CancelReply, Reply
from agent_desktop.domain.operations.withdrawing import WithdrawConversation, beginning_of
from agent_desktop.domain.placeholders import PATHS
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.apply import Applied, Apply
from agent_desktop.services.composer import (
    SENT_ALREADY,
    ChannelChoice,
    ComposeProblem,
    ComposerService,
    content_problems,
)
from agent_desktop.services.customers import CustomerService, HistoryItem
from agent_desktop.services.directory import Directory
from agent_desktop.services.drafts import Draft, DraftKind, DraftService
from agent_desktop.store.database import Database
from agent_desktop.store.draft_people import with_customers
from agent_desktop.store.rows import SqlRows
from agent_desktop.store.schema import ReplicaSchema

if TYPE_CHECKING:
    from agent_desktop.services.draft_sharing import DraftSharing

_OPEN = frozenset({Status.OPEN.value, Status.PENDING.value, Status.ON_HOLD.value})
_OF_CUSTOMER = frozenset(path for path in PATHS if path.startswith("customer."))
_LOOKED_AT = 50
SHOWN = 3
"""So many open conversations are named at most."""


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """Who has an address, and what of theirs is open, the newest first."""

    id: Id
    name: str
    open: tuple[HistoryItem, ...]


@dataclass(frozen=True, slots=True)
class Begun:
    """A message that is being written: here, or on another device of the user (`device`).

    `is_sent`: its conversation is there, so it was sent from another device.
    """

    draft: Draft
    device: str = ""
    is_sent: bool = False


class TakenUp(NamedTuple):
    """Whether a draft is here to go on with, and how many of its files are not."""

    is_here: bool
    files_left: int = 0


class NewMessageService:
    """Keeps messages that begin conversations while they are written, and sends each as one action."""

    def __init__(
        self,
        database: Database,
        schema: ReplicaSchema,
        directory: Directory,
        customers: CustomerService,
        composer: ComposerService,
        drafts: DraftService,
        sharing: "Callable[[], DraftSharing | None]",
        apply: Apply,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._database = database
        self._schema = schema
        self._directory = directory
        self._customers = customers
        self._composer = composer
        self._drafts = drafts
        self._sharing = sharing
        self._apply = apply
        self._clock = clock
        self._ids = ids

    @property
    def channels(self) -> tuple[ChannelChoice, ...]:
        """The mailboxes that it may go out from, by name."""
        return tuple(choice for choice in self._composer.mail_channels() if choice.limits.may_start)

    # Drafts

    def blank(self) -> Draft:
        """An empty draft. Its conversation is made when it is sent."""
        return Draft(
            conversation_id=self._ids.new(),
            kind=DraftKind.NEW,
            text="",
            updated_at=self._clock.now(),
            addressed=True,
            reply_id=self._ids.new(),
        )

    def begun(self) -> tuple[Begun, ...]:
        """What is being written, here or on other devices, the newest first."""
        sharing = self._sharing()
        here = [Begun(draft, is_sent=self.is_sent(draft)) for draft in self._drafts.new_messages()]
        there = [Begun(*pair) for pair in (sharing.new_messages() if sharing is not None else ())]
        return tuple(sorted((*here, *there), key=lambda begun: begun.draft.updated_at, reverse=True))

    def take_up(self, draft_id: Id, is_here: Callable[[str], bool]) -> TakenUp:
        """Have the draft here to go on with, if it is written on another device alone.

        Files stay where they are unless `is_here` knows their SHA-256. For the writing thread.
        """
        sharing, draft = self._sharing(), self._drafts.get(draft_id, DraftKind.NEW)
        if draft is not None:
            return TakenUp(True)
        there = None if sharing is None else sharing.elsewhere(draft_id, DraftKind.NEW)
        if sharing is None or there is None or not sharing.take(draft_id, DraftKind.NEW, is_here):
            return TakenUp(False)
        here = self._drafts.get(draft_id, DraftKind.NEW)
        return TakenUp(True, len(there[0].files) - len(here.files if here is not None else ()))

    def discard(self, draft_id: Id) -> None:
        """Give up what is written, and what was kept beside it."""
        self._drafts.drop_before(draft_id, DraftKind.NEW)
        self._drafts.delete(draft_id, DraftKind.NEW)

    def is_sent(self, draft: Draft) -> bool:
        """Whether its conversation is there: it was sent, from here or from another device."""
        with self._database.read() as connection:
            found = SqlRows(connection, self._schema.tables).get(Conversation, draft.conversation_id)
        return found is not None

    def noted(self, draft: Draft) -> tuple[Id, ...]:
        """The customers that the draft is about: it goes when they are erased."""
        with self._database.read() as connection:
            return with_customers(SqlRows(connection, self._schema.tables), draft).customer_ids

    # What there is to know while it is written

    def known(self, address: str) -> KnownCustomer | None:
        """Who has this address."""
        customer = self._owner(address)
        profile = self._customers.profile(customer.id, _LOOKED_AT) if customer else None
        if profile is None:
            return None
        still_open = (item for item in profile.history if item.status in _OPEN)
        return KnownCustomer(profile.customer.id, profile.customer.name, tuple(still_open))

    def values(self, draft: Draft) -> Mapping[str, str]:
        """What placeholders stand for: of a customer nothing before To says whom it is for."""
        address = next(iter(draft.to), "")
        customer = self._owner(address) if address else None
        if customer is None and address:
            customer = Customer(id="", name=draft.name.strip(), created_at=draft.updated_at)
        values = self._composer.general_values(customer, address, draft.channel_id)
        # The number is given when it is sent.
        return {**values, "conversation.number": "", "conversation.subject": _subject(draft)}

    @staticmethod
    def waiting(draft: Draft) -> frozenset[str]:
        """Placeholders whose values are known as soon as To says whom it is for."""
        return frozenset() if draft.to else _OF_CUSTOMER

    def _owner(self, address: str) -> Customer | None:
        with self._database.read() as connection:
            return customer_of(SqlRows(connection, self._schema.tables), ChannelKind.EMAIL, address)

    # Sending

    def check(self, draft: Draft) -> tuple[str, ...]:
        """Why this cannot be sent as it is, a sentence each."""
        found = []
        choice = next((one for one in self.channels if one.channel.id == draft.channel_id), None)
        if choice is None:
            found.append("Choose the mailbox that this is sent from.")
        else:
            kind = choice.channel.kind
            found += problems(kind, draft.text, draft.files, None, self._clock.now())
            found += recipient_problems(kind, draft.to, draft.cc, draft.bcc) if draft.to else ()
        if not draft.to:
            found.append("Say in To whom this is for.")
        if not draft.subject.strip():
            found.append("Say in a few words what it is about.")
        return (*found, *content_problems(draft.text, draft.files))

    def send(
        self, draft: Draft, text: str, then: Status | None = None, send_at: datetime | None = None
    ) -> Applied:
        """Make the conversation, and the customer where the first address in To is nobody's yet, and send the mail: as
        a whole or not at all. `then` is the status that the conversation has afterwards.

        `text` is that of the draft, signed. Raises ComposeProblem when it cannot be sent as it is, or was sent already;
        then nothing was done and the draft is kept.
        """
        found = self.check(replace(draft, text=text))
        if found:
            raise ComposeProblem(" ".join(found))
        assert draft.channel_id is not None
        afterwards: list[Record] = []
        if then is not None:
            afterwards.append(SetStatus(conversation_id=draft.conversation_id, status=then, check_seen=True))
        afterwards += self._composer.used(draft.canned_ids)
        try:
            applied = self._apply.together(
                [self._beginning(draft, draft.channel_id, text, send_at)],
                afterwards,
                lambda: self._drafts.clear(draft.conversation_id, DraftKind.NEW, beside=True),
            )
        except Rejected as verdict:
            if verdict.reason is Reason.EXISTS:
                raise ComposeProblem(f"{SENT_ALREADY} What is written here is kept.") from verdict
            raise
        self._drafts.tell(draft.conversation_id)
        return applied

    def _beginning(self, draft: Draft, channel_id: Id, text: str, send_at: datetime | None) -> list[Record]:
        address, payloads = draft.to[0], list[Record]()
        owner = self._owner(address)
        customer_id = owner.id if owner else self._ids.new()
        if owner is None:
            payloads.append(
                CreateCustomer(
                    customer_id=customer_id,
                    name=draft.name.strip() or address,
                    addresses=(Address(kind=ChannelKind.EMAIL, address=address),),
                )
            )
        payloads += [
            CreateConversation(
                conversation_id=draft.conversation_id,
                customer_id=customer_id,
                channel_id=channel_id,
                subject=_subject(draft),
                assignee_id=self._directory.me.id,
            ),
            Reply(
                conversation_id=draft.conversation_id,
                message_id=draft.reply_id or self._ids.new(),
                channel_id=channel_id,
                text=text,
                subject=_subject(draft),
                to=draft.to,
                cc=draft.cc,
                bcc=draft.bcc,
                files=draft.files,
                undo_seconds=self._composer.kept_back_seconds,
                send_at=send_at,
            ),
        ]
        return payloads

    def call_back(self, message_id: Id) -> Draft | None:
        """Take back a message of the user's that has not left: its conversation goes, and it is a draft again, as a
        message of its own. None, and nothing is done, where more is known of the conversation than this message.
        """
        with self._database.read() as connection:
            rows = SqlRows(connection, self._schema.tables)
            message = rows.get(Message, message_id)
            begun = beginning_of(rows, message.conversation_id, self._directory.me.id) if message else None
        if begun is None or begun.id != message_id or begun.delivery is not Delivery.QUEUED:
            return None
        written = replace(
            self._composer.draft_of(begun),
            conversation_id=self._ids.new(),
            kind=DraftKind.NEW,
            caret=len(begun.text),
        )
        draft = replace(written, customer_ids=self.noted(written))
        self._apply(
            CancelReply(conversation_id=begun.conversation_id, message_id=message_id),
            WithdrawConversation(conversation_id=begun.conversation_id),
            beside=lambda: self._drafts.keep(draft),
        )
        self._drafts.tell(draft.conversation_id)
        return draft

    def write_again(self, refused: Sequence[Record]) -> Draft:
        """Make what was refused a draft again, as a message of its own."""
        reply = next(payload for payload in refused if isinstance(payload, Reply))
        created = next((payload for payload in refused if isinstance(payload, CreateCustomer)), None)
        draft = replace(
            self.blank(),
            text=reply.text,
            subject=reply.subject,
            channel_id=reply.channel_id,
            to=reply.to,
            cc=reply.cc,
            bcc=reply.bcc,
            files=tuple(replace(file, id=self._ids.new()) for file in reply.files),
            name=created.name if created is not None and created.name not in reply.to else "",
        )
        self._drafts.save(draft)
        return draft


def _subject(draft: Draft) -> str:
    return " ".join(draft.subject.split())
