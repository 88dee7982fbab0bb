"""A server that takes mail over and turns it into messages, on a database of either kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from agent_desktop.domain.clock import ManualClock, to_microseconds
from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.message import Direction, Message, MessageKind
from agent_desktop.domain.operations.conversation import SetStatus
from agent_desktop.domain.operations.message import Reply
from agent_desktop.domain.operations.workspace import SaveChannel
from agent_desktop.domain.records import Record
from agent_desktop.domain.rows import E
from agent_desktop.domain.workspace import Channel
from agent_desktop.services.mail.bounces import DeliveryReport
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.rows import SqlRows
from sync.channels.mail.reply_token import ReplyTokens
from sync.server.backend import Backend
from sync.server.database import ServerDatabase
from sync.server.keys import ServerKey
from sync.server.mail.inbound import InboundStore
from sync.server.mail.ingesting import Ingester
from tests.factories import ANNA, make_channel
from tests.fakes import START
from tests.sync.files import TEMPLATES

CHANNEL = make_channel()
HOST = "mx.example.org"


def a_mail(
    name: str = "",
    subject: str = "Kettle",
    text: str = "It leaks.",
    *,
    sender: str = "Mia <mia@example.com>",
    refers: Sequence[str] = (),
    answers: str = "",
    to: str = "support@example.org",
    **headers: str,
) -> bytes:
    """A raw mail. `refers` and `answers` are Message-IDs without brackets."""
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}"]
    headers.setdefault("date", format_datetime(START))
    if name:
        lines.append(f"Message-ID: <{name}>")
    if refers:
        lines.append("References: " + " ".join(f"<{one}>" for one in refers))
    if answers:
        lines.append(f"In-Reply-To: <{answers}>")
    lines += [f"{key.replace('_', '-').title()}: {value}" for key, value in headers.items()]
    return "\r\n".join([*lines, "", text, ""]).encode()


def dmarc(result: str) -> dict[str, str]:
    """What our mail server says about a sender."""
    return {"authentication_results": f"{HOST}; dmarc={result} header.from=example.com"}


def hold(
    database: ServerDatabase, raw_blob: str = "", channel_id: Id = CHANNEL.id, reason: str = "loop"
) -> Id:
    """A mail is held back as if by the server; its id."""
    inbound_id = uuid4().hex
    values = (inbound_id, channel_id, inbound_id, raw_blob, to_microseconds(START), reason)
    with database.write() as connection:
        connection.execute(
            "INSERT INTO inbound (inbound_id, channel_id, key, raw_blob, size, received_at, sender, state, turn,"
            " lease_until, attempts, reason) VALUES (?, ?, ?, ?, 9, ?, '', 'held', 0, 0, 0, ?)",
            values,
        )
    return inbound_id


@dataclass
class Received:
    """What there is after mails have arrived."""

    messages: list[Message]
    conversations: dict[Id, Conversation]


class Mailroom:
    """A mailbox, the store of raw mails, and who turns them into messages."""

    def __init__(self, database: ServerDatabase, folder: Path) -> None:
        self.database = database
        self.clock = ManualClock(START + timedelta(days=1))
        self.ids = TimeOrderedIds(self.clock)
        self.backend = Backend(database, TEMPLATES.server_schema, self.clock, self.ids)
        self.store = self.backend.store
        self.store.start()
        self.files = BlobStore(folder / "blobs")
        self.inbound = InboundStore(database, self.files, self.clock)
        self.tokens = ReplyTokens(ServerKey(bytes(range(32))))
        self.told: list[DeliveryReport] = []
        self._ingesters: list[Ingester] = []
        self.ingester = self.new_ingester()

    def new_ingester(self, **changes: Any) -> Ingester:
        """Who turns mails into messages, as after a new start."""
        options: dict[str, Any] = {"named_reply": self.tokens.verify, "trusted_host": lambda channel_id: HOST}
        ingester = Ingester(self.store, self.files, self.clock, **(options | changes))
        self._ingesters.append(ingester)
        return ingester

    def arrive(self, *mails: bytes, channel: Channel = CHANNEL, at: datetime | None = None) -> Received:
        """Mails come and become what they are, one batch after another."""
        for raw in mails:
            self.keep(raw, channel, at)
        self.work()
        return self.look()

    def keep(self, raw: bytes, channel: Channel = CHANNEL, at: datetime | None = None) -> bool:
        """A mail is taken over, and waits."""
        self.clock.advance(timedelta(milliseconds=5))
        return self.inbound.store(channel.id, raw, at or self.clock.now())

    def work(self, ingester: Ingester | None = None) -> None:
        """Until nothing waits."""
        while (ingester or self.ingester).run():
            pass

    def one(self, raw: bytes, **options: Any) -> tuple[Message, Conversation]:
        """The message that a mail becomes, and its conversation."""
        before = {message.id for message in self.look().messages}
        received = self.arrive(raw, **options)
        (message,) = [message for message in received.messages if message.id not in before]
        return message, received.conversations[message.conversation_id]

    def rows(self, entity: type[E], **equal: str | int | None) -> list[E]:
        """Rows of the server."""
        with self.database.read() as connection:
            return SqlRows(connection, TEMPLATES.server_schema.tables).query(entity, **equal)

    def look(self) -> Received:
        """What customers wrote, in the order in which it was said."""
        messages = [
            message
            for message in self.rows(Message)
            if message.direction is Direction.IN and message.kind is MessageKind.REPLY
        ]
        messages.sort(key=lambda message: (message.created_at, message.id))
        return Received(messages, {row.id: row for row in self.rows(Conversation)})

    def states(self) -> dict[str, int]:
        """How many raw mails are in which state."""
        with self.database.read() as connection:
            found = connection.execute("SELECT state, count(*) FROM inbound GROUP BY state").fetchall()
        return {str(state): int(count) for state, count in found}

    def events(self, conversation_id: Id) -> list[str]:
        """The lines of the server's own in a timeline."""
        found = self.rows(Message, conversation_id=conversation_id, kind=MessageKind.EVENT.value)
        return [message.text for message in found]

    def commit(self, *payloads: Record) -> None:
        """Something that the server does itself."""
        self.store.commit(payloads)

    def reply(self, conversation: Conversation) -> str:
        """An agent answers; the Message-ID of the answer."""
        message_id = self.ids.new()
        self.commit(
            Reply(
                conversation_id=conversation.id,
                message_id=message_id,
                channel_id=conversation.channel_id,
                text="We look into it.",
                seen_in=conversation.last_in_id,
                seen_out=conversation.last_out_id,
            )
        )
        return self.tokens.message_id(message_id, "example.org")

    def set_status(self, conversation: Conversation, status: Status) -> None:
        """Somebody works on a conversation."""
        self.commit(SetStatus(conversation_id=conversation.id, status=status))

    def configure(self, **changes: Any) -> None:
        """The channel is saved again."""
        names = {
            "channel_id": CHANNEL.id,
            "kind": CHANNEL.kind,
            "name": CHANNEL.name,
            "address": CHANNEL.address,
        }
        self.commit(SaveChannel(**(names | changes)))

    def customer_of(self, message: Message) -> Customer:
        """Who wrote a message."""
        return next(row for row in self.rows(Customer) if row.id == message.author_id)

    def close(self) -> None:
        """End everything."""
        for ingester in self._ingesters:
            ingester.close()
        self.database.close()


Build = Callable[[], Mailroom]
AGENT = ANNA
