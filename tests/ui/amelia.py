"""A conversation that tests act in: Amelia has written to Maya by e-mail; what comes next is up to the test."""

from datetime import timedelta

from agent_desktop.context import Desk
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import AttachmentFile, Delivery, Message
from agent_desktop.domain.operations.customer import AddIdentity, Address
from agent_desktop.domain.operations.message import ReceiveMessage, Reply, ReportDelivery
from agent_desktop.domain.operations.workspace import SaveChannel
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.settings import SIGNATURE
from tests.ui.desks import DeskWorld

ADDRESS = "amelia.novak@customer.example"
PHONE = "+386 31 555 0142"


class Amelia:
    """Amelia Novak, her conversation, and a colleague named Ben."""

    def __init__(self, world: DeskWorld) -> None:
        self.world = world
        self.ben = world.add_user("Ben Adeyemi")
        world.desk.settings.set(SIGNATURE, False)
        self.sms, self.whatsapp = world.ids.new(), world.ids.new()
        self.at_server(
            SaveChannel(channel_id=self.sms, kind=ChannelKind.SMS, name="SMS"),
            SaveChannel(channel_id=self.whatsapp, kind=ChannelKind.WHATSAPP, name="WhatsApp"),
        )
        text = "Hi again, can you tell me where it is?"
        self.conversation = world.customer_writes("Amelia Novak", "Where is my replacement kettle?", text)
        self.at_server(
            AddIdentity(
                customer_id=world.customers[self.conversation],
                address=Address(kind=ChannelKind.PHONE, address=PHONE),
            )
        )
        self.first = self.messages()[-1].id

    @property
    def desk(self) -> Desk:
        """Maya's desk."""
        return self.world.desk

    @property
    def email(self) -> Id:
        """The mailbox."""
        return next(item.id for item in self.desk.directory.channels() if item.kind is ChannelKind.EMAIL)

    def messages(self) -> list[Message]:
        """The conversation as it stands."""
        return [item.message for item in self.desk.conversations.timeline(self.conversation).items]

    def at_server(self, *payloads: Record) -> None:
        """Let something happen at the server, and hear of it."""
        self.world.clock.advance(timedelta(seconds=1))
        self.world.server.backend.store.commit(list(payloads))
        self.desk.sync.exchange()

    def writes(
        self,
        text: str,
        *,
        html_blob: str | None = None,
        raw_blob: str | None = None,
        quoted: str = "",
        files: tuple[AttachmentFile, ...] = (),
        authentication: str = "",
    ) -> Id:
        """Amelia writes again; the id of her message."""
        message_id = self.world.ids.new()
        self.at_server(
            ReceiveMessage(
                conversation_id=self.conversation,
                message_id=message_id,
                customer_id=self.world.customers[self.conversation],
                channel_id=self.email,
                text=text,
                quoted=quoted,
                subject="My kettle",
                sent_at=self.world.clock.now() + timedelta(seconds=1),
                html_blob=html_blob,
                raw_blob=raw_blob,
                files=files,
                authentication=authentication,
            )
        )
        return message_id

    def is_told(self, message_id: Id, delivery: Delivery, detail: str = "") -> None:
        """The channel says what became of a reply."""
        self.at_server(
            ReportDelivery(
                conversation_id=self.conversation, message_id=message_id, delivery=delivery, detail=detail
            )
        )

    def is_answered(self, text: str = "It is on its way.", *, blindly: bool = False) -> Id:
        """Maya answers, `blindly` without having seen anything; not yet at the server. The id of the reply."""
        card = self.desk.conversations.card(self.conversation)
        assert card is not None
        message_id = self.world.ids.new()
        self.world.clock.advance(timedelta(seconds=1))
        self.desk.apply(
            Reply(
                conversation_id=self.conversation,
                message_id=message_id,
                channel_id=self.email,
                text=text,
                to=(ADDRESS,),
                seen_in=None if blindly else card.conversation.last_in_id,
                seen_out=None if blindly else card.conversation.last_out_id,
            )
        )
        return message_id
