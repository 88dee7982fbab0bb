"""A real desk for tests of the user interface: real files in a temporary folder, an embedded backend, a clock that
stands still, and customers who write when a test says so.
"""

import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from agent_desktop.cli.desk import Person, open_desk, set_up
from agent_desktop.context import Desk
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.operations.conversation import AssignConversation, CreateConversation
from agent_desktop.domain.operations.customer import Address, CreateCustomer
from agent_desktop.domain.operations.message import ReceiveMessage
from agent_desktop.domain.operations.workspace import SaveUser
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.profile import Profile
from sync.server.embedded import EmbeddedServer
from tests.fakes import START


@dataclass
class DeskWorld:
    """A desk and the server behind it. `desk` belongs to Maya Keller, who set everything up."""

    profile: Profile
    clock: ManualClock
    desk: Desk
    server: EmbeddedServer
    ids: TimeOrderedIds
    customers: dict[Id, Id] = field(default_factory=dict)

    def customer_writes(
        self, name: str, subject: str, text: str = "Hello", *, mine: bool = True, tags: tuple[str, ...] = ()
    ) -> Id:
        """Somebody begins a conversation; it is here when this returns. The id of the conversation."""
        customer, conversation = self.ids.new(), self.ids.new()
        channel = next(item for item in self.desk.directory.channels() if item.kind is ChannelKind.EMAIL)
        address = f"{name.lower().replace(' ', '.')}@customer.example"
        self.server.backend.store.commit(
            [
                CreateCustomer(
                    customer_id=customer,
                    name=name,
                    addresses=(Address(kind=ChannelKind.EMAIL, address=address),),
                ),
                CreateConversation(
                    conversation_id=conversation,
                    customer_id=customer,
                    channel_id=channel.id,
                    subject=subject,
                    assignee_id=self.desk.user_id if mine else None,
                    tags=tags,
                ),
            ]
        )
        self.customers[conversation] = customer
        self.customer_adds(conversation, text)
        return conversation

    def customer_adds(self, conversation_id: Id, text: str = "Anything new?", *, sender: str = "") -> Id:
        """The customer writes in a conversation. The id of the message."""
        self.clock.advance(timedelta(minutes=1))
        message_id = self.ids.new()
        channel = next(item for item in self.desk.directory.channels() if item.kind is ChannelKind.EMAIL)
        self.server.backend.store.commit(
            [
                ReceiveMessage(
                    conversation_id=conversation_id,
                    message_id=message_id,
                    customer_id=self.customers[conversation_id],
                    channel_id=channel.id,
                    text=text,
                    sent_at=self.clock.now(),
                    sender=sender,
                )
            ]
        )
        self.desk.sync.exchange()
        return message_id

    def assign(self, conversation_id: Id, user_id: Id) -> None:
        """Somebody else gives the conversation to a user."""
        self.server.backend.store.commit(
            [AssignConversation(conversation_id=conversation_id, assignee_id=user_id)]
        )
        self.desk.sync.exchange()

    def add_user(self, name: str) -> Id:
        """A colleague joins. The id of the user."""
        user_id = self.ids.new()
        self.server.backend.store.commit([SaveUser(user_id=user_id, name=name)])
        self.desk.sync.exchange()
        return user_id

    def close(self) -> None:
        """Close all files."""
        self.desk.close()
        self.server.stop()


def make_template(folder: Path) -> Path:
    """A profile that was set up a moment ago, without conversations: to be copied, for making one takes long."""
    clock = ManualClock(START)
    person = Person(name="Maya Keller", company="Northwind Kettles", email="help@northwind.example")
    profile = Profile(folder / "template")
    set_up(profile, person, clock, TimeOrderedIds(clock))
    return profile.folder


def make_world(folder: Path, template: Path) -> DeskWorld:
    """A desk at a copy of the template."""
    clock = ManualClock(START)
    ids = TimeOrderedIds(clock)
    profile = Profile(folder / "profile")
    shutil.copytree(template, profile.folder)
    desk = open_desk(profile, clock, ids, background=False)
    desk.sync.exchange()
    return DeskWorld(profile, clock, desk, EmbeddedServer(profile.server_db, clock, ids), ids)
