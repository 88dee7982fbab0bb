"""Channels of the demo: replies are taken at once and go nowhere, as everybody using the demo expects."""

from agent_desktop.domain.message import Delivery
from sync.server.ports import Outgoing, SendResult


class SimulatedChannel:
    """Accepts every reply and remembers it."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def send(self, outgoing: Outgoing) -> SendResult:
        """Take the reply."""
        self._taken.add(outgoing.message.id)
        return SendResult(Delivery.SENT, "Demo: nothing leaves this computer.")

    def find(self, message_id: str) -> SendResult | None:
        """What was taken by this process; nothing leaves, so whatever is missing may be taken again."""
        return SendResult(Delivery.SENT, "Demo: nothing leaves this computer.")
