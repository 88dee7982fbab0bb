"""A server whose replies leave through a provider that does what a test says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations.message import (
    ReceiveMessage,
    Reply,
)
from agent_desktop.domain.workspace import Channel
from agent_desktop.store.bulk import encode
from agent_desktop.store.rows import SqlRows
from sync.server.backend import Backend
from sync.server.embedded import EmbeddedServer
from sync.server.opening import open_database
from sync.server.outbound import OutboundWorker
from sync.server.ports import PATIENCE, ChannelPort, HandOver, Outgoing, SendResult
from sync.server.schema import ServerSchema
from sync.server.seed import Seed
from tests.factories import make_channel, make_conversation, make_customer, small_workspace
from tests.fakes import START

HERE = make_conversation().id
SENT = SendResult(Delivery.SENT)


class Crash(BaseException):
    """The machine stops here."""


@dataclass
class Provider:
    """A provider that remembers every call, and does with it what a test says."""

    before: Callable[[], None] = lambda: None
    during: Callable[[Outgoing], SendResult] = lambda outgoing: SENT
    answer: SendResult | None = None
    taken: list[Id] = field(default_factory=list)
    asked: list[Id] = field(default_factory=list)

    pause: timedelta = timedelta()
    patience: timedelta = PATIENCE

    def send(self, outgoing: Outgoing, hand_over: HandOver) -> SendResult:
        self.before()
        hand_over()
        self.taken.append(outgoing.message.id)
        return self.during(outgoing)

    def find(self, message_id: Id) -> SendResult | None:
        self.asked.append(message_id)
        return self.answer


class TeamServer:
    """What is embedded otherwise, on PostgreSQL."""

    def __init__(
        self,
        address: str,
        clock: ManualClock,
        ids: TimeOrderedIds,
        port_of: Callable[[Channel], ChannelPort | None],
    ) -> None:
        schema = ServerSchema()
        self.database = open_database(address, schema)
        self.backend = Backend(self.database, schema, clock, ids)
        self.backend.store.start()
        self.outbound = OutboundWorker(self.backend.store, clock, port_of)

    def stop(self) -> None:
        """Close every connection."""
        self.database.close()


class Post:
    """A server whose channels a test connects, and which it may stop and start."""

    def __init__(self, place: Path | str) -> None:
        self.clock = ManualClock(START + timedelta(hours=1))
        self.ids = TimeOrderedIds(self.clock)
        self.provider = Provider()
        self.connected = True
        self._place = place
        self.server: EmbeddedServer | TeamServer = self._open()
        seed = Seed(self.server.database, self.server.backend.store.schema)
        seed.add(encode(self.server.backend.store.schema.tables, small_workspace()))
        seed.seal()

    def _open(self) -> EmbeddedServer | TeamServer:
        if isinstance(self._place, str):
            return TeamServer(self._place, self.clock, self.ids, self.port_of)
        return EmbeddedServer(self._place, self.clock, self.ids, self.port_of)

    def port_of(self, channel: Channel) -> ChannelPort | None:
        return self.provider if self.connected else None

    def restart(self) -> None:
        """Stop and start again, as `EmbeddedServer.start` does, without its thread."""
        self.server.stop()
        self.server = self._open()
        self.server.outbound.recover()
        self.server.outbound.reconnect()

    def conversation(self) -> Conversation:
        with self.server.database.read() as connection:
            row = SqlRows(connection, self.server.backend.store.schema.tables).get(Conversation, HERE)
        assert row is not None
        return row

    def message(self, message_id: Id) -> Message:
        with self.server.database.read() as connection:
            row = SqlRows(connection, self.server.backend.store.schema.tables).get(Message, message_id)
        assert row is not None
        return row

    def replies(self, undo_seconds: int = 10, *, seen: bool = True) -> Id:
        """Somebody answers; the id of the reply."""
        here, message_id = self.conversation(), self.ids.new()
        reply = Reply(
            conversation_id=HERE,
            message_id=message_id,
            channel_id=make_channel().id,
            text="It is on its way.",
            seen_in=here.last_in_id if seen else "0" * 32,
            seen_out=here.last_out_id,
            undo_seconds=undo_seconds,
        )
        self.server.backend.store.commit([reply])
        return message_id

    def customer_writes(self) -> None:
        self.server.backend.store.commit(
            [
                ReceiveMessage(
                    conversation_id=HERE,
                    message_id=self.ids.new(),
                    customer_id=make_customer().id,
                    channel_id=make_channel().id,
                    text="And?",
                    sent_at=self.clock.now(),
                )
            ]
        )

    def later(self, **time: float) -> int:
        """Let time pass and send what is due; how many attempts were made."""
        self.clock.advance(timedelta(**time))
        return self.server.outbound.run_due()
