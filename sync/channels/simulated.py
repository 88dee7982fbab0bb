"""Channels of the demo: replies are taken at once and go nowhere, as everybody using the demo expects."""

from datetime import timedelta

from agent_desktop.domain.message import Delivery
from sync.server.ports import PATIENCE, HandOver, Outgoing, SendResult


class SimulatedChannel:
    """Accepts every reply."""

    pause = timedelta()
    patience = PATIENCE

    def send(self, outgoing: Outgoing, hand_over: HandOver) -> SendResult:
        """Take the reply."""
        hand_over()
        return SendResult(Delivery.SENT, "Simulated: nothing was sent.")

    def find(self, message_id: str) -> SendResult | None:
        """Nothing leaves, so nothing can be doubled: every reply counts as taken."""
        return SendResult(Delivery.SENT, "Simulated: nothing was sent.")
