"""What a world is built of: the real thing, or variants that are broken on purpose."""

from collections.abc import Callable
from dataclasses import dataclass

from agent_desktop.store.outbox import Outbox
from agent_desktop.store.replica import Replica
from sync.client.exchange import Exchange
from sync.server.backend import Backend
from sync.server.deltas import Deltas
from sync.server.outbound import OutboundWorker
from sync.server.ports import ChannelPort


@dataclass(frozen=True)
class Parts:
    """The classes of production. `port` wraps the accounts of providers, `keeps_epoch`: a restore is not told."""

    replica: type[Replica] = Replica
    outbox: type[Outbox] = Outbox
    exchange: type[Exchange] = Exchange
    backend: type[Backend] = Backend
    deltas: type[Deltas] = Deltas
    outbound: type[OutboundWorker] = OutboundWorker
    port: Callable[[ChannelPort], ChannelPort] = lambda account: account
    keeps_epoch: bool = False
    shown_by: tuple[str, ...] = ()
    """What has to happen for a mistake to show: it happens more often."""
