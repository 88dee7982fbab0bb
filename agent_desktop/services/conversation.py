"""One open conversation: who, where, and its timeline."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent_desktop.domain.conversation import Conversation, ReadMarker
from agent_desktop.domain.conversation_merging import merged_with, survivor_of_conversation
from agent_desktop.domain.customer import Customer, normalise_address, survivor_of
from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_address import address_in
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.domain.operations.conversation import read_marker_id
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.scopes import part_of
from agent_desktop.domain.workspace import Channel, ChannelKind, Team, User
from agent_desktop.services.directory import Directory
from agent_desktop.store.conversation import ConversationQueries
from agent_desktop.store.database import Database
from agent_desktop.store.rows import SqlRows
from agent_desktop.store.schema import ReplicaSchema


@dataclass(frozen=True, slots=True)
class Related:
    """Another conversation that has to do with one: what it was merged of, goes on from, or may belong to."""

    id: Id
    number: int
    subject: str
    customer_name: str
    same_customer: bool

    @property
    def name(self) -> str:
        """Its number, once it has one."""
        return f"#{self.number}" if self.number else "The new one"

    @property
    def title(self) -> str:
        """Its number and what it is about."""
        return f"#{self.number} {self.subject}" if self.number else self.subject


@dataclass(frozen=True, slots=True)
class ConversationCard:
    """The head of a conversation. `merged` are those that were merged into it."""

    conversation: Conversation
    customer: Customer
    channel: Channel | None
    assignee: User | None
    team: Team | None
    read_at: datetime | None
    merged: tuple[Related, ...] = ()
    suggested: Related | None = None
    follow_up_of: Related | None = None


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One message with its files. `pending`: the server has not confirmed it yet."""

    message: Message
    attachments: tuple[Attachment, ...]
    pending: bool
    away: frozenset[str] = frozenset()
    """The SHA-256s of files that are not on this computer."""
    sender: str = ""
    """Whom a mail says that it is from, where the name of its author does not tell: they have several addresses."""


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Items oldest first; `more` says that there are older ones."""

    items: tuple[TimelineItem, ...]
    more: bool


def _related(rows: Rows, here: Conversation, there: Conversation) -> Related:
    mine, theirs = survivor_of(rows, here.customer_id), survivor_of(rows, there.customer_id)
    same = here.customer_id == there.customer_id or (mine is not None and mine == theirs)
    return Related(there.id, there.number, there.subject, theirs.name if theirs else "Unknown customer", same)


def _linked(rows: Rows, here: Conversation, row_id: Id | None) -> Related | None:
    there = survivor_of_conversation(rows, row_id) if row_id is not None else None
    return None if there is None or there.id == here.id else _related(rows, here, there)


class ConversationService:
    """Reads of one conversation."""

    def __init__(
        self,
        database: Database,
        schema: ReplicaSchema,
        queries: ConversationQueries,
        directory: Directory,
        user_id: Id,
        is_here: Callable[[str], bool] = lambda sha256: True,
    ) -> None:
        self._database = database
        self._schema = schema
        self._queries = queries
        self._directory = directory
        self._user_id = user_id
        self._is_here = is_here

    def card(self, conversation_id: Id) -> ConversationCard | None:
        """The head of a conversation, or of what it is part of after merges; None when it is gone."""
        with self._database.snapshot() as connection:
            rows = SqlRows(connection, self._schema.tables)
            conversation = survivor_of_conversation(rows, conversation_id)
            if conversation is None:
                return None
            customer = survivor_of(rows, conversation.customer_id)
            marker = rows.get(ReadMarker, read_marker_id(self._user_id, conversation.id))
            merged = tuple(_related(rows, conversation, one) for one in merged_with(rows, conversation)[1:])
            suggested = _linked(rows, conversation, conversation.suggested_id)
            origin = _linked(rows, conversation, conversation.follow_up_of)
        if customer is None:
            customer = Customer(
                id=conversation.customer_id, name="Unknown customer", created_at=conversation.created_at
            )
        return ConversationCard(
            conversation=conversation,
            customer=customer,
            channel=self._directory.channel(conversation.channel_id),
            assignee=self._directory.user(conversation.assignee_id),
            team=self._directory.team(conversation.team_id),
            read_at=marker.read_at if marker else None,
            merged=merged,
            suggested=suggested,
            follow_up_of=origin,
        )

    def candidates(self, conversation_id: Id, numbered: int | None, limit: int = 20) -> tuple[Related, ...]:
        """What a conversation may be merged into: the one with this number, or the newest of the same customer."""
        with self._database.snapshot() as connection:
            rows = SqlRows(connection, self._schema.tables)
            here = survivor_of_conversation(rows, conversation_id)
            if here is None:
                return ()
            if numbered is not None:
                found = rows.query(Conversation, number=numbered)
            else:
                customer = survivor_of(rows, here.customer_id)
                family = {here.customer_id, *([customer.id] if customer else [])}
                found = [row for one in family for row in rows.query(Conversation, customer_id=one)]
                found.sort(key=lambda row: row.last_message_at, reverse=True)
            others = (part_of(rows, row) for row in found)
            unique = {row.id: row for row in others if row.id != here.id}
            return tuple(_related(rows, here, row) for row in list(unique.values())[:limit])

    def related(self, conversation_id: Id, ids: Sequence[Id], *, itself: bool = False) -> tuple[Related, ...]:
        """These conversations as what they are to one of them; what is gone, and that one, is left out."""
        with self._database.snapshot() as connection:
            rows = SqlRows(connection, self._schema.tables)
            here = survivor_of_conversation(rows, conversation_id)
            found = (survivor_of_conversation(rows, row_id) for row_id in ids)
            unique = {row.id: row for row in found if row is not None and (itself or row != here)}
            return () if here is None else tuple(_related(rows, here, row) for row in unique.values())

    def timeline(
        self, conversation_id: Id, before: tuple[datetime, Id] | None = None, limit: int = 50
    ) -> TimelinePage:
        """The newest items, or those before a time and message id."""
        page = self._queries.page(conversation_id, before, limit)
        with_files = [message.id for message in page.messages if message.attachment_count]
        files = self._queries.attachments(with_files) if with_files else {}
        told = self._addresses_told_by_name(page.messages)
        items = tuple(
            self._item(message, tuple(files.get(message.id, ())), told) for message in page.messages
        )
        return TimelinePage(items, page.more)

    def _addresses_told_by_name(self, messages: Sequence[Message]) -> dict[Id, str]:
        """The addresses of those authors of mails who have only one."""
        authors = {message.author_id for message in messages if message.sender and message.author_id}
        return {author: self._queries.only_mail_address(author) for author in authors}

    def _item(self, message: Message, files: tuple[Attachment, ...], told: Mapping[Id, str]) -> TimelineItem:
        away = frozenset(file.sha256 for file in files if not self._is_here(file.sha256))
        address = normalise_address(ChannelKind.EMAIL, address_in(message.sender))
        is_told = address == told.get(message.author_id or "")
        # A row that no server transaction has written yet has no version.
        return TimelineItem(message, files, message.ver == 0, away, "" if is_told else message.sender)
