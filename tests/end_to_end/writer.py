"""An agent who types and sends as fast as the program takes it, to be killed at any moment."""

import itertools
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from agent_desktop.cli.desk import open_desk
from agent_desktop.domain.clock import Clock
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery
from agent_desktop.domain.operations.message import Reply
from agent_desktop.profile import Profile
from agent_desktop.services.composer import Outgoing as Written
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.settings import UNDO_SECONDS
from sync.server.ports import PATIENCE, HandOver, Outgoing, SendResult

WORDS = "I am sorry for the wait and will look into it at once".split()


class PostBox:
    """A provider outside of the program: whatever it was given is in its file, whatever happens to us."""

    def __init__(self, path: Path) -> None:
        self._path = path

    pause = timedelta()
    patience = PATIENCE

    def send(self, outgoing: Outgoing, hand_over: HandOver) -> SendResult:
        """Take the reply."""
        hand_over()
        with self._path.open("a", encoding="ascii") as file:
            file.write(f"{outgoing.message.id}\n")
        return SendResult(Delivery.SENT)

    def find(self, message_id: str) -> SendResult | None:
        """Whether it was given to us."""
        return SendResult(Delivery.SENT if message_id in self.taken() else Delivery.QUEUED)

    def taken(self) -> list[str]:
        """Every reply that was handed over, in order; one that was half written was not taken."""
        if not self._path.exists():
            return []
        return [line for line in self._path.read_text("ascii").splitlines() if len(line) == 32]


def work(folder: Path, box: Path, conversation_id: Id, clock: Clock, acknowledged: Connection) -> None:
    """Type a draft word by word, send it, begin again; say so after each step that the program acknowledged."""
    desk = open_desk(Profile(folder), clock, port_of=lambda channel: PostBox(box))
    desk.start()
    desk.settings.set(UNDO_SECONDS, 0)
    channel = desk.composer.channels(conversation_id)[0]
    acknowledged.send(("ready", ""))
    for _ in itertools.count():
        for length in range(1, len(WORDS)):
            text = " ".join(WORDS[:length])
            draft = Draft(
                conversation_id=conversation_id, kind=DraftKind.REPLY, text=text, updated_at=desk.clock.now()
            )
            desk.drafts.save(draft)
            acknowledged.send(("draft", text))
        card = desk.conversations.card(conversation_id)
        assert card is not None
        acknowledged.send(("sending", ""))
        applied = desk.composer.send(
            Written(
                conversation_id=conversation_id,
                channel_id=channel.channel.id,
                text=" ".join(WORDS),
                to=channel.to,
                seen_in=card.conversation.last_in_id,
                seen_out=card.conversation.last_out_id,
            )
        )
        reply = applied.operations[0].payload
        assert isinstance(reply, Reply)
        acknowledged.send(("sent", reply.message_id))
