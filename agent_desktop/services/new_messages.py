"""Writing first, by mail: to a customer who is known or new, with a warning where something is open already."""

from dataclasses import dataclass
from datetime import timedelta

from agent_desktop.domain.channels import problems, recipient_problems
from agent_desktop.domain.clock import Clock
from agent_desktop.domain.conversation import Status
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.ids import Id, IdSource
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.customer import Address, CreateCustomer, customer_of
from agent_desktop.domain.operations.message import Reply
from agent_desktop.domain.placeholders import find_placeholders
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import Channel, ChannelKind
from agent_desktop.services.apply import Applied, Apply
from agent_desktop.services.composer import ComposeProblem, ComposerService
from agent_desktop.services.customers import CustomerService, HistoryItem
from agent_desktop.services.directory import Directory
from agent_desktop.services.drafts import Draft, DraftKind, DraftService
from agent_desktop.store.database import Database
from agent_desktop.store.rows import SqlRows
from agent_desktop.store.schema import ReplicaSchema

_OPEN = frozenset({Status.OPEN.value, Status.PENDING.value, Status.ON_HOLD.value})
_LOOKED_AT = 50
SHOWN = 3
"""So many open conversations are named at most."""


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """Who has an address, and what of theirs is open, the newest first."""

    id: Id
    name: str
    open: tuple[HistoryItem, ...]


class NewMessageService:
    """Keeps one message at a time that begins a conversation, and sends it as one action."""

    def __init__(
        self,
        database: Database,
        schema: ReplicaSchema,
        directory: Directory,
        customers: CustomerService,
        composer: ComposerService,
        drafts: DraftService,
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
        self._apply = apply
        self._clock = clock
        self._ids = ids

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The mailboxes that it may go out from, by name."""
        return tuple(choice.channel for choice in self._composer.mail_channels())

    def begin(self) -> Draft:
        """What was begun before and not sent, else an empty draft. Its conversation is made when it is sent."""
        kept = self._drafts.new_messages()
        if kept:
            return kept[0]
        return Draft(
            conversation_id=self._ids.new(),
            kind=DraftKind.NEW,
            text="",
            updated_at=self._clock.now(),
            addressed=True,
            reply_id=self._ids.new(),
        )

    def known(self, address: str) -> KnownCustomer | None:
        """Who has this address."""
        customer = self._owner(address)
        profile = self._customers.profile(customer.id, _LOOKED_AT) if customer else None
        if profile is None:
            return None
        still_open = (item for item in profile.history if item.status in _OPEN)
        return KnownCustomer(profile.customer.id, profile.customer.name, tuple(still_open))

    def _owner(self, address: str) -> Customer | None:
        with self._database.read() as connection:
            return customer_of(SqlRows(connection, self._schema.tables), ChannelKind.EMAIL, address)

    def check(self, draft: Draft) -> tuple[str, ...]:
        """Why this cannot be sent as it is, a sentence each."""
        found = []
        if draft.channel_id not in {channel.id for channel in self.channels}:
            found.append("Choose the mailbox that this is sent from.")
        if not draft.to:
            found.append("Say in To whom this is for.")
        else:
            found += recipient_problems(ChannelKind.EMAIL, draft.to, draft.cc, draft.bcc)
        if not draft.subject.strip():
            found.append("Say in a few words what it is about.")
        if not draft.text.strip() and not draft.files:
            found.append("There is nothing to send yet.")
        now = self._clock.now()
        found += problems(ChannelKind.EMAIL, draft.text, draft.files, now - timedelta(minutes=1), now)
        unresolved = [draft.text[item.start : item.end] for item in find_placeholders(draft.text)]
        if unresolved:
            found.append(f"Fill in {', '.join(dict.fromkeys(unresolved))} before sending.")
        return tuple(found)

    def send(self, draft: Draft, text: str, name: str = "") -> Applied:
        """Make the conversation, and the customer where the first address in To is nobody's yet, and send the mail.

        `text` is that of the draft, signed; `name` what a new customer is called. Raises ComposeProblem when it cannot
        be sent as it is; then nothing was done.
        """
        found = self.check(draft)
        if found:
            raise ComposeProblem(" ".join(found))
        assert draft.channel_id is not None
        address, payloads = draft.to[0], list[Record]()
        owner = self._owner(address)
        customer_id = owner.id if owner else self._ids.new()
        if owner is None:
            payloads.append(
                CreateCustomer(
                    customer_id=customer_id,
                    name=name.strip() or address,
                    addresses=(Address(kind=ChannelKind.EMAIL, address=address),),
                )
            )
        subject = " ".join(draft.subject.split())
        payloads += [
            CreateConversation(
                conversation_id=draft.conversation_id,
                customer_id=customer_id,
                channel_id=draft.channel_id,
                subject=subject,
                assignee_id=self._directory.me.id,
            ),
            Reply(
                conversation_id=draft.conversation_id,
                message_id=draft.reply_id or self._ids.new(),
                channel_id=draft.channel_id,
                text=text,
                subject=subject,
                to=draft.to,
                cc=draft.cc,
                bcc=draft.bcc,
                files=draft.files,
                undo_seconds=self._composer.kept_back_seconds,
            ),
        ]
        applied = self._apply(
            *payloads, beside=lambda: self._drafts.clear(draft.conversation_id, DraftKind.NEW)
        )
        self._drafts.tell(draft.conversation_id)
        return applied
